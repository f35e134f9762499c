"""Kronecker-factored curvature against the Fisher matrix written out: exact for a linear layer, near it elsewhere."""

import itertools

import numpy as np
import pytest
import torch

from rlbench.algorithms.kfac import (
    initial_curvature,
    natural_gradient,
    rescale_curvature,
    trust_region_step,
    update_curvature,
)
from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.gaussian import GaussianPolicy
from rlbench.policies.network import Network

DAMPING = 0.01


def fisher(policy, theta, obs):
    """The Fisher matrix `[P, P]`, exact over actions, of one seed."""
    many = theta.expand(policy.size, -1).contiguous()
    pi = policy.at(many, obs.expand(policy.size, -1, -1).contiguous())
    return policy.fisher_vector(many, pi, torch.eye(policy.size)).double()


def curvature(policy, theta, obs, actions, decay=0.95, period=1):
    """What K-FAC remembers after one batch, with these actions as the policy's own."""
    state = initial_curvature(policy.network, theta)
    pi = policy.at(theta, obs)
    scores = policy.d_log_prob(pi, actions, torch.ones(actions.shape[:2])).parts[0]
    update_curvature(state, policy.network, pi.tape, scores, decay, period)
    return state


def factored(state, network):
    """The block of each layer, A (x) G, with a layer's parameters in the order of theta; of one seed."""
    blocks = []
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(network.sizes)):
        a, g = (state[f"{factor}{layer}"]["mean"][0].double() for factor in "AG")
        block = torch.kron(a, g)
        if inputs > outputs:  # theta holds these weights by their outputs
            row = torch.arange(inputs * outputs).view(inputs, outputs).mT.flatten()
            order = torch.cat([row, torch.arange(inputs * outputs, (inputs + 1) * outputs)])
            block = block[order][:, order]
        blocks.append(block)
    return torch.block_diag(*blocks)


def drawn(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(*shape, generator=generator)


def with_balanced_actions(policy, theta, obs):
    """States four times each, with actions mu +- sigma: the mean over them of z z' is the unit matrix, as that of N."""
    signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=policy.action_size)))
    each = obs.repeat_interleave(len(signs), 1)
    pi = policy.at(theta, each)
    return each, pi.mean + signs.repeat(obs.shape[1], 1) * pi.log_std.exp()


def test_the_natural_gradient_of_a_linear_gaussian_policy_is_exact():
    """One layer, and sigma the same in all states: the Fisher matrix is E[x~ x~'] (x) diag(1 / sigma^2), and 2."""
    draw = drawn()
    policy = GaussianPolicy(Network((5, 2)), initial_log_std=-0.5)
    theta = torch.nn.functional.pad(draw(1, policy.num_parameters), (0, policy.size - policy.num_parameters))
    obs, actions = with_balanced_actions(policy, theta, draw(1, 30, 5))
    state, exact = curvature(policy, theta, obs, actions), fisher(policy, theta, obs)
    gradient = torch.nn.functional.pad(draw(1, policy.num_parameters), (0, policy.size - policy.num_parameters))
    x = natural_gradient(state, policy.network, DAMPING, policy.fisher_outside_network)(gradient)
    expected = torch.linalg.solve(exact + DAMPING * torch.eye(policy.size), gradient[0].double())
    torch.testing.assert_close(x[0].double(), expected, rtol=1e-4, atol=1e-5)
    size = policy.network.size
    torch.testing.assert_close(factored(state, policy.network), exact[:size, :size], rtol=1e-4, atol=1e-5)


def test_it_is_exact_for_choices_whose_probabilities_are_the_same_in_all_states():
    draw = drawn()
    policy = CategoricalPolicy(Network((5, 3)))
    theta = torch.zeros(1, policy.size)
    theta[:, 15:18] = torch.tensor([0.5, 0.25, 0.25]).log()  # the biases
    obs = draw(1, 40, 5)
    actions = torch.tensor([0.0, 0.0, 1.0, 2.0]).repeat(10).view(1, 40, 1)  # as often as they are likely
    state, exact = curvature(policy, theta, obs, actions), fisher(policy, theta, obs)
    torch.testing.assert_close(factored(state, policy.network), exact[:18, :18], rtol=1e-4, atol=1e-5)


def test_the_blocks_of_hidden_layers_are_near_the_exact_ones_and_far_from_none():
    """Inputs and gradients of hidden layers depend on each other, which the factors do not know of."""
    draw = drawn()
    policy = GaussianPolicy(Network((5, 10, 8, 2)), initial_log_std=-0.5)
    theta = torch.zeros(1, policy.size)
    theta[0, : policy.network.size] = torch.from_numpy(policy.network.initial(np.random.default_rng(0)))
    obs = draw(1, 4000, 5)
    pi = policy.at(theta, obs)
    actions = pi.mean + draw(*pi.mean.shape) * pi.log_std.exp()
    near, exact = factored(curvature(policy, theta, obs, actions), policy.network), fisher(policy, theta, obs)
    errors, at = [], 0
    for inputs, outputs in itertools.pairwise(policy.network.sizes):
        rows = slice(at, at := at + (inputs + 1) * outputs)
        errors.append(((near[rows, rows] - exact[rows, rows]).norm() / exact[rows, rows].norm()).item())
    assert max(errors[:-1]) < 0.55
    assert errors[-1] < 0.1  # the last layer's gradients depend on nothing but chance


