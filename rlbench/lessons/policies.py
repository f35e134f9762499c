"""Where lessons measure: worlds of all seeds, and a policy that an algorithm has trained for a while."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench import envs
from rlbench.algorithms.checks import checked_size
from rlbench.algorithms.contract import State
from rlbench.algorithms.networks import ActorCritic
from rlbench.envs.env import Env
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.sampler import EnvSampler

ENDLESS = 2**40
"""A budget that no lesson spends, so that no learning rate falls."""


class Trained(NamedTuple):
    """An algorithm in the middle of its training."""

    algorithm: Any
    networks: ActorCritic
    state: State
    sampler: EnvSampler


def sampler_of(env: str, seeds: tuple[int, ...], num_envs: int) -> EnvSampler:
    """Worlds of all seeds, with the random numbers that training has."""

    def worlds(number: int) -> Env:
        return envs.make(env, seeds, number, lambda seed, block: stream(seed, Purpose.START_STATES, block))

    return EnvSampler(worlds(num_envs), ENDLESS, worlds, depends_on_budget=True)


def trained(algorithm: Any, env: str, seeds: tuple[int, ...], updates: int) -> Trained:
    """The algorithm after so many iterations, which leave the policy that is measured."""
    torch.set_num_threads(1)
    sampler = sampler_of(env, seeds, algorithm.num_envs)
    checked_size(algorithm, sampler.space)  # a UserError where it cannot learn there
    state = algorithm.initial(sampler.space, seeds)
    with np.errstate(all="ignore"):
        for _ in range(updates):
            algorithm.iterate(state, sampler)
            sampler.begin_iteration()
    return Trained(algorithm, algorithm.networks(sampler.space), state, sampler)


def total_variance(gradients: Tensor) -> Tensor:
    """Of estimates `[B, S, P]` of a vector: the variance of one estimate, summed over the vector's entries, `[S]`."""
    return gradients.double().var(0).sum(-1)


def square_norm_of_mean(gradients: Tensor) -> Tensor:
    """|E g|^2 of estimates `[B, S, P]`, without the part that their noise adds to |mean g|^2; `[S]`."""
    return gradients.double().mean(0).square().sum(-1) - total_variance(gradients) / len(gradients)


def array(values: Tensor) -> np.ndarray:
    """`[S]` in float64."""
    return values.double().numpy(force=True)
