"""Small jobs."""

import dataclasses
from pathlib import Path

import gymnasium
import pytest
import stated
from small import ENV, SMALL

from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve
from rlbench.training import evaluation
from rlbench.training import run as run_module
from rlbench.training.job import Job


@pytest.fixture
def small_job(tmp_path, monkeypatch):
    """Makes a job of few and short iterations and evaluations; settings and fields can be replaced."""
    monkeypatch.setattr(evaluation, "EPISODES", 2)

    def make(
        algorithm="trpo",
        seeds=(0, 1),
        steps=1024,
        env=None,
        out: Path = tmp_path,
        eval_every=512,
        fresh=False,
        **settings,
    ):
        chosen = resolve(find(algorithm), algorithm, SMALL.get(algorithm, {}) | settings)
        env = env or ENV.get(algorithm, "InvertedPendulum-v4")
        return Job(algorithm, env, tuple(seeds), steps, dataclasses.asdict(chosen), eval_every, out, fresh=fresh)

    return make


@pytest.fixture
def a_row_an_iteration(monkeypatch):
    """Rows as soon as there is something to tell, not only after many transitions."""
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 1)


@pytest.fixture
def stated_generations():
    """Makes an environment in which the n-th generation of a seed, from 0, has episodes of `length(seed, n)` steps.

    Each of a small job's six candidates has a world of its own, which takes a start when it is made and one more for
    each generation; the first world's is that of them all.
    """
    yield lambda length: stated.register_stated(lambda seed, number: length(seed, max(0, number // 6 - 1)))
    gymnasium.registry.pop(stated.ENV, None)
