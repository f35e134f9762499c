"""ACKTR's steps where K-FAC is exact, against NPG and against least squares; an accident stays with its seed."""

import itertools

import numpy as np
import pytest
import torch

from rlbench.algorithms import kfac
from rlbench.algorithms.acktr import ACKTR
from rlbench.algorithms.contract import Space
from rlbench.algorithms.critic import Targets
from rlbench.algorithms.npg import NPG
from rlbench.numerics.moments import standardise

LINEAR = {"hidden_sizes": (), "momentum": 0.0}
LEFT = torch.ones(3, 1)


@pytest.fixture
def problem(made_up_sampler):
    """A state with the given settings, a batch, and its advantages."""

    def make(**settings):
        sampler = made_up_sampler()
        acktr = ACKTR(num_envs=4, **settings)
        state = acktr.initial(sampler.space, sampler.seeds)
        networks = acktr.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), 50)
        samples = networks.samples(state, batch)
        noise = sampler.draw(networks.policy.noise, batch.size)
        return acktr, networks, state, samples, standardise(batch.rewards.flatten(1)), noise

    return make


def test_the_actors_step_is_npgs_where_the_factors_are_exact(problem):
    """A linear policy, and noise whose mean square is as that of all noise."""
    acktr, networks, state, samples, advantage, _ = problem(**LINEAR, target_kl=0.003, damping=0.05, step_size=1e6)
    signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=2))).repeat(3, 50, 1)
    theirs = networks.split(state["theta"])[0].clone()
    expected = NPG(target_kl=0.003, damping=0.05, cg_iterations=100).natural_step(networks, theirs, samples, advantage)
    found = acktr.actor_step(networks, state, samples, advantage, signs, LEFT)
    theta = networks.split(state["theta"])[0]
    torch.testing.assert_close(theta, theirs, rtol=1e-3, atol=1e-5)
    for name in ("status", "kl", "surrogate_gain", "step_size", "curvature", "entropy"):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-6)


def test_actions_for_the_fisher_matrix_are_drawn_anew(problem):
    """With the actions that were taken it would be the empirical Fisher matrix: other numbers, for another noise."""
    factors = []
    for scale in (1.0, 2.0):
        acktr, networks, state, samples, advantage, noise = problem()
        acktr.actor_step(networks, state, samples, advantage, scale * noise, LEFT)
        factors.append(state["actor_curvature"]["G2"]["mean"])
    torch.testing.assert_close(factors[1], 4 * factors[0])


def test_the_critics_full_step_is_least_squares_where_it_is_linear(problem):
    acktr, networks, state, samples, *_ = problem(
        **LINEAR, damping=1e-6, critic_step_size=1.0, critic_target_kl=1e6, critic_epochs=1, critic_minibatch_size=200
    )
    target = torch.randn(3, 200, generator=torch.Generator().manual_seed(0))
    order = torch.arange(200).expand(1, 3, 200)
    before = networks.critic(networks.split(state["theta"])[1], samples.obs)
    loss = acktr.critic_steps(networks, state, Targets(samples.obs, target), order, LEFT)
    torch.testing.assert_close(loss, (before - target).square().mean(1))
    ones = torch.cat([samples.obs, torch.ones(3, 200, 1)], -1).double()
    expected = (ones @ torch.linalg.lstsq(ones, target.double().unsqueeze(-1)).solution).squeeze(-1)
    found = networks.critic(networks.split(state["theta"])[1], samples.obs)
    torch.testing.assert_close(found.double(), expected, rtol=1e-3, atol=1e-3)


def test_the_critic_moves_no_further_than_its_trust_region(problem):
    """KL of N(V, 1) to N(V', 1) is (V' - V)^2 / 2."""
    acktr, networks, state, samples, *_ = problem(
        **LINEAR, damping=1e-6, critic_step_size=1.0, critic_target_kl=0.02, critic_epochs=1, critic_minibatch_size=200
    )
    order, critic = torch.arange(200).expand(1, 3, 200), networks.split(state["theta"])[1]
    before = networks.critic(critic, samples.obs)
    acktr.critic_steps(networks, state, Targets(samples.obs, before + 10), order, LEFT)
    moved = (networks.critic(critic, samples.obs) - before).square().mean(1) / 2
    torch.testing.assert_close(moved, torch.full((3,), 0.02), rtol=1e-2, atol=0)


