"""Which algorithms depend on their budget is declared by their settings, and the sampler holds them to it."""

import numpy as np
import pytest

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.errors import UserError
from rlbench.training.run import run_job
from rlbench.training.sampler import Sampler

CHOICES = [
    ("a2c", {}, True),
    ("cem", {}, True),
    ("cem", {"extra_std": 0.0}, False),
    ("cma-es", {}, False),
    ("cpi", {}, False),
    ("npg", {}, True),
    ("policy-iteration", {}, False),
    ("ppo", {}, True),
    ("ppo", {"schedule": "constant"}, False),
    ("reinforce", {}, True),
    ("trpo", {}, True),
    ("trpo", {"estimator": "monte-carlo"}, False),
    ("trpo-vine", {}, False),
    ("trpo-vine", {"bootstrap": True}, True),
]


def sampler(**more):
    worlds = envs.make("CartPole-v1", (0, 1), 2, lambda seed, block: np.random.default_rng((seed, block)))
    return Sampler(worlds, 100, **more)


@pytest.mark.parametrize(("name", "settings", "depends"), CHOICES, ids=str)
def test_an_algorithm_says_that_it_depends_on_its_budget_where_it_reads_it(
    small_job, monkeypatch, name, settings, depends
):
    assert depends_on_budget(resolve(find(name), name, settings)) == depends
    reads, original = [], Sampler.progress
    monkeypatch.setattr(Sampler, "progress", property(lambda self: reads.append(1) or original.fget(self)))
    run_job(small_job(name, seeds=(0,), steps=64, eval_every=0, **settings), lambda _: None)
    assert bool(reads) == depends


def test_reading_the_progress_without_having_said_so_is_an_error_that_says_what_to_do():
    with pytest.raises(
        UserError, match=r"does not say that it depends on the budget\. Give its class `depends_on_budget`"
    ):
        sampler().progress  # noqa: B018


def test_reading_the_progress_changes_nothing():
    declared = sampler(depends_on_budget=True)
    before = declared.state()["depends_on_budget"].tolist()
    assert declared.progress.tolist() == [[0], [0]]
    assert declared.state()["depends_on_budget"].tolist() == before == [True, True]
    assert sampler().state()["depends_on_budget"].tolist() == [False, False]
