"""REINFORCE on a small MDP whose policy gradient is known exactly, and the parts it is made of."""

import itertools

import pytest
import torch

from rlbench.algorithms.contract import Batch, Space
from rlbench.algorithms.reinforce import REINFORCE, weighted_variance

REWARDS = torch.tensor([[1.0, 3.0], [2.0, 0.5]])
"""r(s, a); the action is the next state. Episodes start in state 0 and last 3 steps."""
HORIZON, BATCHES, WORLDS, EPISODES = 3, 1500, 4, 10
ITERATIONS = 30


def probabilities(theta):
    """pi(a|s) of the linear softmax policy over one-hot states, `[2, 2]`."""
    return torch.softmax(theta[:4].view(2, 2) + theta[4:6], -1)


def exact_gradient(theta):
    """grad of E[R], by the sum over all action sequences."""
    leaf = theta.clone().requires_grad_()
    p, value = probabilities(leaf), 0.0
    for actions in itertools.product(range(2), repeat=HORIZON):
        state, chance, total = 0, 1.0, 0.0
        for action in actions:
            chance, total, state = chance * p[state, action], total + REWARDS[state, action], action
        value = value + chance * total
    value.backward()
    return leaf.grad[:6]


@pytest.fixture(scope="module")
def estimates():
    """Makes many independent gradient estimates: each seed is a batch of its own."""
    space = Space(2, 1, 2)
    generator = torch.Generator().manual_seed(0)
    shape = BATCHES, HORIZON * EPISODES, WORLDS
    start = REINFORCE(hidden_sizes=(), num_envs=WORLDS).initial(space, (0,))["theta"]
    start[0, :6] = torch.tensor([0.3, -0.2, 0.1, 0.4, 0.0, 0.1])
    p = probabilities(start[0])
    states, actions = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    now = torch.zeros(BATCHES, WORLDS, dtype=torch.long)
    done = torch.zeros(shape, dtype=torch.bool)
    done[:, HORIZON - 1 :: HORIZON] = True
    for t in range(shape[1]):
        states[:, t] = now
        actions[:, t] = (torch.rand(now.shape, generator=generator) < p[now, 1]).long()
        now = torch.where(done[:, t], 0, actions[:, t])
    obs = torch.nn.functional.one_hot(states, 2).float()
    nothing = torch.zeros(BATCHES, WORLDS, 2)
    nowhere = done[:, 0].long()
    actions_taken, rewards = actions.unsqueeze(-1).float(), REWARDS[states, actions]
    batch = Batch(obs, actions_taken, rewards, done, done, nothing, nothing, nowhere, nowhere)

    def make(**settings):
        reinforce = REINFORCE(hidden_sizes=(), num_envs=WORLDS, gamma=1.0, standardise=False, **settings)
        state = reinforce.initial(space, tuple(range(BATCHES)))
        state["theta"] = start.expand(BATCHES, -1).contiguous()
        gradient, metrics = reinforce.gradient(
            reinforce.networks(space), state, batch, *reinforce.returns(state, batch)
        )
        assert (metrics["complete_fraction"] == 1).all()
        return HORIZON * gradient[:, :6], exact_gradient(start[0])  # a mean over steps, times the steps of an episode

    return make


@pytest.mark.parametrize("psi", ["total", "reward-to-go"])
@pytest.mark.parametrize("baseline", ["none", "mean", "optimal", "value"])
def test_every_choice_is_unbiased(estimates, psi, baseline):
    gradients, exact = estimates(psi=psi, baseline=baseline)
    error = gradients.std(0) / BATCHES**0.5
    assert exact.abs().max() > 0.1
    assert ((gradients.mean(0) - exact).abs() < 4 * error + 1e-6).all()


def test_variances_fall_in_the_right_order(estimates):
    def spread(psi, baseline):
        return estimates(psi=psi, baseline=baseline)[0].var(0).sum()

    total, to_go = spread("total", "none"), spread("reward-to-go", "none")
    assert total > 1.2 * to_go
    assert to_go > 1.2 * spread("reward-to-go", "mean")
    assert to_go > 1.2 * spread("reward-to-go", "optimal")


def test_a_variance_is_not_lost_beside_a_large_mean():
    """Of returns near 10,000 that differ by ones, E[x^2] - E[x]^2 would leave nothing in float32."""
    x = 10_000 + torch.tensor([[0.0, 1.0, 2.0, 3.0, 500.0]])
    share = torch.tensor([[0.25, 0.25, 0.25, 0.25, 0.0]])
    torch.testing.assert_close(weighted_variance(x, share), torch.tensor([[1.25]]))


def test_steps_of_open_episodes_carry_no_weight(made_up_sampler):
    """With a limit of 30, the last 20 of 50 steps are open: what they were paid changes nothing."""
    sampler = made_up_sampler(limit=30)
    reinforce = REINFORCE(hidden_sizes=(8,), num_envs=4, baseline="optimal")
    state, networks = reinforce.initial(sampler.space, sampler.seeds), reinforce.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 50)
    gradient, metrics = reinforce.gradient(networks, state, batch, *reinforce.returns(state, batch))
    torch.testing.assert_close(metrics["complete_fraction"], torch.full((3,), 0.6))
    batch.rewards[:, 30:] += 100
    assert torch.equal(reinforce.gradient(networks, state, batch, *reinforce.returns(state, batch))[0], gradient)


def test_without_a_complete_episode_nothing_moves(made_up_sampler):
    sampler = made_up_sampler(limit=100)
    reinforce = REINFORCE(hidden_sizes=(8,), num_envs=4, num_steps=20)
    state = reinforce.initial(sampler.space, sampler.seeds)
    before = state["theta"].clone()
    metrics = reinforce.iterate(state, sampler)
    assert torch.equal(state["theta"], before)
    assert (metrics["complete_fraction"] == 0).all()


@pytest.mark.parametrize("psi", ["total", "reward-to-go"])
@pytest.mark.parametrize("baseline", ["none", "mean", "optimal", "value"])
def test_learns_where_the_best_action_is(made_up_sampler, psi, baseline):
    sampler = made_up_sampler(limit=2)
    settings = {"psi": psi, "baseline": baseline, "learning_rate": 2e-2}
    reinforce = REINFORCE(hidden_sizes=(16,), num_envs=4, num_steps=100, gamma=1.0, **settings)
    state = reinforce.initial(sampler.space, sampler.seeds)
    for iteration in range(ITERATIONS):
        sampler.progress = torch.full((3, 1), iteration / ITERATIONS, dtype=torch.float64)
        metrics = reinforce.iterate(state, sampler)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    networks = reinforce.networks(sampler.space)
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.2, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
