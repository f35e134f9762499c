"""Learning whose minibatches are replayed graphs, as on a GPU, is the same learning."""

import numpy as np
import pytest
import torch
from tapes import Tape, record_on_tapes

from rlbench import envs
from rlbench.algorithms import find
from rlbench.numerics import arrays
from rlbench.training.sampler import Sampler
from rlbench.training.trees import leaves

SMALL = {"num_envs": 4, "num_steps": 16}
CHOICES = {
    "ppo": ({"minibatch_size": 20}, {"objective": "kl-penalty", "minibatch_size": 32}, {"target_kl": 0.001}),
    "trpo": ({"critic_minibatch_size": 20},),
    "npg": ({"critic_minibatch_size": 32},),
    "reinforce": ({"baseline": "value", "critic_minibatch_size": 20},),
}


def learnt(name, settings):
    """State and metrics after some iterations."""
    algorithm = find(name)(**SMALL | settings)
    worlds = envs.make("InvertedPendulum-v4", (0, 1), 4, lambda seed, block: np.random.default_rng([seed, block]))
    sampler = Sampler(worlds, 10_000, depends_on_budget=True)
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
