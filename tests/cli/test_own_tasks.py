"""A task of another package at the command line: listed, trained on, and refused in one line where it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from strangers import RUN, install_task

SOURCE = (Path(__file__).parents[2] / "examples" / "point" / "point.py").read_text()
QUICK = ("--steps", "512", "--set", "num_envs=4", "--set", "num_steps=64", "--set", "critic_epochs=1", *RUN)


@pytest.mark.parametrize("env", ["Point-v0", "point_here:Point-v0"])
def test_it_is_trained_on_and_its_code_is_recorded(cli, site, env):
    install_task(site, "Point-v0", "point_here", SOURCE)
    assert "Point-v0" in cli("list").out
    done = cli("run", "reinforce", "--env", env, *QUICK)
    assert (done.status, done.err) == (0, "")
    [run, _] = [Path(line, "run.json").read_text() for line in done.out.split()]
    assert '"module": "point_here"' in run
    assert "mujoco.batch (CPU, float64)" in run
    (site / "point_here.py").write_text(SOURCE.replace("- 10.0", "- 20.0"))
    changed = cli("run", "reinforce", "--env", env, *QUICK)
    assert changed.status == 2
    assert "environment point_here" in changed.err


def test_a_function_that_fails_is_one_line_that_names_it(cli, site):
    failing = SOURCE.replace("return (abs(f.qpos) > 1.0).any(1)", "return undefined_name")
    install_task(site, "Point-v0", "point_here", failing)
    done = cli("run", "reinforce", "--env", "Point-v0", *QUICK)
    assert done.status != 0
    assert "Point-v0: its terminated() failed: NameError: name 'undefined_name' is not defined" in done.err


def test_a_broken_one_is_warned_of_and_harms_no_list(cli, site):
    install_task(site, "point", "point_here", SOURCE)
    listed = cli("list")
    assert listed.status == 0
    assert listed.err.startswith(
        "warning: point cannot be used. plug-in point_here:POINT of point_here: a name is letters"
    )


def test_what_is_learnt_on_it_can_be_evaluated(cli, site):
    install_task(site, "Point-v0", "point_here", SOURCE)
    done = cli("run", "reinforce", "--env", "point_here:Point-v0", *QUICK)
    assert done.status == 0
    folder = done.out.split()[0]
    load = f"policy = rlbench.policy({folder!r}, env='point_here:Point-v0')"
    code = f"import rlbench; {load}; print(policy.act([0.1, 0.2, 0, 0]).shape)"
    command = [sys.executable, "-c", code]
    made = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, text=True)
    assert (made.stdout, made.stderr) == ("(2,)\n", "")


def test_an_unknown_id_says_on_a_second_line_how_ones_own_is_named(cli):
    refused = cli("run", "trpo", "--env", "Point-v0")
    assert refused.status == 2
    first, second = refused.err.splitlines()
    assert first.startswith("rlbench: There is no environment 'Point-v0'.")
    assert (
        second == "hint: One of your own is named with its module, as in --env my_module:Point-v0 (docs/own-tasks.md)"
    )
