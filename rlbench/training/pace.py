"""How long an algorithm takes for a transition on this machine: some real iterations, without files."""

import time
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.contract import Algorithm, Space
from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.envs.env import Env
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.clock import Clock
from rlbench.training.evaluation import EPISODES
from rlbench.training.sampler import EnvSampler

SECONDS = 0.1
"""How long iterations are repeated, after a first one that is not timed."""
LARGEST_BATCH = 512
"""Of a larger batch only so many transitions are timed: the time for a transition hardly depends on it."""
LONGEST_EPISODE = 1000
"""Where the environment does not tell."""
ENDLESS = 10**12


def measure_pace(name: str, settings: dict[str, Any], env: str, seeds: int) -> tuple[float, float, float]:
    """Run some iterations of an algorithm for so many seeds at once.

    Gives seconds of one core: for a transition of one seed, what acting and stepping the worlds take of that, and for
    one evaluation of a seed if every episode is as long as it can be.
    """
    torch.set_num_threads(1)
    clock, numbers = Clock(), tuple(range(seeds))

    def worlds(count: int) -> Env:
        return envs.make(env, numbers, count, lambda seed, block: stream(seed, Purpose.START_STATES, block))

    whole = resolve(find(name), name, settings)
    first = worlds(whole.num_envs)
    with np.errstate(all="ignore"):
        sampler = EnvSampler(first, ENDLESS, worlds, clock, depends_on_budget(whole))
        algorithm = smaller(whole, sampler.space)
        state = algorithm.initial(sampler.space, numbers)
        algorithm.iterate(state, sampler)
        clock.lap()
        before, began, processor = sampler.env_steps.sum(), time.perf_counter(), time.process_time()
        wall = 0.0
        while not wall or wall < SECONDS:
            with clock.learning():
                algorithm.iterate(state, sampler)
            wall = time.perf_counter() - began
    processor = time.process_time() - processor
    made = max(1, int(sampler.env_steps.sum() - before))
    sampling = min(1.0, clock.seconds["collect"] / wall) * processor / made
    longest = first.max_episode_steps or LONGEST_EPISODE
    return processor / made, sampling, 2 * EPISODES * longest * sampling


def smaller(algorithm: Algorithm, space: Space) -> Algorithm:
    """The algorithm with shorter rollouts, where its batch is large."""
    batch = algorithm.size(space).batch
    if batch is None or batch <= LARGEST_BATCH or "num_steps" not in {each.name for each in fields(algorithm)}:  # type: ignore[arg-type]
        return algorithm
    steps = max(1, algorithm.num_steps * LARGEST_BATCH // batch)  # type: ignore[attr-defined]
    return replace(algorithm, num_steps=steps)  # type: ignore[type-var]
