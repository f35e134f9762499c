"""Killed by SIGKILL again and again, a run's files are the bytes of one that was not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rlbench.training import run as run_module
from rlbench.training.run import run_job

RUNNER = Path(__file__).with_name("kill_runner.py")
COMPARED = ("progress.csv", "episodes.csv")


@pytest.mark.parametrize("number", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_kills_leave_no_trace(tmp_path, monkeypatch, number):
    monkeypatch.syspath_prepend(RUNNER.parent)
    from kill_runner import KINDS, job_in

    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 1)
    whole = job_in(tmp_path / "whole")
    run_job(whole, lambda _: None)
    command = [sys.executable, str(RUNNER), str(tmp_path / "killed"), str(number), "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    jobs = json.loads(done.stdout)
    kills = {kind: sum(job["kills"].get(kind, 0) for job in jobs) for kind in KINDS}
    assert sum(kills.values()) >= number
    assert min(kills[kind] for kind in KINDS if kind != "clock") > 0, kills
    for job in jobs:
        killed = job_in(Path(job["folder"]))
        for seed in whole.seeds:
            for name in COMPARED:
                assert (killed.folder(seed) / name).read_bytes() == (whole.folder(seed) / name).read_bytes()
            assert json.loads((killed.folder(seed) / "run.json").read_text())["status"] == "finished"
            assert not list(killed.folder(seed).glob("*.new"))
