"""Killed by SIGKILL again and again, a run's files are the bytes of one that was not."""

import json
from pathlib import Path

import pytest
from copied_workers import in_a_copy

from rlbench.training import evaluation
from rlbench.training import run as run_module
from rlbench.training.run import run_job

RUNNER = Path(__file__).with_name("kill_runner.py")
COMPARED = ("progress.csv", "episodes.csv")


LONG = pytest.param(60, marks=pytest.mark.slow)


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.syspath_prepend(RUNNER.parent)
    import kill_runner

    monkeypatch.setattr(evaluation, "EPISODES", kill_runner.EPISODES)
    return kill_runner


def killed(runner, folder, number, *more):
    """What the runner tells of its jobs. It forks, and changes modules: it works in a copy of this process."""
    jobs = in_a_copy(runner.kill_often, folder, number, 0, *more)
    kills = {kind: sum(job["kills"].get(kind, 0) for job in jobs) for kind in ("before", "amid", "after", "clock")}
    assert sum(kills.values()) >= number
    assert min(kills[kind] for kind in ("before", "amid", "after")) > 0, kills
    return jobs


def assert_same(killed, whole):
    for seed in whole.seeds:
        for name in COMPARED:
            assert (killed.folder(seed) / name).read_bytes() == (whole.folder(seed) / name).read_bytes()
        assert json.loads((killed.folder(seed) / "run.json").read_text())["status"] == "finished"
        assert not list(killed.folder(seed).glob("*.new"))


@pytest.mark.parametrize("number", [6, LONG])
def test_kills_leave_no_trace(tmp_path, monkeypatch, runner, number):
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 1)
    whole = runner.job_in(tmp_path / "whole")
    run_job(whole, lambda _: None)
    for job in killed(runner, tmp_path / "killed", number):
        assert_same(runner.job_in(Path(job["folder"])), whole)


@pytest.mark.parametrize("number", [6, LONG])
def test_nor_do_kills_of_runs_that_are_made_longer(tmp_path, monkeypatch, runner, number):
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", runner.ROW_TRANSITIONS)
    for job in killed(runner, tmp_path / "killed", number, "lengthened"):
        whole = runner.lengthened_in(tmp_path / "whole", job["algorithm"])
        run_job(whole, lambda _: None)
        assert_same(runner.lengthened_in(Path(job["folder"]), job["algorithm"]), whole)
