"""Kills by the thousand: the runner of tests/training/test_kills.py, and a count of what they cost."""

import sys
from pathlib import Path
from unittest import mock

from copied_workers import in_a_copy

from rlbench.training import evaluation
from rlbench.training import run as run_module
from rlbench.training.run import run_job

TRAINING = Path(__file__).parents[1] / "training"
COMPARED = ("progress.csv", "episodes.csv")


def lost_to_kills(folder: Path, number: int, seed: int) -> tuple[int, int]:
    """How many kills there were, and of how many files the bytes are not those of a run that was never killed."""
    with mock.patch.object(sys, "path", [str(TRAINING), *sys.path]):
        from kill_runner import EPISODES, job_in, kill_often

    whole = job_in(folder / "whole")
    with mock.patch.object(run_module, "ROW_TRANSITIONS", 1), mock.patch.object(evaluation, "EPISODES", EPISODES):
        run_job(whole, lambda _: None)
    jobs = in_a_copy(kill_often, folder / "killed", number, seed)
    differing = [
        path
        for job in jobs
        for seed_folder in map(whole.folder, whole.seeds)
        for name in COMPARED
        if not (path := Path(job["folder"]) / (seed_folder / name).relative_to(whole.out)).exists()
        or path.read_bytes() != (seed_folder / name).read_bytes()
    ]
    return sum(sum(job["kills"].values()) for job in jobs), len(differing)
