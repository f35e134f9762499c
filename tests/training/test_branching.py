"""Branches start from the exact state, count what they execute, and meet the chance they are meant to meet."""

import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Actor
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.sampler import EnvSampler

STEPS, WORLDS, STATES, HORIZON = 12, 3, 5, 8


def make_sampler(env_id, seeds=(0, 1), limit=None):
    def worlds(number):
        def starts(seed, block):
            return stream(seed, Purpose.START_STATES, block)

        return envs.make(env_id, seeds, number, starts, max_episode_steps=limit)

    return EnvSampler(worlds(WORLDS), 10_000, worlds)


def make_actor(space):
    """A random linear policy, little noise, so that episodes are not over at once; it sums each world by itself.

    A matrix product may round a row differently where there are more rows beside it, and a branch has other neighbours.
    """
    outputs = space.num_actions or space.action_size
    weights = torch.from_numpy(np.random.default_rng(5).normal(0, 0.3, (space.obs_size, outputs))).float()

    def act(obs, noise):
        mean = (obs.clamp(-1, 1).unsqueeze(-1) * weights).sum(-2)
        if space.num_actions:
            return (mean + noise).argmax(-1, keepdim=True).float()
        return mean + 0.1 * noise

    return Actor(lambda rng, *shape: rng.standard_normal((*shape, outputs), dtype=np.float32), act)


def known(actor):
    """The actor, and what it made of each world's noise: a rollout's noise is drawn once, and seen step by step."""
    noises = []

    def act(obs, noise):
        noises.append(noise.clone())
        return actor.act(obs, noise)

    return Actor(actor.noise, act), noises


@pytest.mark.parametrize("env_id", [*envs.list_tasks(), "CartPole-v1", "FrozenLake-v1", "Pendulum-v1"])
def test_a_branch_with_the_trunks_action_and_noise_repeats_the_trunk_to_the_bit(env_id):
    sampler = make_sampler(env_id)
    actor, noises = known(make_actor(sampler.space))
    sampler.rollout(actor, 3)
    del noises[:]
    batch = sampler.rollout(actor, STEPS, keep=STATES)
    noise = torch.cat([torch.stack(noises, 1), torch.zeros(2, HORIZON, *noises[0].shape[1:])], 1)  # [S, T+H, N, Z]
    t, n = batch.branch_index // WORLDS, batch.branch_index % WORLDS
    s = torch.arange(2).unsqueeze(1)
    repeated = torch.stack([noise[s, t + h, n] for h in range(1, HORIZON)], 1)  # [S, H-1, R, Z]
    actions = batch.actions[s, t, n]
    counted = sampler.env_steps.clone()
    branches = sampler.branch(
        actor, actions.unsqueeze(2).expand(-1, -1, 2, -1), repeated.unsqueeze(3).expand(-1, -1, -1, 2, -1)
    )
    assert branches.rewards.shape == (2, HORIZON, STATES, 2)
    assert torch.equal(branches.rewards[..., 0], branches.rewards[..., 1])
    assert torch.equal(sampler.env_steps - counted, branches.lengths.sum((1, 2)))
    compared = 0
    for seed in range(2):
        for r in range(STATES):
            going = True
            for h in range(min(HORIZON, STEPS - int(t[seed, r]))):
                place = seed, int(t[seed, r]) + h, int(n[seed, r])
                if going:
                    assert branches.rewards[seed, h, r, 0] == batch.rewards[place]
                    compared += 1
                    going = not batch.done[place]
                else:
                    assert branches.rewards[seed, h, r, 0] == 0
    assert compared > 20 or env_id == "FrozenLake-v1"


def test_branches_end_where_the_task_ends_and_are_not_counted_further():
    sampler = make_sampler("InvertedPendulum-v4")
    pushing = Actor(lambda _, *shape: np.zeros((*shape, 1), np.float32), lambda _, noise: noise + 3)
    sampler.rollout(pushing, 2, keep=2)
    actions, noise = torch.full((2, 2, 3, 1), 3.0), torch.zeros(2, 59, 2, 3, 1)
    before = sampler.env_steps.clone()
    branches = sampler.branch(pushing, actions, noise)
    assert branches.terminated.all()
    assert (branches.lengths < 40).all()
    assert torch.equal(branches.rewards.sum(1), branches.lengths.float())  # v4 pays 1 for every step
    assert torch.equal(sampler.env_steps - before, branches.lengths.sum((1, 2)))
    assert (branches.last_obs[..., 1].abs() > 0.2).all()  # the pole's angle where each ended, not a new start


