"""The sampler counts every transition, tells episodes truly, and hands on what followed each step."""

import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Actor
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.sampler import EnvSampler, space_of


def make_sampler(env_id="Hopper-v4", seeds=(0, 1), num_envs=3, limit=None):
    def starts(seed, block):
        return stream(seed, Purpose.START_STATES, block)

    return EnvSampler(
        envs.make(env_id, seeds, num_envs, starts, max_episode_steps=limit), budget=10_000, depends_on_budget=True
    )


@pytest.fixture
def random_actor():
    def noise(rng, *shape):
        return rng.standard_normal((*shape, 3), dtype=np.float32)

    return Actor(noise, lambda _, noise: noise)


def test_counts_and_episodes_are_those_of_the_rewards(random_actor):
    sampler = make_sampler()
    rewards, done = [], []
    for _ in range(3):
        batch = sampler.rollout(random_actor, 40)
        rewards.append(batch.rewards)
        done.append(batch.done)
    rewards, done = torch.cat(rewards, 1).double(), torch.cat(done, 1)
    assert sampler.env_steps.tolist() == [360, 360]
    assert sampler.progress.flatten().tolist() == [0, 0]
    sampler.begin_iteration()
    assert sampler.progress.flatten().tolist() == [0.036, 0.036]
    for s in range(2):
        assert len(sampler.episodes[s]) == done[s].sum() > 0
        for episode in sampler.episodes[s]:
            last = episode.env_steps // 3 - 1
            first = last - episode.length + 1
            assert done[s, last, episode.world]
            assert first == 0 or done[s, first - 1, episode.world]
            assert not done[s, first:last, episode.world].any()
            assert episode.total == pytest.approx(rewards[s, first : last + 1, episode.world].sum().item(), rel=1e-5)
            assert episode.terminated


@pytest.mark.parametrize(
    ("env_id", "scale"), [("InvertedPendulum-v4", (3.0,)), ("Hopper-v4", (1.0,) * 3), ("CartPole-v1", ())]
)
def test_the_space_tells_the_scale_of_actions(env_id, scale):
    assert make_sampler(env_id).space.action_scale == scale


def test_a_range_of_actions_without_limits_has_scale_1():
    env = make_sampler().env
    env.action_low, env.action_high = torch.tensor([-torch.inf, -1e38, 2.0]), torch.tensor([1.0, 1e38, 2.0])
    assert space_of(env).action_scale == (1.0, 1.0, 1.0)


def test_a_time_limit_is_told_with_its_final_observation():
    sampler = make_sampler("HalfCheetah-v4", limit=7)
    sampler.space = sampler.space._replace(action_size=6)

    def noise(rng, *shape):
        return rng.standard_normal((*shape, 6), dtype=np.float32)

    batch = sampler.rollout(Actor(noise, lambda _, noise: noise), 20)
    assert not batch.terminated.any()
    assert batch.done[0, :, 0].nonzero().flatten().tolist() == [6, 13]
    assert all(not episode.terminated and episode.length == 7 for episode in sampler.episodes[0])
    places = sorted(place for place in batch.truncated_index[0].tolist() if place < 60)
    assert places == [6 * 3, 6 * 3 + 1, 6 * 3 + 2, 13 * 3, 13 * 3 + 1, 13 * 3 + 2]
    # replaying the same actions under a longer limit shows what was there
    longer = make_sampler("HalfCheetah-v4", limit=1000)
    longer.space = sampler.space
    seen = longer.rollout(Actor(noise, lambda _, noise: noise), 20)
    slot = batch.truncated_index[0].tolist().index(6 * 3 + 1)
    assert torch.equal(batch.truncated_obs[0, slot], seen.obs[0, 7, 1])
    assert not torch.equal(batch.obs[0, 7, 1], seen.obs[0, 7, 1])


def test_a_restored_sampler_goes_on_to_the_bit_among_other_seeds(random_actor):
    together = make_sampler(seeds=(0, 1, 2))
    together.rollout(random_actor, 30)
    saved = together.state()
    expected = together.rollout(random_actor, 30)

    alone = make_sampler(seeds=(2,))
    one = {k: {n: v[2:] for n, v in t.items()} if isinstance(t, dict) else t[2:] for k, t in saved.items()}
    alone.restore(one)
    again = alone.rollout(random_actor, 30)
    for name in ("obs", "actions", "rewards", "terminated", "done", "last_obs"):
        assert torch.equal(getattr(again, name)[0], getattr(expected, name)[2])


def test_orders_are_permutations_that_change_with_the_rollout(random_actor):
    sampler = make_sampler()
    sampler.rollout(random_actor, 2)
    first = sampler.permutations(3, 50)
    assert (first.sort(-1).values == torch.arange(50)).all()
    assert torch.equal(first, sampler.permutations(3, 50))
    sampler.rollout(random_actor, 2)
    assert not torch.equal(first, sampler.permutations(3, 50))
    assert not torch.equal(first[0, 0], first[0, 1])
