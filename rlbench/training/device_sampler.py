"""The sampler for worlds on a GPU: what the CPU's does step by step in Python is done by the device, and asked of it
once a rollout."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Batch, Metrics, Played
from rlbench.envs.env import LONGEST, Env, none_left
from rlbench.policies.normaliser import initial_moments
from rlbench.training.branching import Kept
from rlbench.training.clock import Clock
from rlbench.training.device_record import DeviceRecord
from rlbench.training.sampler import Episode, Sampler
from rlbench.training.seen import take_in_marked

if TYPE_CHECKING:
    from rlbench.envs.warp_env import WarpEnv


class DeviceSampler(Sampler):
    """A `Sampler` (sampler.py says what each method does) of `WarpEnv`s."""

    env: WarpEnv

    def __init__(
        self,
        env: Env,
        budget: int,
        more_worlds: Callable[[int], Env] | None = None,
        clock: Clock | None = None,
        depends_on_budget: bool = False,
    ) -> None:
        super().__init__(env, budget, more_worlds, clock, depends_on_budget)
        self._record: DeviceRecord | None = None

    def rollout(self, actor: Actor, num_steps: int, keep: int = 0) -> Batch:
        env = self.env
        self._refuse_without_room(num_steps * env.num_envs)
        with self._sampling(env):
            self._rollouts += 1
            env.prefetch_starts(num_steps)
            noise = self._noise(actor, num_steps)  # [S, T, N, K]
            kept = self._kept = Kept(self._places(num_steps * env.num_envs, keep), env.num_envs)
            if self._record is None or self._record.num_steps != num_steps:
                self._record = DeviceRecord(env, num_steps, self._returns, self._lengths)
            record = self._record
            record.begin()
            act = self._acting(actor.act, env)
            for t, drawn in enumerate(noise.unbind(1)):
                if keep:
                    kept.look(t, env)
                record.look(self._obs)
                action = act(record.seen, drawn)
                step = env.step(action)
                self._obs = step.obs
                record.note(action, step)
            for s, episode in record.episodes(self.env_steps):
                self.episodes[s].append(episode)
            self.env_steps += num_steps * env.num_envs
            return record.batch(self._obs, kept.places)

    def play(self, act: Callable[[Tensor], Tensor], starts: int) -> Played:
        env = self.env
        if not self.env_steps.any():
            self._refuse_without_room(env.num_envs)
        with self._sampling(env):
            env.reset()
            first = torch.arange(len(env.seeds)).unsqueeze(1) * env.num_envs
            obs = env.load(env.save(), first + torch.arange(env.num_envs) % starts)
            returns, lengths = self._returns.zero_(), self._lengths.zero_()
            moving = torch.ones_like(lengths, dtype=torch.bool)
            terminated, ended_at = torch.zeros_like(moving), torch.zeros_like(lengths)
            seen = initial_moments(len(env.seeds), env.obs_size, env.device)
            spent, cut = self.env_steps.to(env.device), torch.zeros_like(moving[:, 0])
            acting = self._acting(act, env)
            for t in range(1, (env.max_episode_steps or LONGEST) + 1):
                full = spent + moving.sum(1) > self.budget
                cut |= full & moving.any(1)
                moving &= ~full.unsqueeze(1)
                take_in_marked(seen, obs, moving)
                step = env.advance(acting(obs.float()), moving)
                obs = step.obs
                returns += step.reward
                lengths += moving
                spent += moving.sum(1)
                terminated |= step.terminated
                ended_at = torch.where(step.done, spent.unsqueeze(1), ended_at)
                moving &= ~step.done
                if none_left(moving, t):
                    break
            complete = ended_at > 0
            self.env_steps = spent.cpu()
            self.cut |= cut.cpu()
            self._end_played(complete, ended_at, terminated)
            return Played(torch.where(complete, returns, 0.0), torch.where(complete, lengths, 0), seen)

    def metrics(self) -> Metrics:
        unstable = self.env.unstable.clone()
        self.env.unstable.zero_()
        return {"unstable_worlds": unstable.float()}

    def _end_played(self, complete: Tensor, ended_at: Tensor, terminated: Tensor) -> None:
        """One row an episode, in the order in which they ended."""
        s, n = complete.nonzero(as_tuple=True)
        columns = s, ended_at[s, n], n, self._returns[s, n], self._lengths[s, n], terminated[s, n]
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for seed, *values in sorted(rows, key=lambda row: row[1:3]):
            self.episodes[seed].append(Episode(*values))
