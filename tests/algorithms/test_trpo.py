"""TRPO's step: within the trust region on a fresh evaluation, an improvement, or theta as it was to the bit."""

import pytest
import torch

from rlbench.algorithms.actor_critic import Samples
from rlbench.algorithms.trpo import TRPO
from rlbench.numerics.moments import standardise


@pytest.fixture
def problem(made_up_sampler):
    """A policy, a batch, and its advantages."""
    sampler = made_up_sampler()
    trpo = TRPO(hidden_sizes=(16,))
    state = trpo.initial(sampler.space, sampler.seeds)
    networks = trpo.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 50)
    obs, actions = networks.samples(state, batch)
    return networks, networks.split(state["theta"])[0].clone(), obs, actions, standardise(batch.rewards.flatten(1))


def test_an_accepted_step_keeps_its_promises(problem):
    networks, theta, obs, actions, advantage = problem
    policy, before = networks.policy, theta.clone()
    metrics = TRPO(target_kl=0.01).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [0, 0, 0]
    old, new = policy.at(before, obs), policy.at(theta, obs)
    kl = policy.kl(old, new).mean(1)
    assert (kl <= 0.01).all()
    assert (kl > 0.002).all()  # the step of sqrt(2 delta / x'Fx) uses the room it has
    ratio = torch.exp(policy.log_prob(new, actions) - policy.log_prob(old, actions))
    gain = ((ratio - 1) * advantage).mean(1)
    assert (gain > 0).all()
    torch.testing.assert_close(kl, metrics["kl"], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(gain, metrics["surrogate_gain"], rtol=1e-4, atol=1e-7)


def test_the_step_is_the_natural_gradient(problem):
    """Without backtracking it is sqrt(2 delta / g'F^-1 g) F^-1 g, with F dense and solved directly."""
    networks, theta, obs, actions, advantage = problem
    policy, row, before = networks.policy, slice(0, 1), theta[:1].clone()
    size = policy.size
    many = before.expand(size, -1).contiguous()
    pi = policy.at(many, obs[row].expand(size, -1, -1).contiguous())
    fisher = policy.fisher_vector(many, pi, torch.eye(size)).double() + 0.1 * torch.eye(size)
    g = policy.score(before, policy.at(before, obs[row]), actions[row], advantage[row] / advantage.shape[1])[0].double()
    x = torch.linalg.solve(fisher, g)
    expected = before[0] + (2 * 0.001 / (x @ g)).sqrt() * x
    theta = before.clone()
    trpo = TRPO(target_kl=0.001, cg_iterations=60, damping=0.1)
    metrics = trpo.natural_step(networks, theta, Samples(obs[row], actions[row]), advantage[row])
    assert metrics["backtracks"][0] == 0
    torch.testing.assert_close(theta[0].double(), expected, rtol=1e-3, atol=1e-5)


def test_zero_advantage_leaves_theta(problem):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    metrics = TRPO().natural_step(networks, theta, Samples(obs, actions), torch.zeros_like(advantage))
    assert metrics["status"].tolist() == [4, 4, 4]
    assert torch.equal(theta, before)


def test_an_impossible_trust_region_leaves_theta(problem):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    metrics = TRPO(target_kl=1e-30, backtracks=2).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [1, 1, 1]
    assert torch.equal(theta, before)


def test_nonpositive_curvature_leaves_theta(problem):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    metrics = TRPO(damping=-1e6).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [2, 2, 2]
    assert torch.equal(theta, before)


def test_not_a_number_in_one_seed_is_that_seeds_alone(problem):
    networks, theta, obs, actions, advantage = problem
    before, clean = theta.clone(), theta.clone()
    TRPO().natural_step(networks, clean, Samples(obs, actions), advantage)
    advantage[1, 3] = torch.nan
    metrics = TRPO().natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [0, 3, 0]
    assert torch.equal(theta[1], before[1])
    assert torch.equal(theta[[0, 2]], clean[[0, 2]])


def test_learns_where_the_best_action_is(made_up_sampler):
    """Reward is highest at action (0.5, 0.5) whatever is observed."""
    sampler = made_up_sampler()
    trpo = TRPO(
        num_steps=50, hidden_sizes=(16,), critic_minibatch_size=50, gamma=0.0
    )  # gamma 0: rewards are all there is
    state = trpo.initial(sampler.space, sampler.seeds)
    for _ in range(60):
        metrics = trpo.iterate(state, sampler)
    networks = trpo.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
