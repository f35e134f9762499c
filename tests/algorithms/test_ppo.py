"""PPO's gradient against autograd on the paper's objective, and its bookkeeping."""

import itertools

import pytest
import torch

from rlbench.algorithms.ppo import PPO
from rlbench.numerics.moments import standardise


@pytest.fixture
def problem(made_up_sampler):
    """Networks, theta, and a minibatch whose old log-probabilities are those of a policy a little way off."""
    sampler = made_up_sampler()
    ppo = PPO(hidden_sizes=(8,), entropy_coef=0.01)
    state = ppo.initial(sampler.space, sampler.seeds)
    networks = ppo.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 16)
    obs, actions = networks.samples(state, batch)
    theta, _ = networks.split(state["theta"])
    old_log_prob = networks.policy.log_prob(networks.policy.at(theta, obs), actions)
    moved = state["theta"] + 0.1 * torch.randn(state["theta"].shape, generator=torch.Generator().manual_seed(0))
    target = torch.randn(3, 64, generator=torch.Generator().manual_seed(1))
    return ppo, networks, moved, obs, actions, old_log_prob, batch.rewards.flatten(1), target


def plain(theta, sizes, x):
    at = 0
    for layer, (i, o) in enumerate(itertools.pairwise(sizes)):
        x = x @ theta[:, at : at + i * o].reshape(-1, i, o) + theta[:, at + i * o : at + i * o + o].unsqueeze(1)
        x = torch.tanh(x) if layer < len(sizes) - 2 else x
        at += i * o + o
    return x, at


def test_gradient_is_autograds_of_the_papers_objective(problem):
    ppo, networks, theta, obs, actions, old_log_prob, advantage, target = problem
    gradient, metrics = ppo.gradient(networks, theta, obs, actions, old_log_prob, advantage, target)

    leaf = theta.clone().requires_grad_()
    for_policy, for_critic = networks.split(leaf)
    mean, at = plain(for_policy, networks.policy.network.sizes, obs)
    pi = torch.distributions.Normal(mean, for_policy[:, None, at : at + 2].exp())
    ratio = torch.exp(pi.log_prob(actions).sum(-1) - old_log_prob)
    weight = standardise(advantage)
    surrogate = torch.minimum(ratio * weight, ratio.clamp(0.8, 1.2) * weight).mean(1)
    value_loss = (plain(for_critic, networks.critic.network.sizes, obs)[0].squeeze(-1) - target).square().mean(1)
    loss = -surrogate + ppo.value_coef * value_loss - ppo.entropy_coef * pi.entropy().sum(-1).mean(1)
    loss.sum().backward()

    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-3, atol=1e-5)
    assert 0 < metrics["clip_fraction"].mean() < 1  # the case is not a trivial one
    torch.testing.assert_close(metrics["critic_loss"], value_loss.detach())


def test_the_first_ratio_is_one(made_up_sampler, monkeypatch):
    ratios = []
    original = PPO.gradient

    def spy(self, networks, theta, obs, actions, old_log_prob, *rest):
        pi = networks.policy.at(networks.split(theta)[0], obs)
        ratios.append(torch.exp(networks.policy.log_prob(pi, actions) - old_log_prob))
        return original(self, networks, theta, obs, actions, old_log_prob, *rest)

    monkeypatch.setattr(PPO, "gradient", spy)
    sampler = made_up_sampler()
    ppo = PPO(num_steps=64)
    state = ppo.initial(sampler.space, sampler.seeds)
    for _ in range(2):  # the second time, the normaliser has seen something
        first = len(ratios)
        ppo.iterate(state, sampler)
        torch.testing.assert_close(ratios[first], torch.ones_like(ratios[first]), rtol=0, atol=2e-6)
        assert (ratios[-1] != 1).any()


def test_target_kl_ends_a_seeds_epochs_alone(made_up_sampler):
    sampler = made_up_sampler()
    start = PPO().initial(sampler.space, sampler.seeds)
    one_epoch, full, stopped = (
        PPO(num_steps=32, update_epochs=1, learning_rate=1e-2),
        PPO(num_steps=32, update_epochs=6, learning_rate=1e-2),
        PPO(num_steps=32, update_epochs=6, learning_rate=1e-2, target_kl=1e-9),
    )

    def theta_after(ppo):
        sampler.rollouts = 0
        state = {**start, **{k: {n: v.clone() for n, v in start[k].items()} for k in ("obs", "returns", "adam")}}
        state["theta"] = start["theta"].clone()
        return state, ppo.iterate(state, sampler)

    (one, _), (six, all_epochs), (kept, first_epoch) = theta_after(one_epoch), theta_after(full), theta_after(stopped)
    assert all_epochs["epochs"].tolist() == [6, 6, 6]
    assert first_epoch["epochs"].tolist() == [1, 1, 1]
    assert torch.equal(kept["theta"], one["theta"])
    assert not torch.equal(kept["theta"], six["theta"])


def test_learns_where_the_best_action_is(made_up_sampler):
    sampler = made_up_sampler()
    ppo = PPO(num_steps=50, hidden_sizes=(16,), learning_rate=1e-3, gamma=0.0)  # gamma 0: rewards are all there is
    state = ppo.initial(sampler.space, sampler.seeds)
    for iteration in range(60):
        sampler.progress = torch.full((3, 1), iteration / 60)
        metrics = ppo.iterate(state, sampler)
    networks = ppo.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
