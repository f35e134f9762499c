"""Warnings of steps that are not taken: given once, found again by `rlbench check`, and never in vain."""

import re

import pytest

from rlbench.analysis.reading.integrity import check_folders
from rlbench.rejected_steps import MOST, ROWS, RecentSteps, say_rejected, took_no_step
from rlbench.training.job import Progress
from rlbench.training.run import run_job

pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


def warnings_of(job):
    events = []
    run_job(job, events.append)
    return [warning for event in events if isinstance(event, Progress) for warning in event.warnings]


def test_a_search_that_may_not_shorten_is_told_once_a_seed_and_by_check(small_job):
    job = small_job("trpo", steps=12 * 256, eval_every=0, backtracks=0, target_kl=100.0)
    told = warnings_of(job)
    assert [line.partition(":")[0] for line in told] == ["seed 0", "seed 1"]
    assert told[0].startswith("seed 0: no step was taken in ")
    assert told[0].endswith("raise backtracks, or lower target_kl")
    notes = [note for note in check_folders([job.out]).notes if "no step" in note]
    assert sorted(note.partition(": no step was taken in ")[0] for note in notes) == [
        str(job.folder(seed)) for seed in (0, 1)
    ]
    for note in notes:
        assert re.search(r"(9|10) of the last 10 rows at 2,560 steps: no length of a step both gained", note)
        assert re.search(r"; so in 1[12] of 12 rows$", note)


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
