"""From a request to jobs, with the checks that need sizes: memory, batches, and runs that exist already."""

import contextlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rlbench.errors import Fault, UserError
from rlbench.sweep.lookup import Ask, LookedUp, Pair
from rlbench.sweep.plan import WorkItem, plan
from rlbench.sweep.request import Request
from rlbench.sweep.spacing import row_spacing_of, spacing_of
from rlbench.sweep.words import say_bytes, say_range, say_seeds
from rlbench.training.job import Job

SPARE = 0.01
"""The fraction of a budget that may stay unused without a warning."""


WORTH_A_WORD = 100_000_000
"""A seed that takes at least so many bytes is announced with its memory."""


def make_jobs(request: Request, looked_up: LookedUp, pairs: Collection[Pair] | None = None) -> list[Job]:
    """The jobs, in the order in which free workers take them. Pairs that cannot be trained have none.

    With `pairs` of (environment, label) only those get jobs.
    """
    items = [
        WorkItem(
            label, env, request.seeds, request.steps_on(env), looked_up.costs.get((env, label), looked_up.pace[env])
        )
        for env in request.envs
        for label in looked_up.settings
        if (env, label) not in looked_up.failed and (pairs is None or (env, label) in pairs)
    ]
    spacings = {
        pair: spacing_of(request, *pair) for pair in dict.fromkeys((each.env, each.algorithm) for each in items)
    }
    pieces = plan(items, request.workers, together=request.device != "cpu")
    return [_job(request, each, looked_up, spacings[each.env, each.algorithm]) for each in pieces]


def failed_jobs(request: Request, looked_up: LookedUp) -> list[tuple[Job, str]]:
    """For each pair that cannot be trained, the job it would have been and the reason."""
    return [
        (_job(request, WorkItem(label, env, request.seeds, request.steps_on(env)), looked_up, 0), reason)
        for (env, label), reason in looked_up.failed.items()
    ]


def _job(request: Request, item: WorkItem, looked_up: LookedUp, spacing: int) -> Job:
    chosen = looked_up.settings_on(item.env, item.algorithm)
    return Job(
        algorithm=chosen.algorithm,
        env=item.env,
        seeds=item.seeds,
        steps=item.steps,
        settings=chosen.settings,
        eval_every=spacing,
        out=request.out,
        row_every=row_spacing_of(request, item.env, item.algorithm),
        device=request.device,
        gpu_buffers=request.gpu_buffers,
        fresh=request.fresh,
        parts=looked_up.parts.get((item.env, item.algorithm), frozenset()),
        accept_changed_code=request.accept_changed_code,
        provenance={"command": list(request.command), "sources": chosen.sources},
        memory=len(item.seeds) * looked_up.memory.get((item.env, item.algorithm), 0),
        gpu_memory=len(item.seeds)
        * (looked_up.gpu.per_seed.get((item.env, item.algorithm), 0) if looked_up.gpu else 0),
        variant="" if item.algorithm == chosen.algorithm else item.algorithm,
    )


def refuse_too_large(jobs: Sequence[Job], looked_up: LookedUp, workers: int, free: int | None) -> None:
    """A UserError where the jobs that run at a time do not fit into memory together."""
    needs = sorted(((len(job.seeds) * looked_up.memory[job.env, job.label], job) for job in jobs), key=_first)
    if not needs:
        return
    together = needs[-workers:]
    need, (_, largest) = sum(map(_first, together)), together[-1]
    if free is not None and need > free:
        pair = largest.env, largest.label
        each, lower = looked_up.memory[pair], [looked_up.lower.get(pair, "")]
        if each <= free:
            lower += ["--seeds", *(["--workers"] if len(together) > 1 else [])]
        where = "in one process" if len(together) == 1 else f"in {len(together)} processes"
        raise UserError(
            f"{largest.label} on {largest.env} takes at least {say_bytes(each)} of memory a seed, "
            f"{say_bytes(need)} with all that runs at a time {where}, and {say_bytes(free)} are free.",
            f"Lower {' or '.join(filter(None, lower)) or 'its settings'}. See: rlbench show {largest.algorithm}",
        )


