"""Whole episodes of a trained policy, each begun as Gymnasium's `reset(seed=k)` begins it.

Tasks of MuJoCo are stepped together by `rlbench.envs`, which steps them as Gymnasium does to the bit. So an episode is
the one that a loop over Gymnasium's own environment and `policy.act` plays, whatever other episodes are played beside.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.envs.env import LONGEST, Env
from rlbench.envs.gymnasium import make_gymnasium
from rlbench.envs.mujoco import make_task
from rlbench.envs.own_tasks import get_task
from rlbench.numerics.streams import Purpose, stream
from rlbench.trained.interface import make_world
from rlbench.trained.policy import Policy

NOISE_STREAM = 1
"""Beside the seed of an episode: the sampled actions of episode k draw from `np.random.default_rng([1, k])`."""
NOISE_BLOCK = 100
"""Steps whose noise is drawn at a time."""


class Episodes(NamedTuple):
    """One episode for each seed of a reset."""

    reset_seeds: tuple[int, ...]
    returns: np.ndarray
    """Undiscounted sums of rewards, `[K]`."""
    lengths: np.ndarray
    """`[K]`"""
    terminated: np.ndarray
    """`[K]`: false where the time limit ended the episode."""


def action_rng(reset_seed: int) -> np.random.Generator:
    """The generator of an episode's sampled actions."""
    return np.random.default_rng([NOISE_STREAM, reset_seed])


def play(policy: Policy, reset_seeds: Sequence[int], deterministic: bool = True) -> Episodes:
    """One episode from each `reset(seed=k)`, by the most likely actions or by sampled ones."""
    env, obs = _worlds(policy.env, reset_seeds)
    count = len(reset_seeds)
    noise = _Noise(policy, reset_seeds, deterministic)
    returns, lengths = np.zeros(count), np.zeros(count, np.int64)
    terminated, moving = np.zeros(count, bool), torch.ones(1, count, dtype=torch.bool)
    action = torch.zeros(1, count, env.action_size)
    for t in range(env.max_episode_steps or LONGEST):
        rows = moving[0].nonzero().flatten()
        action[0, rows] = policy.act_in_parallel(obs[0, rows], noise.at(t)[rows])
        step = env.advance(action, moving)
        obs = step.obs
        returns += step.reward[0].numpy()
        lengths += moving[0].numpy()
        terminated |= step.terminated[0].numpy()
        moving &= ~step.done
        if not moving.any():
            break
    return Episodes(tuple(reset_seeds), returns, lengths, terminated)


class _Noise:
    """The random numbers of every step and episode; an episode's do not depend on the others."""

    def __init__(self, policy: Policy, reset_seeds: Sequence[int], deterministic: bool) -> None:
        self._policy = policy
        self._rngs = None if deterministic else [action_rng(seed) for seed in reset_seeds]
        size = policy.noise(np.random.default_rng(0), 1).shape[-1]
        self._block = torch.zeros(NOISE_BLOCK, len(reset_seeds), size)

    def at(self, step: int) -> Tensor:
        """`[K, Z]`, zeros for the most likely actions. Steps are asked for in their order."""
        if self._rngs is not None and step % NOISE_BLOCK == 0:
            drawn = [self._policy.noise(rng, NOISE_BLOCK) for rng in self._rngs]
            self._block = torch.from_numpy(np.stack(drawn, axis=1))
        return self._block[step % NOISE_BLOCK]


def _worlds(env_id: str, reset_seeds: Sequence[int]) -> tuple[Env, Tensor]:
    """A world for each seed of a reset, and their first observations `[1, K, O]`."""
    if task := get_task(env_id):
        worlds = make_task(task, (0,), len(reset_seeds), _unused_starts, _cores())
        return worlds, worlds.start_from(*_start_states(env_id, reset_seeds))
    others = make_gymnasium(env_id, (0,), len(reset_seeds), _unused_starts)
    return others, others.start_from(reset_seeds)


def _start_states(env_id: str, reset_seeds: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities after each `reset(seed=k)` of Gymnasium's own environment."""
    world = make_world(env_id)
    states = []
    for seed in reset_seeds:
        world.reset(seed=seed)
        data = world.unwrapped.data  # type: ignore[attr-defined]
        states.append((data.qpos.copy(), data.qvel.copy()))
    world.close()
    qpos, qvel = (np.stack(part) for part in zip(*states, strict=True))
    return qpos, qvel


def _unused_starts(seed: int, block: int) -> np.random.Generator:
    """Start states for worlds that need none: each plays one episode, from a state that is given."""
    return stream(seed, Purpose.EVALUATION_STARTS, block)


def _cores() -> int:
    """How many threads may step worlds."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
