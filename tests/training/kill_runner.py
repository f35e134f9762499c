"""Kills a job again and again until it is done, and says how often. It forks and changes modules.

Every attempt is a child process that goes on where the one before was killed, by SIGKILL: in turn before, amid and
after a random call among those that write, sync, rename or reopen a file, and then after a random time. When a job is
done before there were enough kills, its folder is kept and another one is begun. `lengthened` jobs are of several
algorithms, and are made longer, twice, when they are done.
"""

import io
import itertools
import os
import random
import signal
import time
import traceback
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import torch

from rlbench import files
from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve
from rlbench.training import evaluation, watched_file
from rlbench.training import run as run_module
from rlbench.training.job import Job
from rlbench.training.run import run_job

SETTINGS = {"num_envs": "2", "num_steps": "32", "critic_epochs": "1", "hidden_sizes": "8"}
KINDS = ("before", "amid", "after", "clock")
ROW_TRANSITIONS = 128
"""Of a row of a job that is lengthened, so that it tells of several iterations."""

EPISODES = 2
"""Of an evaluation with each kind of actions."""

LONGEST = 0.25
"""Seconds after which a kill by the clock comes at the latest."""


def job_in(folder: Path) -> Job:
    """Two seeds, 24 iterations, a checkpoint after each."""
    chosen = asdict(resolve(find("npg"), "npg", SETTINGS))
    return Job("npg", "InvertedPendulum-v4", (0, 1), 1536, chosen, 512, folder)


LENGTHENED = {
    "ppo": {"num_envs": "2", "num_steps": "32", "update_epochs": "1", "hidden_sizes": "8", "schedule": "constant"},
    "cem": {"population": "4", "elite_fraction": "0.5", "extra_std": "0"},
    "trpo-vine": {"num_envs": "2", "num_steps": "8", "states": "4", "branches": "2", "horizon": "9"},
    "cma-es": {"population": "4"},
}
BUDGETS = (400, 401, 900)


def lengthened_in(folder: Path, algorithm: str, steps: int = BUDGETS[-1]) -> Job:
    """Two seeds of an algorithm that can be made longer."""
    chosen = asdict(resolve(find(algorithm), algorithm, LENGTHENED[algorithm]))
    return Job(algorithm, "InvertedPendulum-v4", (0, 1), steps, chosen, 256, folder)


def die() -> None:
    """As a machine does that loses its power, except that what was written is written."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(call: int, when: str) -> None:
    """Arms the functions that touch files: the call-th call of any of them is the last."""
    left = [call]

    def armed(function, halve=None):
        def wrapper(*arguments, **named):
            left[0] -= 1
            if left[0]:
                return function(*arguments, **named)
            if when == "amid" and halve:
                halve(*arguments)
            elif when != "before":
                function(*arguments, **named)
            return die()

        return wrapper

    def write_half(file: io.FileIO, content: bytes) -> None:
        file.write(content[: len(content) // 2])

    files.write_all = watched_file.write_all = armed(files.write_all, write_half)
    os.fsync = armed(os.fsync)
    Path.replace = armed(Path.replace)
    watched_file._reopen = armed(watched_file._reopen)


def attempt(job: Job, plan: tuple[str, int | float]) -> bool:
    """Whether the job came to its end."""
    child = os.fork()
    if not child:
        kind, number = plan
        if kind != "clock":
            die_at(int(number), kind)
        try:
            run_job(job, lambda _: None)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = None if plan[0] != "clock" else wait_for(child, plan[1])
    if status is None:
        if plan[0] == "clock":
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), code
    return code == 0


def wait_for(child: int, seconds: float) -> int | None:
    """Its status, or None where it is still at work then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.001)
    return None


def kill_often(folder: str | Path, kills: int, seed: int, lengthened: str = "") -> list[dict]:
    """Jobs one after the other, until there were enough kills; for each its folder, algorithm and survived kills."""
    torch.set_num_threads(1)
    run_module.CHECKPOINT_SECONDS, evaluation.EPISODES = 0.0, EPISODES
    run_module.ROW_TRANSITIONS = ROW_TRANSITIONS if lengthened else 1
    rng, jobs, total, kinds = random.Random(seed), [], 0, itertools.cycle(KINDS)
    algorithms = itertools.cycle(LENGTHENED)
    while total < kills:
        out, hits = Path(folder) / f"job-{len(jobs)}", Counter()
        name = next(algorithms)
        lengths = [lengthened_in(out, name, steps) for steps in BUDGETS] if lengthened else [job_in(out)]
        for job in lengths:
            while True:
                kind = next(kinds)
                number = rng.uniform(0, LONGEST) if kind == "clock" else rng.randrange(1, 40 if lengthened else 60)
                if attempt(job, (kind, number)):
                    break
                hits[kind] += 1
        total += hits.total()
        jobs.append({"folder": str(out), "algorithm": lengths[0].algorithm, "kills": dict(hits)})
    return jobs