def test_a_seeds_accident_is_its_own(problem):
    acktr, networks, clean, samples, advantage, noise = problem()
    acktr.actor_step(networks, clean, samples, advantage, noise, LEFT)
    acktr, networks, state, samples, advantage, noise = problem()
    before = state["theta"].clone()
    advantage[1, 3] = torch.nan
    noise[2, 5] = torch.inf
    with np.errstate(all="ignore"):  # as training has it
        metrics = acktr.actor_step(networks, state, samples, advantage, noise, LEFT)
    assert metrics["status"].tolist() == [0, 3, 3]
    assert torch.equal(state["theta"][1:], before[1:])
    assert torch.equal(state["theta"][0], clean["theta"][0])


def test_without_a_gradient_the_policy_stays_to_the_bit(problem):
    acktr, networks, state, samples, advantage, noise = problem()
    before = state["theta"].clone()
    metrics = acktr.actor_step(networks, state, samples, torch.zeros_like(advantage), noise, LEFT)
    assert torch.equal(state["theta"], before)
    assert metrics["kl"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0, "inverse_period": 1}], ids=str)
def test_learns_where_the_best_action_is(made_up_sampler, settings):
    """Reward is highest at action (0.5, 0.5) whatever is observed."""
    sampler = made_up_sampler()
    acktr = ACKTR(num_envs=4, num_steps=50, hidden_sizes=(16,), critic_epochs=2, gamma=0.0, **settings)
    state = acktr.initial(sampler.space, sampler.seeds)
    for iteration in range(60):
        sampler.progress = torch.full((3, 1), iteration / 60)
        metrics = acktr.iterate(state, sampler)
    networks = acktr.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())


def test_what_it_remembers_is_counted():
    """Networks of 5 inputs, 8 hidden units and 2 outputs, or 1: averages, eigenvectors and eigenvalues; velocities."""
    state = ACKTR(hidden_sizes=(8,)).initial(Space(5, 2, None), (0,))
    sides = [6, 8, 9, 2, 6, 8, 9, 1]
    numbers = sum(2 * side * side + side for side in sides)
    velocities = sum(state[f"{name}_curvature"]["velocity"].numel() for name in ("actor", "critic"))
    size = ACKTR(hidden_sizes=(8,)).size(Space(5, 2, None))
    assert size.memory == 4 * numbers
    assert velocities >= size.parameters
    assert np.isclose(size.batch, 16 * 64)


def test_the_trust_region_is_measured_by_the_exact_fisher_matrix_or_by_the_factors(problem):
    """Without momentum, and with a policy whose layers depend on each other, as the factors do not know."""
    found = {}
    for measure in ("exact", "factored"):
        acktr, networks, state, samples, advantage, noise = problem(
            trust_region=measure, momentum=0.0, step_size=1e6, target_kl=1e-4, damping=1e-3
        )
        policy, theta = networks.policy, networks.split(state["theta"])[0].clone()
        found[measure] = acktr.actor_step(networks, state, samples, advantage, noise, LEFT)
        moved = networks.split(state["theta"])[0] - theta
        product = policy.fisher_vector(theta, policy.at(theta, samples.obs), moved) + acktr.damping * moved
        found[measure]["exact"] = (moved * product).sum(1) / 2
    torch.testing.assert_close(found["exact"]["exact"], torch.full((3,), 1e-4), rtol=1e-2, atol=0)
    assert (found["factored"]["exact"] > 1.2e-4).all()
    assert (found["exact"]["kl"] <= 1.1e-4).all()


def test_the_curvature_of_the_critic_follows_the_unit_of_v(made_up_sampler, monkeypatch):
    changes, original = [], kfac.rescale_curvature

    def spy(curvature, network, change):
        before = curvature["G0"]["mean"].clone()
        original(curvature, network, change)
        changes.append((curvature, torch.as_tensor(change).clone(), before, curvature["G0"]["mean"].clone()))

    monkeypatch.setattr(kfac, "rescale_curvature", spy)
    sampler, acktr = made_up_sampler(), ACKTR(num_envs=4, num_steps=20, hidden_sizes=(8,), critic_epochs=1)
    state = acktr.initial(sampler.space, sampler.seeds)
    units = [acktr.iterate(state, sampler)["value_unit"] for _ in range(2)]
    (_, first, _, _), (curvature, second, before, after) = changes
    assert first.flatten().tolist() == [1, 1, 1]
    torch.testing.assert_close(second.squeeze(1), units[0] / units[1])
    assert curvature is state["critic_curvature"]
    torch.testing.assert_close(after, before * second.square().unsqueeze(-1))
