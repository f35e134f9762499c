"""The launcher that writes a Slurm job array, and submits it if asked. It does not wait for it: there is no daemon."""

import contextlib
import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, harmless
from rlbench.files import replace_file
from rlbench.layout import COMPLETE_STATUSES, LOGS_FOLDER
from rlbench.sweep.expected_code import describe_code
from rlbench.sweep.launchers.contract import NONE, Answer, Done, Event, Handed, OnWait
from rlbench.sweep.launchers.needs import about_run, bytes_of
from rlbench.sweep.launchers.options import Launching
from rlbench.sweep.launchers.slurm_script import make_script
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.record import record_path
from rlbench.sweep.request import Request
from rlbench.training.folders import move_aside
from rlbench.training.job import Job

MOST_TASKS = 1000
"""Slurm's default for the largest number of an array is 1000. More jobs than that share tasks."""
SECONDS = 60
"""Longest time for an answer of Slurm's commands."""


@contextlib.contextmanager
def launch(request: Request, on_wait: OnWait) -> Iterator[tuple[Request, "Slurm"]]:
    """Give the request with as many jobs at a time as the partition has cores, or as were asked for."""
    launching = request.launching
    tasks = launching.tasks or count_cores(launching.partition)
    resolved = replace(
        request, device="cpu", device_reason="tasks of Slurm ask for cores", cores=tasks, threads=tasks, workers=tasks
    )
    with Workers(1, on_wait=on_wait) as pool:
        yield resolved, Slurm(launching, pool)


class Slurm:
    """A `Launcher` that hands all jobs to Slurm. Questions are answered by a worker process on this machine."""

    def __init__(self, launching: Launching, pool: Workers) -> None:
        self._launching, self._pool = launching, pool

    def ask(self, function: Callable[..., Answer], *arguments: Any, parts: frozenset[str] = NONE) -> Answer:
        return self._pool.ask(function, *arguments, parts=parts)

    def free_memory(self) -> int | None:
        """None: the memory is that of other machines."""
        return None

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Write the script, submit it if asked, and yield for each job Handed, or Done where nothing is left to do."""
        open_ones = [index for index, job in enumerate(jobs) if job.fresh or not _is_complete(job)]
        for index in sorted(set(range(len(jobs))) - set(open_ones)):
            yield index, Done()
        if not open_ones:
            return
        stem = record_path(jobs).absolute().with_suffix("")
        refuse_queued(stem)
        for job in jobs:
            for seed in job.seeds if job.fresh else ():
                move_aside(job.folder(seed))
        tasks = [open_ones[first::MOST_TASKS] for first in range(min(MOST_TASKS, len(open_ones)))]
        script = self._write([[jobs[index] for index in task] for task in tasks], stem)
        number = submit(script) if self._launching.submit else ""
        for place, task in enumerate(tasks):
            log = Path(LOGS_FOLDER) / f"{stem.name}-{place}.log"
            for index in task:
                yield index, Handed(script, number, str(log))

    def _write(self, tasks: Sequence[Sequence[Job]], stem: Path) -> Path:
        jobs = [job for task in tasks for job in task]
        pairs = {(job.env, job.label): job for job in jobs}
        code = [self.ask(describe_code, job, parts=job.parts) for job in pairs.values()]
        memory = self._launching.memory or f"{math.ceil(max(map(bytes_of, jobs)) / 2**20 / 100) * 100}M"
        stem.parent.mkdir(parents=True, exist_ok=True)
        (stem.parent.parent / LOGS_FOLDER).mkdir(exist_ok=True)  # Slurm does not make it, and then writes no log
        replace_file(stem.with_name(f"{stem.name}.code"), (json.dumps(code, indent=1) + "\n").encode())
        script = stem.with_name(f"{stem.name}.sh")
        replace_file(script, make_script(tasks, self._launching, stem, memory).encode())
        script.chmod(0o755)
        return script


def count_cores(partition: str) -> int:
    """The cores of a partition's usable nodes; a UserError where Slurm does not tell."""
    words = ["sinfo", "--noheader", "--format=%C", *([f"--partition={partition}"] if partition else [])]
    told = call_slurm(words, "Say with --workers how many tasks may run at a time.").split()
    try:
        parts = [[int(number) for number in each.split("/")] for each in told]
        cores = sum(allocated + idle for allocated, idle, _, _ in parts)
    except ValueError:
        cores = 0
    if not cores:
        where = f"partition {partition}" if partition else "any partition"
        raise UserError(f"Slurm has no usable cores in {where}. See: sinfo. To go on all the same, give --workers")
    return cores


def submit(script: Path) -> str:
    """Submit a script, and keep the job's number beside it."""
    number = call_slurm(["sbatch", "--parsable", str(script)], "").strip().partition(";")[0]
    script.with_suffix(".job").write_text(f"{number}\n")
    return number


def refuse_queued(stem: Path) -> None:
    """A UserError if the array that was submitted for these jobs is still queued or at work."""
    try:
        number = int(stem.with_name(f"{stem.name}.job").read_text())
        told = call_slurm(["squeue", "--noheader", "--array", f"--job={number}", "--format=%T"], "").split()
    except (OSError, ValueError, UserError):  # squeue does not know jobs that ended long ago
        return
    if told:
        counts = ", ".join(f"{told.count(state)} {state.lower()}" for state in dict.fromkeys(told))
        raise UserError(
            f"These jobs are queued already as Slurm job {number} ({counts}).",
            f"See rlbench status {stem.parent.parent}; to withdraw them: scancel {number}",
        )


def call_slurm(words: Sequence[str], advice: str) -> str:
    """What one of Slurm's commands prints; a UserError where it fails."""
    try:
        told = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=True, env=os.environ)
    except FileNotFoundError:
        raise UserError(f"{words[0]} is not on this machine: is Slurm installed? {advice}".strip()) from None
    except subprocess.TimeoutExpired:
        raise UserError(f"{words[0]} has not answered for {SECONDS} s: is Slurm at work? {advice}".strip()) from None
    except subprocess.CalledProcessError as error:
        why = harmless(" ".join((error.stderr or error.stdout or "").split()))[:300]
        raise UserError(f"{words[0]} failed: {why or f'status {error.returncode}'}. {advice}".strip()) from None
    return told.stdout


def _is_complete(job: Job) -> bool:
    """Whether every run of a job has ended with this budget."""
    abouts = [about_run(job, seed) for seed in job.seeds]
    return all(each.get("status") in COMPLETE_STATUSES and each.get("steps") == job.steps for each in abouts)
