"""Steps the worlds, and counts. Every transition of training passes here and is counted; evaluation has its own."""

import time
from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Batch, Space
from rlbench.envs.env import Env
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.trees import Tree


class Episode(NamedTuple):
    """One complete training episode of a seed."""

    env_steps: int
    """The seed's transitions when it ended."""
    world: int
    total: float
    """Undiscounted sum of rewards."""
    length: int
    terminated: bool
    """False where the time limit ended it."""


def space_of(env: Env) -> Space:
    """What an algorithm needs to know of an environment before it sees it."""
    return Space(env.obs_size, env.action_size, env.num_actions, env.exact_saves)


class Sampler:
    """The worlds of one job, with their place in every random stream."""

    def __init__(self, env: Env, budget: int) -> None:
        self.env = env
        self.space = space_of(env)
        self.budget = budget
        self.episodes: list[list[Episode]] = [[] for _ in env.seeds]
        """Per seed, those that ended since somebody last emptied the list."""
        self.seconds = 0.0
        """Spent stepping."""
        worlds = len(env.seeds), env.num_envs
        self.env_steps = torch.zeros(worlds[0], dtype=torch.int64)
        self._rollouts = torch.zeros(worlds[0], dtype=torch.int64)
        self._returns = torch.zeros(worlds, dtype=torch.float64)
        self._lengths = torch.zeros(worlds, dtype=torch.int64)
        self._obs = env.reset()

    @property
    def progress(self) -> Tensor:
        """The share of the budget that is spent, `[S, 1]`."""
        return (self.env_steps.double() / self.budget).unsqueeze(1)

    def state(self) -> Tree:
        """Everything the future depends on, a row a seed."""
        return {
            "env": self.env.state(),
            "env_steps": self.env_steps.clone(),
            "rollouts": self._rollouts.clone(),
            "returns": self._returns.clone(),
            "lengths": self._lengths.clone(),
        }

    def restore(self, state: Tree) -> None:
        """Go on from `state()`, to the bit."""
        self._obs = self.env.restore(state["env"])
        self.env_steps, self._rollouts = state["env_steps"].clone(), state["rollouts"].clone()
        self._returns, self._lengths = state["returns"].clone(), state["lengths"].clone()

    def permutations(self, count: int, size: int) -> Tensor:
        """Random orders, `[count, S, size]`, that belong to the latest rollout."""
        orders = torch.empty(count, len(self.env.seeds), size, dtype=torch.int64)
        for row, (seed, rollout) in enumerate(self._streams()):
            rng = stream(seed, Purpose.MINIBATCHES, rollout)
            for order in orders[:, row]:
                order.copy_(torch.from_numpy(rng.permutation(size)))
        return orders

    def rollout(self, actor: Actor, num_steps: int) -> Batch:
        """Act for `num_steps` steps in every world."""
        begun = time.perf_counter()
        self._rollouts += 1
        noise = self._noise(actor, num_steps)  # [S, T, N, K]
        record = _Record(self.env, num_steps)
        for t in range(num_steps):
            obs = record.obs[:, t]
            obs.copy_(self._obs)
            action = actor.act(obs, noise[:, t])
            step = self.env.step(action)
            self._obs, record.actions[:, t] = step.obs, action
            record.rewards[:, t], record.terminated[:, t], record.done[:, t] = step.reward, step.terminated, step.done
            self._returns += step.reward
            self._lengths += 1
            if step.any_done:
                self._end_episodes(record, t, step)
        self.env_steps += num_steps * self.env.num_envs
        self.seconds += time.perf_counter() - begun
        return record.batch(self._obs)

    def _streams(self) -> list[tuple[int, int]]:
        return list(zip(self.env.seeds, self._rollouts.tolist(), strict=True))

    def _noise(self, actor: Actor, num_steps: int) -> Tensor:
        """A whole rollout's noise at once, each seed's from its own stream."""
        rows = [
            torch.from_numpy(actor.noise(stream(seed, Purpose.ACTIONS, rollout), num_steps, self.env.num_envs))
            for seed, rollout in self._streams()
        ]
        return torch.stack(rows)

    def _end_episodes(self, record: "_Record", t: int, step) -> None:
        for s, n in step.done.nonzero().tolist():
            terminated = bool(step.terminated[s, n])
            env_steps = int(self.env_steps[s]) + (t + 1) * self.env.num_envs
            total, length = float(self._returns[s, n]), int(self._lengths[s, n])
            self.episodes[s].append(Episode(env_steps, n, total, length, terminated))
            if not terminated:
                record.cut(s, t, n, step.final_obs[s, n])
        self._returns[step.done] = 0
        self._lengths[step.done] = 0


class _Record:
    """The tensors of a batch while they fill."""

    def __init__(self, env: Env, num_steps: int) -> None:
        seeds, worlds = len(env.seeds), env.num_envs
        shape = seeds, num_steps, worlds
        self.obs = torch.empty(*shape, env.obs_size)
        self.actions = torch.empty(*shape, env.action_size)
        self.rewards = torch.empty(shape)
        self.terminated = torch.empty(shape, dtype=torch.bool)
        self.done = torch.empty(shape, dtype=torch.bool)
        # A time limit can cut one world this often at most; fixed places keep a seed's arithmetic its own.
        self._slots = (num_steps - 1) // (env.max_episode_steps or 1) + 1
        self._used = [[0] * worlds for _ in range(seeds)]
        self._cut_obs = torch.zeros(seeds, worlds * self._slots, env.obs_size)
        self._cut_at = torch.full((seeds, worlds * self._slots), num_steps * worlds)

    def cut(self, s: int, t: int, n: int, final_obs: Tensor) -> None:
        """Note that the time limit ended seed s's world n at step t."""
        slot = n * self._slots + self._used[s][n]
        self._used[s][n] += 1
        self._cut_obs[s, slot] = final_obs
        self._cut_at[s, slot] = t * self.obs.shape[2] + n

    def batch(self, last_obs: Tensor) -> Batch:
        """All filled."""
        return Batch(
            self.obs,
            self.actions,
            self.rewards,
            self.terminated,
            self.done,
            last_obs.to(torch.float32, copy=True),
            self._cut_obs,
            self._cut_at,
        )
