"""One process at a time in a folder; nothing is deleted."""

import subprocess
import sys

import pytest

from rlbench.errors import UserError
from rlbench.training.folders import lock_folder, move_aside
from rlbench.training.run import run_job


def test_a_folder_has_one_owner_until_it_lets_go(tmp_path):
    lock = lock_folder(tmp_path)
    with pytest.raises(UserError, match="Another process is at work"):
        lock_folder(tmp_path)
    lock.close()
    lock.close()
    lock_folder(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_dead_owner_lets_go(tmp_path):
    program = f"""
from pathlib import Path
from rlbench.training.folders import lock_folder
lock = lock_folder(Path({str(tmp_path)!r}))
print("locked", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout.readline() == "locked\n"
        with pytest.raises(UserError):
            lock_folder(tmp_path)
        owner.kill()
    lock_folder(tmp_path).close()


def test_old_runs_are_numbered(tmp_path):
    folder = tmp_path / "seed-0"
    assert move_aside(folder) is None
    for number in (1, 2):
        folder.mkdir()
        (folder / "mark").write_text(str(number))
        assert move_aside(folder).name == f"seed-0.old-{number}"
    assert (tmp_path / "seed-0.old-1" / "mark").read_text() == "1"


def test_fresh_starts_over_and_keeps_the_old_run(small_job):
    run_job(small_job(steps=256, seeds=(0,)), lambda _: None)
    other = small_job(steps=256, seeds=(0,), gamma=0.9, fresh=True)
    before = (other.folder(0) / "progress.csv").read_bytes()
    run_job(other, lambda _: None)
    aside = other.folder(0).with_name("seed-0.old-1")
    assert (aside / "progress.csv").read_bytes() == before
    assert (other.folder(0) / "progress.csv").read_bytes() != before


def test_a_job_is_refused_where_another_is_at_work(small_job):
    job = small_job(steps=256, seeds=(0,))
    job.folder(0).mkdir(parents=True)
    lock = lock_folder(job.folder(0))
    with pytest.raises(UserError, match="Another process is at work"):
        run_job(job, lambda _: None)
    lock.close()
    run_job(job, lambda _: None)