def test_a_time_limit_cuts_a_branch_and_is_no_termination():
    sampler = make_sampler("HalfCheetah-v4", limit=10)
    actor = make_actor(sampler.space)
    batch = sampler.rollout(actor, 8, keep=4)
    left = 10 - batch.branch_index // WORLDS
    branches = sampler.branch(actor, torch.zeros(2, 4, 2, 6), torch.zeros(2, 19, 4, 2, 6))
    assert torch.equal(branches.lengths, left.unsqueeze(2).expand(-1, -1, 2))
    assert not branches.terminated.any()


def test_branches_do_not_disturb_the_trunk():
    plain, branching = make_sampler("Hopper-v4"), make_sampler("Hopper-v4")
    actor = make_actor(plain.space)
    for sampler in (plain, branching):
        sampler.rollout(actor, 5, keep=2)
    branching.branch(actor, torch.zeros(2, 2, 3, 3), torch.zeros(2, 9, 2, 3, 3))
    first, second = (sampler.rollout(actor, 30) for sampler in (plain, branching))
    assert torch.equal(first.obs, second.obs)
    assert [len(episodes) for episodes in plain.episodes] == [len(episodes) for episodes in branching.episodes]


def test_kept_places_are_a_seeds_own_and_none_comes_twice():
    together, alone = make_sampler("Swimmer-v4", (0, 1)), make_sampler("Swimmer-v4", (1,))
    actor = Actor(lambda _, *shape: np.zeros((*shape, 2), np.float32), lambda _, noise: noise)
    both = together.rollout(actor, STEPS, keep=20).branch_index
    assert torch.equal(both[1:], alone.rollout(actor, STEPS, keep=20).branch_index)
    assert all(len(set(row)) == 20 for row in both.tolist())
    assert not torch.equal(both[0], both[1])
    assert not torch.equal(both, together.rollout(actor, STEPS, keep=20).branch_index)


def test_chance_in_the_environment_is_common_unless_it_is_stirred():
    sampler = make_sampler("FrozenLake-v1")
    actor = make_actor(sampler.space)
    sampler.rollout(actor, 1, keep=3)
    actions, noise = torch.full((2, 3, 40, 1), 2.0), torch.zeros(2, 0, 3, 40, 4)
    common = sampler.branch(actor, actions, noise).last_obs.view(2, 3, 40, -1)
    assert (common == common[:, :, :1]).all()
    reseeded = sampler.branch(actor, actions, noise, reseed=True).last_obs.view(2, 3, 40, -1)
    shares = reseeded.mean(2).amax(-1)
    assert (shares < 0.9).all()


def test_draws_are_fresh_and_a_seeds_own_and_go_on_after_a_restore():
    together, alone = make_sampler("Hopper-v4", (0, 3)), make_sampler("Hopper-v4", (3,))
    normal = lambda rng, *shape: rng.standard_normal(shape)  # noqa: E731
    first, state = together.draw(normal, 2, 5), together.state()
    second = together.draw(normal, 2, 5)
    assert first.shape == (2, 2, 5)
    assert not torch.equal(first, second)
    assert torch.equal(first[1:], alone.draw(normal, 2, 5))
    together.restore(state)
    assert torch.equal(second, together.draw(normal, 2, 5))


def test_branches_may_be_of_another_number_the_next_time():
    sampler, plain = make_sampler("Swimmer-v4"), make_sampler("Swimmer-v4")
    actor = make_actor(sampler.space)
    for each in (sampler, plain):
        each.rollout(actor, STEPS, keep=4)
    sampler.branch(actor, torch.zeros(2, 4, 2, 2), torch.zeros(2, 3, 4, 2, 2))
    few, want = (each.branch(actor, torch.ones(2, 4, 1, 2), torch.zeros(2, 3, 4, 1, 2)) for each in (sampler, plain))
    assert torch.equal(few.rewards, want.rewards)
