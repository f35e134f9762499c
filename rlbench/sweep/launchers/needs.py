"""The memory to ask a cluster for: that of the process of one job, with what the process around it takes."""

from typing import Any

from rlbench.layout import RUN_FILE
from rlbench.run_file import read_json
from rlbench.training.job import Job

EMPTY_TASK = 600 * 2**20
"""Bytes of a task that holds no batch: a worker with torch and MuJoCo takes 275 MB, and the process that started it 235
MB as a command and 85 MB as an actor of Ray."""
SPARE = 2.0
"""The estimate of a job's memory is a lower one; measured peaks were 1.0 to 1.8 times as much."""


def bytes_of(job: Job) -> int:
    """Memory to ask for: by the peak of earlier processes with runs like these, or by the estimate if that is more."""
    peaks = [about_run(job, seed).get("peak_memory") for seed in job.seeds]
    measured = max((peak for peak in peaks if type(peak) is int), default=0)
    return max(round(EMPTY_TASK + SPARE * job.memory), asked_for_peak(measured))


def asked_for_peak(peak: int) -> int:
    """Memory to ask for where a worker has taken so much at most."""
    return round(1.2 * peak) + EMPTY_TASK // 4


def about_run(job: Job, seed: int) -> dict[str, Any]:
    """run.json of a job's seed; empty where there is none."""
    try:
        return read_json(job.folder(seed) / RUN_FILE)
    except (OSError, ValueError):
        return {}
