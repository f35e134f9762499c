"""A2C's gradient against autograd, and its optimisers."""

import pytest
import torch
from plain_network import plain

from rlbench.algorithms.a2c import A2C
from rlbench.algorithms.critic import estimate


def test_gradient_is_autograds(made_up_sampler):
    sampler, a2c = made_up_sampler(), A2C(num_envs=4, hidden_sizes=(8,))
    state = a2c.initial(sampler.space, sampler.seeds)
    networks, theta = a2c.networks(sampler.space), state["theta"] + 0.1
    batch = sampler.rollout(networks.actor(state), 16)
    obs, actions = networks.samples(state, batch)
    advantage, target = torch.randn(2, 3, 64, generator=torch.Generator().manual_seed(0))
    gradient, metrics = a2c.gradient(networks, theta, obs, actions, advantage, target)

    leaf = theta.clone().requires_grad_()
    for_policy, for_critic = networks.split(leaf)
    mean, at = plain(for_policy, networks.policy.network.sizes, obs)
    pi = torch.distributions.Normal(mean, for_policy[:, None, at : at + 2].exp())
    value_loss = (plain(for_critic, networks.critic.network.sizes, obs)[0].squeeze(-1) - target).square().mean(1)
    loss = -(advantage * pi.log_prob(actions).sum(-1)).mean(1)
    loss = loss + a2c.value_coef * value_loss - a2c.entropy_coef * pi.entropy().sum(-1).mean(1)
    loss.sum().backward()
    inside = torch.cat([torch.arange(at + 2), networks.policy.size + torch.arange(networks.critic.network.size)])
    torch.testing.assert_close(gradient[:, inside], leaf.grad[:, inside], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(metrics["critic_loss"], value_loss.detach())


def test_n_step_is_the_discounted_sum_and_a_bootstrap(made_up_sampler):
    sampler, a2c = made_up_sampler(seeds=(0,), limit=100), A2C(num_envs=4, hidden_sizes=(8,), estimator="n-step")
    state, networks = a2c.initial(sampler.space, (0,)), a2c.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 5)
    obs, _ = networks.samples(state, batch)
    returns = estimate(networks, state, batch, obs, 0.9, 1.0).returns.view(5, 4)
    last = networks.critic(networks.split(state["theta"])[1], batch.last_obs)[0]
    rewards = batch.rewards[0]
    by_hand = rewards[0] + 0.9 * rewards[1] + 0.81 * rewards[2] + 0.729 * rewards[3] + 0.6561 * rewards[4]
    torch.testing.assert_close(returns[0], by_hand + 0.59049 * last)


@pytest.mark.parametrize(
    "settings",
    [{}, {"estimator": "n-step"}, {"optimizer": "adam"}],
    ids=["rmsprop", "n-step", "adam"],
)
def test_learns_where_the_best_action_is(made_up_sampler, settings):
    sampler, a2c = (
        made_up_sampler(),
        A2C(num_envs=4, hidden_sizes=(16,), gamma=0.0, entropy_coef=0.0, learning_rate=1e-2, **settings),
    )
    state = a2c.initial(sampler.space, sampler.seeds)
    for iteration in range(150):
        sampler.progress = torch.full((3, 1), iteration / 150, dtype=torch.float64)
        metrics = a2c.iterate(state, sampler)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    networks = a2c.networks(sampler.space)
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.15, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())


def test_a_shared_trunk_has_one_gradient_autograds(made_up_sampler):
    sampler, a2c = made_up_sampler(), A2C(num_envs=4, hidden_sizes=(8,), shared=True)
    state = a2c.initial(sampler.space, sampler.seeds)
    networks, theta = a2c.networks(sampler.space), state["theta"] + 0.1
    parameters = 3 * 8 + 8 + 8 * 3 + 3  # two outputs for the action, one for the value
    assert a2c.size(sampler.space).parameters == parameters + 2
    batch = sampler.rollout(networks.actor(state), 16)
    obs, actions = networks.samples(state, batch)
    advantage, target = torch.randn(2, 3, 64, generator=torch.Generator().manual_seed(0))
    gradient, metrics = a2c.gradient(networks, theta, obs, actions, advantage, target)

    leaf = theta.clone().requires_grad_()
    output, at = plain(leaf, (3, 8, 3), obs)
    assert at == parameters
    pi = torch.distributions.Normal(output[..., :2], leaf[:, None, at : at + 2].exp())
    value_loss = (output[..., 2] - target).square().mean(1)
    loss = -(advantage * pi.log_prob(actions).sum(-1)).mean(1)
    loss = loss + a2c.value_coef * value_loss - a2c.entropy_coef * pi.entropy().sum(-1).mean(1)
    loss.sum().backward()
    torch.testing.assert_close(gradient[:, : at + 2], leaf.grad[:, : at + 2], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(metrics["critic_loss"], value_loss.detach())


def test_a_shared_trunk_starts_with_a_policy_without_opinion_and_a_value_with_one(made_up_sampler):
    space = made_up_sampler().space
    separate, shared = (A2C(num_envs=4, shared=each).networks(space) for each in (False, True))
    state = A2C(num_envs=4, shared=True).initial(space, (0,))
    policy, critic = shared.split(state["theta"])
    obs = torch.randn(1, 50, 3, generator=torch.Generator().manual_seed(1))
    assert shared.policy.at(policy, obs).mean.abs().max() < 0.1
    assert shared.critic(critic, obs).abs().max() > 0.3
    assert shared.policy.log_std(policy).flatten().tolist() == [-0.5, -0.5]
    assert shared.num_parameters < separate.num_parameters
