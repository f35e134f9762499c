import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from rlbench.cli import with_suggestion
from rlbench.cli.plot import plot
from rlbench.errors import UserError

HEADER = "iteration,env_steps,return_mean,eval_return_det,eval_return_stoch,kl"


@pytest.fixture
def call():
    app = typer.Typer()
    app.command()(plot)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def results(tmp_path):
    for algorithm in ("ppo", "trpo"):
        for seed in range(3):
            folder = tmp_path / "results" / "Hopper-v4" / algorithm / f"seed-{seed}"
            folder.mkdir(parents=True)
            rows = [f"{i},{1000 * (i + 1)},{i},{100 * i + seed},{90 * i + seed},0.01" for i in range(6)]
            (folder / "progress.csv").write_text("\n".join([HEADER, *rows, ""]))
            about = {"format": 1, "env": "Hopper-v4", "status": "finished"}
            (folder / "run.json").write_text(json.dumps(about))
    return tmp_path / "results"


def test_prints_the_paths_and_the_table(call, results):
    result = call(results)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "Drawn: evaluation return, mean action"
    for name in ("Hopper-v4_eval_return_det.png", "Hopper-v4_eval_return_det.csv", "summary.csv"):
        assert str(results / "plots" / name) in result.stdout.splitlines()
    trpo = next(line for line in result.stdout.splitlines() if " trpo " in line)
    assert trpo.split() == ["trpo", "3", "6k", "501", "[499,", "503]", "1", "451", "[449,", "453]", "1"]
    assert result.stderr == ""


def test_results_is_the_folder_unless_one_is_named(call, results, monkeypatch):
    monkeypatch.chdir(results.parent)
    assert call().exit_code == 0
    assert (results / "plots" / "summary.csv").exists()


def test_every_choice_reaches_the_figure(call, results, tmp_path):
    out = tmp_path / "figures"
    choices = (
        "--metric kl --statistic median --interval minmax --smooth 2 --format svg,pdf --format png --envs Hopper-v4"
    )
    result = call(results, *choices.split(), "--algorithms", "ppo,trpo", "--out", out)
    assert result.exit_code == 0, result.output
    kinds = ["csv", "pdf", "png", "svg"]
    assert sorted(path.name for path in out.iterdir()) == [*(f"Hopper-v4_kl.{kind}" for kind in kinds), "summary.csv"]
    assert "smoothed" in (out / "Hopper-v4_kl.svg").read_text()
    assert not (results / "plots").exists()


def test_notes_go_to_stderr(call, results):
    (results / "notes.txt").write_text("")
    result = call(results, "--format", "png")
    assert result.exit_code == 0
    assert result.stderr == "note: not part of any run, and ignored: notes.txt\n"


def test_names_of_strangers_are_data(call, results):
    (results / "Hopper-v4" / "ppo").rename(results / "Hopper-v4" / "[red]\x1b[2J:smile:[bold]")
    result = call(results, "--format", "png")
    assert result.exit_code == 0, result.output
    assert r"[red]\x1b[2J:smile:[bold]" in result.stdout
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "klm"], "Did you mean kl?"),
        (["--envs", "Hoper-v4"], "Did you mean Hopper-v4?"),
        (["--format", "jpg"], "Choose of png, pdf, svg"),
        (["--format", "png,,pdf"], "separated by single commas"),
        (["--smooth", "0"], "--smooth is a whole number of at least 1"),
        (["--smooth", "٣"], "--smooth is a whole number of at least 1"),
        (["--smooth", "1e12"], "--smooth is a whole number of at most 1,000,000"),
        (["nowhere"], "Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"),
    ],
)
def test_mistakes_are_the_users_to_mend(call, results, arguments, message):
    error = call(results, *arguments).exception
    assert isinstance(error, UserError)
    assert message in str(error)


@pytest.mark.parametrize("arguments", [["--statistic", "mode"], ["--interval", "z"]])
def test_values_outside_a_choice_are_usage_errors(call, results, arguments):
    assert call(results, *arguments).exit_code == 2


def test_the_command_loads_nothing_heavy_before_it_is_called():
    code = (
        "import sys, runpy; from rlbench.cli.plot import plot; "
        "print([m for m in ('numpy', 'pandas', 'matplotlib', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_choice_that_was_probably_meant_is_named():
    said = with_suggestion("Invalid value for '--kind': Value error, 'curve' is not one of 'curves', 'profile'.")
    assert said == "Invalid value for '--kind': 'curve' is not one of 'curves', 'profile'. Did you mean curves?"


def test_smoothing_has_sensible_examples(call, results):
    error = call(results, "--smooth", "0").exception
    assert str(error) == "--smooth is a whole number of at least 1, such as 1 or 10, not '0'."
