import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from rlbench.cli.table import table
from rlbench.errors import UserError


@pytest.fixture
def call():
    app = typer.Typer()
    app.command()(table)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def results(tmp_path):
    for env in ("Hopper-v4", "Ant-v4"):
        for algorithm, seeds in (("ppo", 2), ("trpo", 3)):
            for seed in range(seeds):
                folder = tmp_path / "results" / env / algorithm / f"seed-{seed}"
                folder.mkdir(parents=True)
                rows = [f"{i},{1000 * (i + 1)},{100 * i + seed},{90 * i + seed}" for i in range(6)]
                header = "iteration,env_steps,eval_return_det,eval_return_stoch"
                (folder / "progress.csv").write_text("\n".join([header, *rows, ""]))
                (folder / "run.json").write_text(json.dumps({"format": 1, "env": env, "status": "finished"}))
    return tmp_path / "results"


def test_prints_a_row_for_each_and_writes_nothing(call, results):
    before = sorted(results.rglob("*"))
    result = call(results, "--envs", "Hopper-v4")
    assert result.exit_code == 0, result.output
    trpo = next(line for line in result.stdout.splitlines() if " trpo " in line)
    assert trpo.split() == ["trpo", "3", "6k", "501", "±", "1", "451", "±", "1", "501", "±", "1"]
    assert "Ant-v4" not in result.stdout
    assert result.stderr == "note: Hopper-v4: numbers of seeds differ: ppo 2, trpo 3\n"
    assert sorted(results.rglob("*")) == before


def test_other_forms(call, results, monkeypatch):
    monkeypatch.chdir(results.parent)  # where `results` is the folder
    only = ("--algorithms", "trpo")
    assert "| Hopper-v4 | trpo | 3 | 6k |" in call("--format", "markdown", *only).stdout
    assert r"Hopper-v4 & trpo & 3 & 6k & 501 $\pm$ 1 &" in call("--format", "latex", *only).stdout
    lines = call("--format", "csv", *only).stdout.splitlines()
    assert lines[0].startswith("env,algorithm,n,finished,diverged,env_steps,eval_det,")
    numbers = ["trpo", "3", "3", "0", "6000"]
    assert [line.split(",")[:6] for line in lines[1:]] == [["Ant-v4", *numbers], ["Hopper-v4", *numbers]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--envs", "Hoper-v4"], "Did you mean Hopper-v4?"),
        (["--algorithms", "trop"], "Did you mean trpo?"),
        (["nowhere"], "Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"),
    ],
)
def test_mistakes_are_the_users_to_mend(call, results, arguments, message):
    error = call(*([results] if arguments[0].startswith("--") else []), *arguments).exception
    assert isinstance(error, UserError)
    assert message in str(error)


def test_no_other_form(call, results):
    assert call(results, "--format", "html").exit_code == 2


def test_the_command_loads_nothing_heavy_before_it_is_called():
    code = (
        "import sys; from rlbench.cli.table import table; "
        "print([m for m in ('numpy', 'pandas', 'matplotlib', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
