"""Warnings of steps that are not taken: given once, found again by `rlbench check`, and never in vain."""

import pytest
import torch

from rlbench.algorithms.trpo import TRPO
from rlbench.analysis.reading.integrity import check_folders
from rlbench.rejected_steps import MOST, ROWS, RecentSteps, say_rejected, took_no_step
from rlbench.training.job import Progress
from rlbench.training.run import run_job

pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


def warnings_of(job):
    events = []
    run_job(job, events.append)
    return [warning for event in events if isinstance(event, Progress) for warning in event.warnings]


def test_steps_that_gain_nothing_are_told_once_a_seed_and_by_check(small_job, monkeypatch):
    worse = torch.tensor([-1.0, -1.0]), torch.zeros(2)
    monkeypatch.setattr(TRPO, "evaluation", lambda *_: lambda _: worse)
    job = small_job("trpo", steps=12 * 256, eval_every=0)
    why = "no length of a step both gained and stayed within the trust region: raise backtracks, or lower target_kl"
    told = f"no step was taken in 10 of the last 10 rows at 2,560 steps: {why}"
    assert warnings_of(job) == [f"seed 0: {told}", f"seed 1: {told}"]
    both = f"{job.folder(0)}, {job.folder(1)}"
    assert f"{both}: {told}; so in 12 of 12 rows" in check_folders([job.out]).notes


@pytest.mark.parametrize(("algorithm", "settings"), [("trpo", {}), ("npg", {}), ("trpo-vine", {"horizon": 40})])
def test_steps_that_are_taken_are_not_warned_of(small_job, algorithm, settings):
    assert warnings_of(small_job(algorithm, steps=12 * 256, eval_every=0, **settings)) == []


def test_a_gradient_of_nothing_has_its_own_cause(small_job):
    """FrozenLake-v1 rewards nothing before the goal, and no critic makes up values there."""
    job = small_job(
        "trpo",
        env="FrozenLake-v1",
        seeds=(0,),
        steps=10 * 32,
        num_envs=2,
        num_steps=16,
        eval_every=0,
        estimator="monte-carlo",
    )
    [warning] = warnings_of(job)
    assert warning.endswith("there was no gradient, as where all rewards are the same")


def test_a_step_in_any_iteration_of_a_row_counts():
    assert took_no_step(1.0, 0.0)
    assert not took_no_step(1.0, 1e-6)  # one of two iterations, the other with status 2
    assert not took_no_step(0.0, 0.0)
    assert not took_no_step(float("nan"), 0.0)


def test_few_steps_that_are_not_taken_say_nothing():
    recent = RecentSteps()
    rows = ([(1.0, 0.0)] * (MOST - 1) + [(0.0, 0.01)] * (ROWS - MOST + 1)) * 3
    assert not any(recent.add(*row) for row in rows)
    assert [recent.add(2.0, 0.0) for _ in range(ROWS)].index(True) == MOST - 1
    early = RecentSteps()
    assert [early.add(1.0, 0.0) for _ in range(ROWS)].index(True) == ROWS - 1
    assert "no step was taken in 10 of the last 10 rows at 7,000 steps: the curvature" in say_rejected([2.0] * 10, 7000)
    assert say_rejected([1.5] * 9, 70).endswith("at 70 steps")
