"""A request made jobs: names looked up, settings chosen, seeds shared out over workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlbench.errors import UserError
from rlbench.sweep.plan import Share, plan
from rlbench.sweep.request import Request
from rlbench.sweep.settings import Chosen, choose_settings
from rlbench.sweep.words import say_seeds
from rlbench.training.job import Job

SPARE = 0.01
"""The part of a budget that may stay unused before it is worth a word."""


def look_up(request: Request) -> dict[str, Chosen]:
    """Checks every name and chooses each algorithm's settings. Imports the algorithms, and torch with them."""
    import rlbench.algorithms as registry
    import rlbench.envs as tasks

    chosen = {name: registry.find(name) for name in request.algorithms}
    for env in request.envs:
        tasks.check(env)
    return choose_settings(request.settings, chosen, registry.algorithms())


def make_jobs(request: Request, settings: Mapping[str, Chosen]) -> list[Job]:
    """The jobs in the order in which free workers take them."""
    shares = [Share(name, env, request.seeds, request.steps) for env in request.envs for name in request.algorithms]
    return [_job(request, share, settings[share.algorithm]) for share in plan(shares, request.workers)]


def _job(request: Request, share: Share, chosen: Chosen) -> Job:
    return Job(
        algorithm=share.algorithm,
        env=share.env,
        seeds=share.seeds,
        steps=request.steps,
        settings=chosen.settings,
        eval_every=request.eval_every,
        out=request.out,
        device=request.device,
        provenance={"command": list(request.command), "sources": chosen.sources},
    )


def prepare_folder(request: Request) -> None:
    """Makes the results folder now, so that a place that cannot be written to is known before any work is done."""
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        probe = request.out / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"--out {request.out} cannot be written to: {error.strerror}. Name another folder.") from None


def batch_size(settings: dict[str, Any]) -> int | None:
    """Transitions a seed executes in one iteration; None where an algorithm counts in episodes."""
    if "num_envs" in settings and "num_steps" in settings:
        return settings["num_envs"] * settings["num_steps"]
    return None


@dataclass(frozen=True)
class Total:
    """How much work a sweep is."""

    runs: int
    steps: int


def total_steps(jobs: Sequence[Job]) -> Total:
    """Seeds of all jobs, and their transitions."""
    return Total(sum(len(job.seeds) for job in jobs), sum(len(job.seeds) * job.steps for job in jobs))


@dataclass(frozen=True)
class Pair:
    """One line of the announcement: an algorithm on an environment, all its jobs together."""

    env: str
    algorithm: str
    seeds: str
    batch: str
    warning: str | None


def describe_pairs(jobs: Sequence[Job], request: Request) -> list[Pair]:
    """What will be done, in the order it was asked for."""
    pairs = []
    for env in request.envs:
        for algorithm in request.algorithms:
            own = sorted(
                (job for job in jobs if (job.env, job.algorithm) == (env, algorithm)), key=lambda job: job.seeds
            )
            seeds = " + ".join(say_seeds(job.seeds) for job in own)
            pairs.append(Pair(env, algorithm, seeds, _say_batch(own[0]), _warn_of_remainder(own[0])))
    return pairs


def _say_batch(job: Job) -> str:
    size = batch_size(job.settings)
    if size is None:
        return "whole episodes"
    worlds, steps = job.settings["num_envs"], job.settings["num_steps"]
    iterations = max(1, job.steps // size)
    return f"{worlds} worlds x {steps} steps = {size:,} a batch, iterations {iterations:,}"


def _warn_of_remainder(job: Job) -> str | None:
    size = batch_size(job.settings)
    if size is None:
        return None
    if size > job.steps:
        return f"{job.algorithm}: one batch is {size:,} transitions, more than --steps {job.steps:,}; it runs one."
    spare = job.steps % size
    if spare <= SPARE * job.steps:
        return None
    done = job.steps - spare
    return f"{job.algorithm}: batches of {size:,} do not fill --steps {job.steps:,}; a seed stops at {done:,}."
