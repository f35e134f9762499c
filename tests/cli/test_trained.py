"""The commands that use trained policies, as a person calls them."""

import json

import pytest
from mistakes import lines_of_mistake
from short_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a short run on CartPole-v1."""
    return train("ppo", "CartPole-v1", tmp_path_factory.mktemp("results"))


def test_eval_prints_a_row_for_each_run_and_states_the_seeds(cli, run):
    outcome = cli("eval", str(run.parents[2]), "--episodes", "3", "--first-seed", "7")
    assert (outcome.status, outcome.err) == (0, "")
    words = " ".join(outcome.out.split())
    assert "environment algorithm seed transitions mean action length sampled actions length" in words
    assert "CartPole-v1 ppo 3 512" in words
    assert "mean ± standard deviation over 3 episodes, reset(seed=7) to reset(seed=9)." in words


def test_eval_for_programs_has_a_row_for_each_episode(cli, run):
    outcome = cli("eval", str(run), "--episodes", "2", "--format", "csv", "--write")
    lines = outcome.out.splitlines()
    assert lines[0] == "env,algorithm,seed,env_steps,action,reset_seed,return,length,terminated"
    assert (run / "evaluation.csv").read_text().splitlines()[1].startswith("512,mean,0,")
    rows = json.loads(cli("eval", str(run), "--episodes", "2", "--format", "json").out)
    assert [f"{row['action']},{row['reset_seed']},{row['return']}" for row in rows] == [
        ",".join(line.split(",")[4:7]) for line in lines[1:]
    ]
    assert cli("check", str(run.parents[2])).status == 0  # the file is no problem


def test_a_mistake_is_one_line_and_status_2(cli, tmp_path):
    outcome = cli("eval", str(tmp_path))
    assert (outcome.status, outcome.out, len(lines_of_mistake(outcome.err))) == (2, "", 1)
    assert "holds no run" in outcome.err


def test_export_prints_how_the_file_is_used(cli, run, tmp_path):
    outcome = cli("export", str(run), "-o", str(tmp_path / "policy.npz"))
    assert outcome.status == 0
    assert outcome.err.startswith(f"{tmp_path}/policy.npz: ppo on CartPole-v1, seed 3, after 512 transitions; largest")
    assert outcome.out.splitlines()[0] == "import numpy as np"
    assert len(outcome.out.split("def act")[1].splitlines()) == 6


def test_video_without_a_policy_or_a_format_is_one_line(cli, run, tmp_path):
    outcome = cli("video", str(run), "-o", str(tmp_path / "policy.avi"))
    assert (outcome.status, outcome.out, len(lines_of_mistake(outcome.err))) == (2, "", 1)
    assert "is neither .mp4 nor .gif" in outcome.err
    (tmp_path / "seed-0").mkdir()
    (tmp_path / "seed-0" / "run.json").write_text((run / "run.json").read_text())
    outcome = cli("video", str(tmp_path), "-o", str(tmp_path / "policy.mp4"))
    assert (outcome.status, len(lines_of_mistake(outcome.err))) == (2, 1)
    assert "seed-0 has no checkpoint.pt, which holds the policy" in outcome.err