def refuse_too_short(jobs: Sequence[Job], looked_up: LookedUp) -> None:
    """A UserError where not even one iteration has room in the budget: no run executes more than --steps."""
    for job in jobs:
        batch = looked_up.batches[job.env, job.label]
        least = looked_up.worlds.get((job.env, job.label), 1) if batch is None else batch
        if least > job.steps:
            what = "one batch is" if batch else f"{least:,} worlds make at the least"
            raise UserError(
                f"{job.label} on {job.env}: {what} {least:,} transitions, more than --steps {job.steps:,}.",
                f"Raise --steps, or lower what makes the batch large: rlbench show {job.algorithm}",
            )


def look_at_folders(jobs: Sequence[Job], ask: Ask) -> list[str]:
    """Warnings about existing runs; a UserError where one cannot be resumed.

    No file is changed. A failure of foreign code here is left out: the job that meets it again reports it.
    """
    warnings: list[str] = []
    for job in jobs:
        if any(os.path.isdir(job.folder(seed)) for seed in job.seeds):
            with contextlib.suppress(Fault):
                warnings += ask(_look_at_folders_of, job, parts=job.parts)
    return warnings


def _look_at_folders_of(job: Job) -> list[str]:
    from rlbench.training.inspection import look_at_folders

    return look_at_folders(job)


def _first(pair: tuple[int, Job]) -> int:
    return pair[0]


def prepare_folder(request: Request) -> None:
    """Create the results folder, so that one that is not writable is reported before any work is done."""
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        probe = request.out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"--out {request.out} cannot be written to: {error.strerror}. Name another folder.") from None


@dataclass(frozen=True)
class Total:
    """The amount of work of a sweep."""

    runs: int
    steps: int


def say_work(jobs: Sequence[Job]) -> str:
    """`10 runs of 1,000,000 transitions`, or of a range of transitions where tasks have budgets of their own."""
    runs = total_steps(jobs).runs
    return f"{runs} {'run' if runs == 1 else 'runs'} of {say_range(job.steps for job in jobs) or 0} transitions"


def total_steps(jobs: Sequence[Job]) -> Total:
    """The number of runs in all jobs, and of their transitions."""
    return Total(sum(len(job.seeds) for job in jobs), sum(len(job.seeds) * job.steps for job in jobs))


@dataclass(frozen=True)
class Announced:
    """One line of the announcement: an algorithm or variant on an environment, over all its jobs."""

    env: str
    label: str
    seeds: str
    batch: str
    parameters: str
    warning: str | None


def describe_pairs(jobs: Sequence[Job], request: Request, looked_up: LookedUp) -> list[Announced]:
    """The lines of the announcement, in the order of the request."""
    pairs = []
    for env in request.envs:
        for label in looked_up.settings:
            if (env, label) in looked_up.failed:
                continue
            own = sorted((job for job in jobs if (job.env, job.label) == (env, label)), key=lambda job: job.seeds)
            seeds, size = " + ".join(say_seeds(job.seeds) for job in own), looked_up.batches[env, label]
            memory = looked_up.memory[env, label]
            parameters = f"{looked_up.parameters[env, label]:,} parameters"
            if memory >= WORTH_A_WORD:
                parameters += f", {say_bytes(memory)} a seed"
            pairs.append(
                Announced(env, label, seeds, _say_batch(own[0], size), parameters, _warn_of_remainder(own[0], size))
            )
    return pairs


def _say_batch(job: Job, size: int | None) -> str:
    if size is None:
        return "batches of whole episodes"
    worlds, iterations = job.settings.get("num_envs"), f"iterations {job.steps // size:,}"
    product = f"{worlds} worlds x {size // worlds} steps = " if worlds else ""
    return f"{product}{size:,} a batch, {iterations}"


def _warn_of_remainder(job: Job, size: int | None) -> str | None:
    if size is None:
        return None
    spare = job.steps % size
    if spare <= SPARE * job.steps:
        return None
    done = job.steps - spare
    return f"{job.label}: batches of {size:,} do not fill --steps {job.steps:,}; a seed stops at {done:,}."
