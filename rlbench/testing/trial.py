"""Small runs of an algorithm that is on trial, in this process."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from rlbench import envs
from rlbench.algorithms import lent
from rlbench.algorithms.checks import checked_size
from rlbench.algorithms.contract import Size, Space
from rlbench.algorithms.plugins import why_not_an_algorithm
from rlbench.errors import UserError
from rlbench.testing.promise import BrokenPromise
from rlbench.training import evaluation
from rlbench.training import run as training
from rlbench.training.job import Finished, Job, Progress
from rlbench.training.run import run_job
from rlbench.training.sampler import space_of

NAME = "algorithm-on-trial"
LIKELY = ("InvertedPendulum-v5", "CartPole-v1", "FrozenLake-v1")
"""Environments with short episodes: continuous actions, choices, and known tables."""
SEEDS = (0, 1, 3)
LEAST_STEPS, ITERATIONS = 1024, 4


class Killed(Exception):
    """Stands for a kill: nothing more is written."""


def starts(seed: int, block: int) -> np.random.Generator:
    return np.random.default_rng([seed, block])


@contextmanager
def frequent_rows(checkpoint_seconds: float) -> Iterator[None]:
    """A row after every iteration, and short evaluations, so that few steps show much."""
    with (
        patch.object(training, "ROW_TRANSITIONS", 1),
        patch.object(training, "CHECKPOINT_SECONDS", checkpoint_seconds),
        patch.object(evaluation, "EPISODES", 2),
    ):
        yield


class Trial:
    """An algorithm on trial: its settings, an environment, and a folder for its runs."""

    def __init__(self, algorithm: Any, env: str | None, steps: int | None, folder: Path) -> None:
        """`algorithm` is a class, whose defaults are taken, or an object with settings."""
        kind = algorithm if isinstance(algorithm, type) else type(algorithm)
        if reason := why_not_an_algorithm(kind):
            raise BrokenPromise(f"The class fits the contract: {reason}. See: docs/plugins.md")
        self.kind, self.algorithm = kind, algorithm() if algorithm is kind else algorithm
        self.folder = folder
        self.env, self.space, self.size = choose_env(self.algorithm, [env] if env else LIKELY)
        self.steps = steps or max(LEAST_STEPS, ITERATIONS * (self.size.batch or 0))

    def job(self, name: str, seeds: Sequence[int] = SEEDS, steps: int | None = None) -> Job:
        """A job with files in a folder of this name."""
        settings = dataclasses.asdict(self.algorithm)
        steps = steps or self.steps
        return Job(NAME, self.env, tuple(seeds), steps, settings, self.steps // 2, self.folder / name)

    def run(
        self,
        job: Job,
        kind: type | None = None,
        on_event: Callable[[Any], None] = lambda _: None,
        checkpoint_seconds: float = training.CHECKPOINT_SECONDS,
    ) -> dict[int, Finished]:
        """Train; the results by seed. `kind` trains another class in place of this one."""
        events: list[Any] = []

        def hear(event: Progress | Finished) -> None:
            events.append(event)
            on_event(event)

        with frequent_rows(checkpoint_seconds), lent(NAME, kind or self.kind):
            run_job(job, hear)
        return {event.seed: event for event in events if isinstance(event, Finished)}

    @cached_property
    def whole(self) -> Job:
        """All seeds together, from the beginning to the end: what other runs are compared with."""
        job = self.job("whole")
        self.run(job)
        return job


def choose_env(algorithm: Any, ids: Sequence[str]) -> tuple[str, Space, Size]:
    """The first environment on which the algorithm can learn, with its sizes."""
    reasons = []
    for env_id in ids:
        space = space_of(envs.make(env_id, (0,), 1, starts))
        try:
            return env_id, space, checked_size(algorithm, space)
        except UserError as error:
            reasons.append(f"{env_id}: {error}")
    raise UserError(f"It can learn on none of these; name another by env=. {' '.join(reasons)}")
