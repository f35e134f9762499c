"""A sweep from its request to the end of its last job, without a word printed: for the command line and programs."""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rlbench.sweep.gpu_memory import refuse_too_large_for_gpu
from rlbench.sweep.jobs import (
    failed_jobs,
    look_at_folders,
    make_jobs,
    prepare_folder,
    refuse_too_large,
    refuse_too_short,
)
from rlbench.sweep.lookup import LookedUp, Pair, look_up
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.placement import resolve_device
from rlbench.sweep.request import Request
from rlbench.sweep.spacing import notes_on_spacing
from rlbench.sweep.state import JobState
from rlbench.sweep.worker import Failed
from rlbench.sweep.workers import Event, Workers
from rlbench.training.job import Job


@dataclass(frozen=True)
class Prepared:
    """A sweep whose names, settings, memory and folder were checked, and which can begin."""

    request: Request
    looked_up: LookedUp
    jobs: list[Job]
    failed: list[JobState]
    """Pairs of environment and algorithm that cannot be trained, because one of them failed when it was tried."""
    warnings: list[str]
    """What should be known of runs that are there already."""
    notes: list[str]
    """What is done otherwise than by default because of runs that are there."""


@contextlib.contextmanager
def open_workers(request: Request) -> Iterator[tuple[Request, Workers]]:
    """The request with its device chosen, and the processes for it, which load while the caller goes on."""
    if request.device == "auto":
        with Workers(1) as pool:
            request = resolve_device(request, pool.ask)
    with Workers(request.threads, cores=request.threads, begin_with=request.workers) as pool:
        yield request, pool


def prepare(request: Request, pool: Workers) -> Prepared:
    """The jobs of a request; a UserError where it cannot be carried out. Makes the results folder, if it has jobs."""
    return prepare_pairs(request, look_up(request, pool.ask), pool)


def prepare_pairs(
    request: Request, looked_up: LookedUp, pool: Workers, pairs: Collection[Pair] | None = None
) -> Prepared:
    """The same for what was looked up before. `pairs` of (environment, label) leave out all others."""
    count = len(looked_up.settings) * len(request.envs) if pairs is None else len(pairs)
    request = replace(request, workers=min(request.threads, count * len(request.seeds)))  # a grid makes more runs
    jobs = make_jobs(request, looked_up, pairs)
    refuse_too_large(jobs, looked_up, request.workers, usable_memory())
    refuse_too_short(jobs, looked_up)
    refuse_too_large_for_gpu(looked_up.gpu, len(request.seeds))
    warnings = look_at_folders(jobs, pool.ask)
    if jobs:
        prepare_folder(request)
    failed = [JobState(job, failed=Failed(reason, lasting=True)) for job, reason in failed_jobs(request, looked_up)]
    return Prepared(request, looked_up, jobs, failed, warnings, notes_on_spacing(request, jobs))


def train(
    states: Sequence[JobState], pool: Workers, stopped: Sequence[BaseException] = ()
) -> Iterator[tuple[JobState, Event]]:
    """Runs the jobs of these states, and yields each event with the state it has changed.

    What a signal's handler puts into `stopped` is raised at the next event.
    """
    for index, event in pool.run([state.job for state in states]):
        if stopped:
            raise stopped[-1]
        states[index].apply(event, time.monotonic())
        yield states[index], event
