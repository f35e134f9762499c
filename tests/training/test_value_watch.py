"""Warnings of a critic whose values cannot be true: given once, found again by `rlbench check`, and never in vain."""

import pytest
import torch

from rlbench.algorithms import critic
from rlbench.analysis.reading.integrity import check_folders
from rlbench.training.job import Progress
from rlbench.training.run import run_job
from rlbench.value_bound import is_impossible

pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


def warnings_of(job):
    events = []
    run_job(job, events.append)
    return [warning for event in events if isinstance(event, Progress) for warning in event.warnings]


def test_a_seed_is_warned_of_once_and_check_tells_of_its_worst_row(small_job, monkeypatch):
    original, counted = critic.value_columns, iter(range(100))

    def columns(*given):
        found = original(*given)
        return found | {"value_mean": found["value_mean"] - torch.tensor([0.0, 1e6 * next(counted)])}

    monkeypatch.setattr(critic, "value_columns", columns)
    job = small_job("trpo")
    [warning] = warnings_of(job)
    assert warning.startswith(
        "seed 1: the critic's mean value is -1e+06 at 512 steps, and rewards and discount allow no"
    )
    report = check_folders([job.out])
    assert not report.problems
    [note] = [note for note in report.notes if "critic" in note]
    assert note.startswith(f"{job.folder(1)}: the critic's mean value is -3e+06 at 1,024 steps, and rewards and")
    assert note.endswith("in size: do not trust what was learnt with it; so in 3 of 4 rows")


@pytest.mark.parametrize("env", ["FrozenLake-v1", "CartPole-v1"])
@pytest.mark.parametrize("algorithm", ["a2c", "ppo", "reinforce"])
def test_honest_critics_are_not_warned_of(small_job, algorithm, env):
    """Neither before the first reward, nor where every step has the same one."""
    settings = {"baseline": "value"} if algorithm == "reinforce" else {"gamma": 0.5}
    job = small_job(algorithm, env=env, seeds=(0, 1, 2), eval_every=0, **settings)
    assert warnings_of(job) == []


@pytest.mark.parametrize(
    ("mean", "unit", "bound", "told"),
    [
        (10.0, 1.0, 10.0, False),
        (11.0, 1.0, 10.0, False),
        (-23.0, 1.0, 10.0, True),
        (1.5, 1.0, 0.0, False),  # before the first reward
        (float("nan"), 1.0, 10.0, False),
        (1e9, 1.0, float("nan"), False),
    ],
)
def test_only_what_no_honest_error_explains_is_impossible(mean, unit, bound, told):
    assert is_impossible(mean, unit, bound) is told
