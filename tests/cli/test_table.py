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
    assert trpo.split() == ["trpo", "3", "6k", "501", "[499,", "503]", "1", "451", "[449,", "453]", "1"]
    assert "Ant-v4" not in result.stdout
    assert result.stderr == "note: Hopper-v4: numbers of seeds differ: ppo 2, trpo 3\n"
    assert sorted(results.rglob("*")) == before


def test_other_forms(call, results, monkeypatch):
    monkeypatch.chdir(results.parent)  # where `results` is the folder
    only = ("--algorithms", "trpo")
    assert "| Hopper-v4 | trpo | 3 | 6k |" in call("--format", "markdown", *only).stdout
    assert r"Hopper-v4 & trpo & 3 & 6k & 501 [499, 503] & 1 &" in call("--format", "latex", *only).stdout
    lines = call("--format", "csv", *only).stdout.splitlines()
    assert lines[0].startswith("env,algorithm,metric,score,n,finished,diverged,changed,env_steps,statistic,value,")
    kinds = [["trpo", metric, "final", "3", "3", "0", "0", "6000"] for metric in ("eval-det", "eval-stoch")]
    assert [line.split(",")[:9] for line in lines[1:]] == [
        [env, *kind] for env in ("Ant-v4", "Hopper-v4") for kind in kinds
    ]
    told = json.loads(call("--format", "json", *only).stdout)
    assert told["notes"] == []
    assert told["estimates"][2]["value"] == pytest.approx(501)
    assert [row["env"] for row in told["estimates"]] == ["Ant-v4", "Ant-v4", "Hopper-v4", "Hopper-v4"]


def test_every_choice_reaches_the_table(call, results):
    choices = "--metric eval-det,eval-stoch --metric return --score best,auc --statistic median --interval minmax"
    lines = call(results, *choices.split(), "--format", "csv", "--algorithms", "trpo", "--envs", "Ant-v4").stdout
    rows = [line.split(",") for line in lines.splitlines()[1:]]
    assert [row[2:4] for row in rows] == [
        [metric, score] for metric in ("eval-det", "eval-stoch", "return") for score in ("best", "auc")
    ]
    assert {(row[9], row[13]) for row in rows[:4]} == {("median", "minmax")}
    assert rows[0][10:13] == ["501.0", "500.0", "502.0"]


def test_published_results_are_set_beside(call, results):
    result = call(results, "--against", "published", "--envs", "Hopper-v4", "--algorithms", "trpo")
    sb3 = next(line for line in result.stdout.splitlines() if "(sb3-contrib)" in line and "±" in line)
    assert sb3.split() == ["trpo", "(sb3-contrib)", "501", "[499,", "503]", "3372", "±", "372", "3", "1M"]
    assert "no p value" in result.stdout
    told = json.loads(call(results, "--against", "published", "--format", "json").stdout)
    assert {row["source"] for row in told["published"]} == {"Tianshou", "sb3-contrib", "nnabla-rl"}


def test_mixed_runs_are_refused_unless_allowed(call, results):
    about = results / "Hopper-v4" / "ppo" / "seed-0" / "run.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "physics": "mujoco_warp"}))
    about = results / "Hopper-v4" / "trpo" / "seed-0" / "run.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), "physics": "C"}))
    assert "runs differ in physics: C (trpo), mujoco_warp (ppo)" in str(call(results).exception)
    result = call(results, "--allow-mixed")
    assert result.exit_code == 0, result.output
    assert "ppo [physics mujoco_warp]" in result.stdout


def test_names_of_strangers_are_data(call, results):
    (results / "Hopper-v4" / "ppo").rename(results / "Hopper-v4" / "[red]\x1b[2J:smile:[bold]")
    for kind in ("text", "markdown", "latex", "csv", "json"):
        result = call(results, "--format", kind)
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.output
    assert r"[red]\x1b[2J:smile:[bold]" in call(results).stdout


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
