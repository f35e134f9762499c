"""What the actor-critic algorithms share: true next values, the time-limit rule, the critic's fit."""

import pytest
import torch

from rlbench.algorithms.a2c import A2C
from rlbench.algorithms.acktr import ACKTR
from rlbench.algorithms.contract import Batch, Space
from rlbench.algorithms.critic import Targets, estimate, fit_critic
from rlbench.algorithms.minibatches import minibatches
from rlbench.algorithms.networks import ActorCritic, Samples
from rlbench.algorithms.npg import NPG
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.reinforce import REINFORCE
from rlbench.algorithms.trpo import TRPO
from rlbench.algorithms.value_unit import value_unit
from rlbench.numerics.moments import variance
from rlbench.numerics.optimizers import adam_state
from rlbench.numerics.returns import discounted_returns


def batch_of(rewards, last_obs, final_obs, ended):
    flags = torch.zeros_like(rewards, dtype=torch.bool)
    obs = torch.zeros(*rewards.shape, last_obs.shape[-1])
    return Batch(obs, obs[..., :1], rewards, flags, flags, last_obs, final_obs, ended, ended[:, :0])


def test_next_values_are_those_of_what_truly_followed():
    values = torch.arange(6.0).view(1, 3, 2)  # rows are steps, columns worlds
    batch = batch_of(values, torch.zeros(1, 2, 1), torch.zeros(1, 3, 1), torch.tensor([[3, 6, 6]]))
    following = batch.next_values(values, last=torch.tensor([[10.0, 11.0]]), cut=torch.tensor([[77.0, 88.0, 99.0]]))
    # step 1 of world 1 was cut off: its own final observation's value; the slots not used touch nothing
    assert following.tolist() == [[[2, 3], [4, 77], [10, 11]]]


def test_minibatches_follow_each_seeds_own_order():
    data = Samples(obs=torch.arange(12.0).view(2, 3, 2), actions=torch.arange(6.0).view(2, 3, 1))
    first, second = minibatches(data, torch.tensor([[2, 0, 1], [1, 2, 0]]), 2)
    assert first.obs.tolist() == [[[4, 5], [0, 1]], [[8, 9], [10, 11]]]
    assert second.obs.tolist() == [[[2, 3]], [[6, 7]]]
    assert first.actions.tolist() == [[[2], [0]], [[4], [5]]]
    assert second.actions.tolist() == [[[1]], [[3]]]


@pytest.mark.parametrize("gamma", [0.8, 0.95])
def test_the_critic_learns_that_a_time_limit_is_not_a_death(made_up_sampler, gamma):
    """Reward 1 for ever, episodes cut after 10 steps: the value is 1 / (1 - gamma), not a sum of ten."""
    networks = ActorCritic.build(Space(3, 2, None), (16,), -0.5)
    sampler = made_up_sampler(seeds=(0,), reward=lambda obs, _: torch.ones(obs.shape[:-1]))
    state = networks.initial((0,), 4)
    _, theta = networks.split(state["theta"])
    adam = adam_state(theta)
    for _ in range(120):
        batch = sampler.rollout(networks.actor(state), 50)
        networks.update_value_unit(state, batch, gamma, adam)
        obs, _ = networks.samples(state, batch)
        estimates = estimate(networks, state, batch, obs, gamma, 0.95)
        data, orders = Targets(obs, estimates.target), sampler.permutations(5, 200)
        fit_critic(networks.critic, theta, adam, data, orders, 50, torch.tensor([[1e-2]]))
        networks.update_normaliser(state, batch)
    value = estimates.returns.mean()
    assert value == pytest.approx(1 / (1 - gamma), rel=0.1)


def test_seeds_start_differently_and_do_not_depend_on_company():
    networks = ActorCritic.build(Space(3, 2, None), (16,), -0.5)
    together, alone = networks.initial((0, 1, 2), 4)["theta"], networks.initial((1,), 4)["theta"]
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize(
    "algorithm",
    [
        A2C(num_envs=4, num_steps=32),
        ACKTR(num_envs=4, num_steps=32),
        NPG(num_envs=4, num_steps=32),
        TRPO(num_envs=4, num_steps=32),
        PPO(num_envs=4, num_steps=32, learning_rate=1e-2),
        PPO(num_envs=4, num_steps=32, learning_rate=1e-2, recompute_advantages=False),
    ],
    ids=["a2c", "acktr", "npg", "trpo", "ppo", "ppo, estimates once"],
)
def test_what_the_critic_explains_is_told_of_before_its_fit(made_up_sampler, algorithm):
    sampler = made_up_sampler()
    state, networks = algorithm.initial(sampler.space, sampler.seeds), algorithm.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 32)
    networks.update_value_unit(state, batch, algorithm.gamma)
    obs, _ = networks.samples(state, batch)
    before = estimate(networks, state, batch, obs, algorithm.gamma, algorithm.gae_lambda).columns
    state, sampler.rollouts = algorithm.initial(sampler.space, sampler.seeds), 0
    assert torch.equal(algorithm.iterate(state, sampler)["explained_variance"], before["explained_variance"])


def test_what_reinforces_critic_explains_is_told_of_before_its_fit_over_complete_episodes(made_up_sampler):
    algorithm = REINFORCE(
        num_envs=4, num_steps=35, baseline="value"
    )  # episodes of 10 steps: the last 5 are of no complete one
    sampler = made_up_sampler()
    state, networks = algorithm.initial(sampler.space, sampler.seeds), algorithm.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 35)
    obs, _ = networks.samples(state, batch)
    returns = discounted_returns(batch.rewards, batch.done, algorithm.gamma)[:, :30].flatten(1)
    networks.update_value_unit(state, batch, algorithm.gamma)
    value = networks.critic(networks.split(state["theta"])[1], obs)[:, : returns.shape[1]] * value_unit(state)
    expected = 1 - variance(returns - value) / variance(returns)
    state, sampler.rollouts = algorithm.initial(sampler.space, sampler.seeds), 0
    torch.testing.assert_close(algorithm.iterate(state, sampler)["explained_variance"], expected)
