"""After an iteration nothing but the state holds vectors of theta's size, or a population of them."""

import gc

import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms import find
from rlbench.training.sampler import EnvSampler
from rlbench.training.trees import leaves

SEEDS = (0, 1)
CHOICES = [
    ("a2c", {}),
    ("acktr", {}),
    ("cem", {"population": 4}),
    ("cma-es", {"population": 4}),
    ("npg", {}),
    ("ppo", {"target_kl": 0.01}),
    ("ppo", {"objective": "kl-penalty"}),
    ("reinforce", {"baseline": "value"}),
    ("trpo", {}),
    ("trpo", {"fisher": "empirical"}),
]


def memory(tensors, least=0):
    """Addresses of the tensors' storages of at least so many bytes."""
    return {each.untyped_storage().data_ptr() for each in tensors if each.untyped_storage().nbytes() >= least}


@pytest.mark.parametrize(("name", "settings"), CHOICES, ids=str)
def test_nothing_holds_vectors_that_are_not_the_states(name, settings):
    gc.freeze()  # from now on gc.get_objects() has only what is made here
    small = {} if "population" in settings else {"num_envs": 2, "num_steps": 8}
    algorithm = find(name)(**small, hidden_sizes=(64, 64), **settings)  # a vector is larger than a batch
    worlds = envs.make("CartPole-v1", SEEDS, algorithm.num_envs, lambda seed, _: np.random.default_rng(seed))
    sampler = EnvSampler(worlds, 10_000, depends_on_budget=True)
    state = algorithm.initial(sampler.space, SEEDS)
    least = 4 * len(SEEDS) * algorithm.size(sampler.space).parameters // 2  # of the smaller of policy and critic
    for _ in range(3):
        algorithm.iterate(state, sampler)
    gc.collect()
    tensors = [each for each in gc.get_objects() if issubclass(type(each), torch.Tensor)]
    assert memory(leaves(state), least) <= memory(tensors, least)  # those that should be found are
    assert memory(tensors, least) <= memory(leaves(state))
