"""Learning whose minibatches are replayed graphs, as on a GPU, is the same learning."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from tapes import Tape, record_on_tapes

from rlbench import envs
from rlbench.algorithms import find
from rlbench.numerics import arrays
from rlbench.numerics.optimizers import adam_state, adam_step
from rlbench.numerics.replay import GraphedFunction
from rlbench.training.sampler import EnvSampler
from rlbench.training.trees import leaves


class Slopes(NamedTuple):
    gradient: torch.Tensor


SMALL = {"num_envs": 4, "num_steps": 16}
CHOICES = {
    "ppo": ({"minibatch_size": 20}, {"objective": "kl-penalty", "minibatch_size": 32}, {"target_kl": 0.001}),
    "trpo": ({"critic_minibatch_size": 20},),
    "acktr": ({"critic_minibatch_size": 20, "inverse_period": 2},),
    "npg": ({"critic_minibatch_size": 32},),
    "reinforce": ({"baseline": "value", "critic_minibatch_size": 20},),
}


def learnt(name, settings):
    """State and metrics after some iterations."""
    algorithm = find(name)(**SMALL | settings)
    worlds = envs.make("InvertedPendulum-v4", (0, 1), 4, lambda seed, block: np.random.default_rng([seed, block]))
    sampler = EnvSampler(worlds, 10_000, depends_on_budget=True)
    state = algorithm.initial(sampler.space, (0, 1))
    told = [algorithm.iterate(state, sampler) for _ in range(3)]
    return [*leaves(state), *(value for metrics in told for value in metrics.values())]


@pytest.mark.parametrize(("name", "settings"), [(name, each) for name, some in CHOICES.items() for each in some])
def test_replayed_learning_is_the_same(monkeypatch, name, settings):
    monkeypatch.setattr(arrays, "is_open", lambda _: False)  # a GPU's samples are tensors
    plain = learnt(name, settings)
    record_on_tapes(monkeypatch)
    replayed = learnt(name, settings)
    assert Tape.made >= 3
    for one, other in zip(plain, replayed, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def test_a_changed_rate_reaches_a_recorded_step(monkeypatch):
    record_on_tapes(monkeypatch)
    theta, gradient = torch.zeros(2, 64), torch.ones(2, 64)
    state = adam_state(theta)

    def step(slopes, rate):
        adam_step(state, theta, slopes.gradient, rate)
        return {"norm": slopes.gradient.sum(1)}

    recorded, moved = GraphedFunction(step, theta.device), []
    rate = torch.full((2, 1), 0.1)
    for factor in (1, 1, 1, 0.5, 0, 2):  # the second time it is recorded; from then on it is replayed
        before = theta.clone()
        given = rate.mul_(factor) if factor == 0.5 else rate * factor  # the same tensor, or another one
        recorded(Slopes(gradient), given)
        moved.append((before - theta)[:, 0].tolist())
    assert Tape.made == 1
    assert moved == [pytest.approx([size, size], rel=1e-3) for size in (0.1, 0.1, 0.1, 0.05, 0.0, 0.1)]
