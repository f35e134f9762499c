import json

import pytest
import typer
from typer.testing import CliRunner

from rlbench.cli.report import report
from rlbench.errors import UserError

HEADER = "iteration,env_steps,return_mean,eval_return_det,eval_return_stoch"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(report)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def results(tmp_path):
    for algorithm, level in (("ppo", 100), ("trpo", 200)):
        for seed in range(2):
            folder = tmp_path / "results" / "Hopper-v4" / algorithm / f"seed-{seed}"
            folder.mkdir(parents=True)
            rows = [f"{i},{1000 * (i + 1)},{i},{level * i + seed},{i}" for i in range(6)]
            (folder / "progress.csv").write_text("\n".join([HEADER, *rows, ""]))
            (folder / "run.json").write_text(json.dumps({"format": 1, "env": "Hopper-v4", "status": "finished"}))
    return tmp_path / "results"


@pytest.mark.usefixtures("results")
def test_prints_the_verdict_and_the_file_and_warns_beside(call, tmp_path):
    result = call()
    assert result.exit_code == 0, result.output
    verdict, path = result.stdout.splitlines()
    assert verdict.startswith("trpo and ppo are not distinguishable on Hopper-v4 with 2 seeds each: ")
    assert path == "report.html"
    assert result.stderr == "note: few seeds: 2 seeds of each algorithm. Intervals are only rough with fewer than 10\n"
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_every_choice_reaches_the_page(call, results, tmp_path):
    choices = "--metric return --score best --statistic median --interval minmax --threshold 3 --baseline ppo"
    result = call(results, "-o", "a/b.html", *choices.split(), "--title", "Mine & yours", "--envs", "Hopper-v4")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "a" / "b.html").read_text()
    assert "<title>Mine &amp; yours</title>" in page
    for words in ("Best training return", "Median over seeds", "lowest to highest seed", "seeds that reach 3.000"):
        assert words in page, words
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere does not exist. Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"),
        (["empty"], "No runs under empty. Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"),
        (["results", "-o", "empty"], "empty is a folder. Name a file in it, such as: -o empty/report.html"),
        (["results", "--algorithms", "pop"], "No run of algorithm 'pop'. Did you mean ppo? There are: ppo, trpo."),
        (["results", "--statistic", "iqm", "--interval", "t"], "--interval t belongs to the mean, not to"),
    ],
)
@pytest.mark.usefixtures("results")
def test_mistakes(call, tmp_path, arguments, message):
    (tmp_path / "empty").mkdir()
    result = call(*arguments)
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith(message)
    assert not (tmp_path / "report.html").exists()
