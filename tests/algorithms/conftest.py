"""A sampler without a simulator: random observations, and rewards that a test chooses."""

import numpy as np
import pytest
import torch

from rlbench.algorithms.contract import Actor, Batch, Space
from rlbench.numerics.streams import Purpose, stream


class MadeUpSampler:
    """Observations are noise; the reward is a function of observation and action; episodes last `limit` steps."""

    def __init__(self, seeds=(0, 1, 2), obs_size=3, action_size=2, reward=None, limit=10, num_envs=4):
        self.seeds, self.num_envs, self.limit = seeds, num_envs, limit
        self.space = Space(obs_size, action_size, None)
        self.progress = torch.zeros(len(seeds), 1)
        self.reward = reward or (lambda _, actions: -(actions - 0.5).square().sum(-1))
        self.rollouts = 0

    def rollout(self, actor: Actor, num_steps: int) -> Batch:
        self.rollouts += 1
        shape = num_steps, self.num_envs
        streams = [stream(seed, Purpose.ACTIONS, self.rollouts) for seed in self.seeds]
        obs = torch.from_numpy(
            np.stack([rng.standard_normal((*shape, self.space.obs_size)) for rng in streams])
        ).float()
        noise = torch.from_numpy(np.stack([actor.noise(rng, *shape) for rng in streams]))
        actions = actor.act(obs.flatten(1, 2), noise.flatten(1, 2)).view(len(self.seeds), *shape, -1)
        done = torch.zeros(len(self.seeds), *shape, dtype=torch.bool)
        done[:, self.limit - 1 :: self.limit] = True
        ended = done[0].flatten().nonzero().flatten().expand(len(self.seeds), -1)
        rewards = self.reward(obs, actions)
        last = torch.zeros(len(self.seeds), self.num_envs, self.space.obs_size)
        final_obs = torch.zeros(*ended.shape, self.space.obs_size)
        return Batch(obs, actions, rewards, torch.zeros_like(done), done, last, final_obs, ended, ended[:, :0])

    def draw(self, noise, *shape) -> torch.Tensor:
        streams = [stream(seed, Purpose.DRAWS, self.rollouts) for seed in self.seeds]
        return torch.from_numpy(np.stack([noise(rng, *shape) for rng in streams]))

    def permutations(self, count: int, size: int) -> torch.Tensor:
        streams = [stream(seed, Purpose.MINIBATCHES, self.rollouts) for seed in self.seeds]
        orders = [[torch.from_numpy(rng.permutation(size)) for rng in streams] for _ in range(count)]
        return torch.stack([torch.stack(order) for order in orders])


@pytest.fixture
def made_up_sampler():
    return MadeUpSampler