def test_the_natural_gradient_solves_with_the_factors_of_every_layer():
    """In theta's order, wherever a layer has more inputs than outputs or fewer."""
    draw = drawn()
    policy = GaussianPolicy(Network((3, 9, 4, 2)), initial_log_std=-0.5)
    theta = torch.nn.functional.pad(draw(1, policy.num_parameters), (0, policy.size - policy.num_parameters))
    obs = draw(1, 50, 3)
    state = curvature(policy, theta, obs, draw(1, 50, 2))
    gradient = torch.nn.functional.pad(draw(1, policy.num_parameters), (0, policy.size - policy.num_parameters))
    x = natural_gradient(state, policy.network, DAMPING, policy.fisher_outside_network)(gradient)
    blocks, size = factored(state, policy.network), policy.network.size
    expected = torch.linalg.solve(blocks + DAMPING * torch.eye(size), gradient[0, :size].double())
    torch.testing.assert_close(x[0, :size].double(), expected, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(x[0, size : size + 2], gradient[0, size : size + 2] / (2 + DAMPING))
    assert (x[0, size + 2 :] == 0).all()


def a_batch(state, network, theta, obs, decay, period):
    y, tape = network.forward(theta, obs)
    update_curvature(state, network, tape, torch.ones_like(y), decay, period)


def test_the_first_batches_weigh_alike_and_then_older_ones_fade():
    draw, network = drawn(), Network((2, 1))
    theta, batches = torch.zeros(2, 64), [draw(2, 20, 2) for _ in range(5)]
    state = initial_curvature(network, theta)
    for obs in batches:
        a_batch(state, network, theta, obs, decay=0.7, period=1)
    means = [(each.mT @ each / 20).double() for each in batches]
    expected = (means[0] + means[1] + means[2]) / 3  # shares of 1, 1/2, 1/3, and from then on of .3
    for new in means[3:]:
        expected = 0.7 * expected + 0.3 * new
    torch.testing.assert_close(state["A0"]["mean"][:, :2, :2].double(), expected, rtol=1e-5, atol=1e-6)


def test_decompositions_are_made_at_the_start_and_then_once_a_period():
    draw, network, theta = drawn(), Network((2, 1)), torch.zeros(2, 64)
    state = initial_curvature(network, theta)
    state["batches"][1] = 2  # one seed is two batches ahead
    fresh = []
    for _ in range(12):
        a_batch(state, network, theta, draw(2, 20, 2), decay=0.9, period=4)
        values = torch.linalg.eigvalsh(state["A0"]["mean"])
        fresh.append(torch.isclose(state["A0"]["values"], values, rtol=1e-4, atol=1e-5).all(1).tolist())
    first, second = zip(*fresh, strict=True)
    assert [batch for batch, is_fresh in enumerate(first) if is_fresh] == [0, 1, 2, 3, 4, 8]
    assert [batch + 2 for batch, is_fresh in enumerate(second) if is_fresh] == [2, 3, 4, 8, 12]


@pytest.fixture
def step():
    """theta, velocity, x, and a curvature of 2, 8 and 0."""
    x = torch.zeros(3, 64)
    x[0, 0], x[1, 0] = 2, 4
    return torch.zeros(3, 64), torch.ones(3, 64), x, torch.tensor([2.0, 8.0, 0.0])


def test_a_step_is_as_long_as_the_trust_region_or_the_longest_and_is_averaged_with_those_before(step):
    theta, velocity, x, curvature = step
    found = trust_region_step(theta, velocity, x, curvature, torch.full((3, 1), 0.25), target_kl=0.0225, momentum=0.5)
    assert found.length.tolist() == pytest.approx([0.15, 0.075, 0.25])  # sqrt(.045 / 2), sqrt(.045 / 8), eta_max
    assert found.velocity[:, 0].tolist() == pytest.approx([0.5 + 0.15, 0.5 + 0.15, 0.5])
    assert torch.equal(found.theta, theta + found.velocity)
    assert found.accepted.all()


def test_a_step_that_is_not_finite_leaves_its_seed_to_the_bit(step):
    theta, velocity, x, curvature = step
    clean = trust_region_step(*step, torch.full((3, 1), 0.25), 0.01, 0.9)
    curvature[1] = torch.nan
    x[2] = torch.inf
    found = trust_region_step(*step, torch.full((3, 1), 0.25), 0.01, 0.9)
    assert found.accepted.tolist() == [True, False, False]
    assert torch.equal(found.theta[1:], theta[1:])
    assert torch.equal(found.velocity[1:], velocity[1:])
    assert torch.equal(found.theta[0], clean.theta[0])


def test_curvature_goes_on_as_if_the_last_layer_had_always_been_as_it_now_is():
    network, draw, change = Network((4, 6, 5, 1)), drawn(), torch.tensor([[3.0], [0.2]])
    theta, obs = torch.nn.functional.pad(draw(2, network.size), (0, 64 - network.size % 64)), draw(2, 40, 4)

    def remembered(theta):
        state = initial_curvature(network, theta)
        value, tape = network.forward(theta, obs)
        update_curvature(state, network, tape, torch.ones_like(value), 0.95, 1)
        return state

    state = remembered(theta)
    state["velocity"] += 1
    network.multiply_last_layer(theta, change.numpy())
    rescale_curvature(state, network, change.numpy())
    expected = remembered(theta)
    for name in ("A0", "A1", "A2", "G0", "G1", "G2"):
        for field in ("mean", "values"):
            torch.testing.assert_close(state[name][field], expected[name][field], rtol=1e-3, atol=1e-4)
    assert (state["velocity"][:, : network.hidden_size] == 1).all()
    torch.testing.assert_close(state["velocity"][:, network.hidden_size : network.size], change.expand(2, 6))


def test_one_number_beyond_the_range_is_enough_to_refuse_a_step(step):
    theta, velocity, x, curvature = step
    velocity[2, 5] = theta[2, 5] = 3e38
    found = trust_region_step(theta, velocity, x, curvature, torch.full((3, 1), 0.25), 0.01, 0.9)
    assert found.accepted.tolist() == [True, True, False]
    assert torch.equal(found.theta[2], theta[2])
