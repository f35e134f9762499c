"""The natural direction against dense matrices, and what is said of a step."""

import math

import pytest
import torch
from plain_network import plain
from scores import score

from rlbench.algorithms.natural import Direction, analytic_fisher, empirical_fisher, natural_direction, step_status
from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.gaussian import GaussianPolicy
from rlbench.policies.network import Network


@pytest.fixture
def gaussian():
    """A Gaussian policy, theta, states and actions of one seed."""
    draw = torch.Generator().manual_seed(0)
    policy = GaussianPolicy(Network((3, 8, 2)), initial_log_std=-0.5)
    theta = torch.zeros(1, policy.size)
    theta[:, : policy.num_parameters] = 0.3 * torch.randn(1, policy.num_parameters, generator=draw)
    return policy, theta, torch.randn(1, 40, 3, generator=draw), torch.randn(1, 40, 2, generator=draw)


@pytest.fixture
def categorical():
    """A categorical policy, theta, states and actions of one seed."""
    draw = torch.Generator().manual_seed(0)
    policy = CategoricalPolicy(Network((3, 8, 4)))
    theta = torch.zeros(1, policy.size)
    theta[:, : policy.num_parameters] = 0.3 * torch.randn(1, policy.num_parameters, generator=draw)
    return policy, theta, torch.randn(1, 40, 3, generator=draw), torch.randint(4, (1, 40, 1), generator=draw).float()


def log_probs(policy, flat, obs, actions):
    """log pi of one seed's samples, `[B]`, from torch's own distributions: differentiable in `flat[P]`."""
    out, at = plain(flat.unsqueeze(0), policy.network.sizes, obs)
    out, log_std = out[0], flat[at : at + policy.network.sizes[-1]]
    if isinstance(policy, CategoricalPolicy):
        return torch.distributions.Categorical(logits=out).log_prob(actions.squeeze(-1))
    return torch.distributions.Normal(out, log_std.exp()).log_prob(actions).sum(-1)


@pytest.mark.parametrize("kind", ["gaussian", "categorical"])
def test_the_empirical_fisher_is_the_covariance_of_each_samples_score(kind, request):
    policy, theta, obs, actions = request.getfixturevalue(kind)
    scores = torch.autograd.functional.jacobian(lambda flat: log_probs(policy, flat, obs[0], actions[0]), theta[0])
    explicit = scores.T @ scores / 40  # mean g g'
    many = theta.expand(policy.size, -1).contiguous()
    pi = policy.at(many, obs.expand(policy.size, -1, -1).contiguous())
    products = empirical_fisher(policy, pi, actions.expand(policy.size, -1, -1))(torch.eye(policy.size))
    torch.testing.assert_close(products, explicit, rtol=1e-3, atol=1e-4)
    assert products.abs().max() > 0.1


def test_the_empirical_fisher_of_many_actions_is_the_analytic_one(gaussian):
    policy, theta, obs, _ = gaussian
    states = obs.repeat(1, 2000, 1)
    noise = torch.randn(1, 80_000, 2, generator=torch.Generator().manual_seed(1))
    pi, v = policy.at(theta, states), torch.randn(theta.shape, generator=torch.Generator().manual_seed(2))
    v[:, policy.num_parameters :] = 0
    sampled = empirical_fisher(policy, pi, policy.acting(theta)(states, noise))(v)
    exact = analytic_fisher(policy, theta, pi)(v)
    along = policy.score_along(pi, policy.acting(theta)(states, noise), v).square()
    assert abs((v * (sampled - exact)).sum()) < 4 * along.std() / math.sqrt(80_000)
    assert torch.nn.functional.cosine_similarity(sampled, exact) > 0.99


def test_the_direction_solves_the_damped_system(gaussian):
    policy, theta, obs, actions = gaussian
    pi = policy.at(theta, obs)
    gradient = score(policy, pi, actions, torch.randn(1, 40, generator=torch.Generator().manual_seed(1)) / 40)
    natural = natural_direction(analytic_fisher(policy, theta, pi), gradient, damping=0.1, iterations=100)
    many = theta.expand(policy.size, -1).contiguous()
    at = policy.at(many, obs.expand(policy.size, -1, -1).contiguous())
    dense = policy.fisher_vector(many, at, torch.eye(policy.size)).double() + 0.1 * torch.eye(policy.size)
    expected = torch.linalg.solve(dense, gradient[0].double())
    torch.testing.assert_close(natural.x[0].double(), expected, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(natural.curvature.double(), (expected @ dense @ expected)[None], rtol=1e-3, atol=1e-6)
    assert natural.positive.all()
    size = natural.step_length_for_kl(0.02)
    torch.testing.assert_close(0.5 * size.square() * natural.curvature, torch.tensor([0.02]))


def test_a_singular_or_negative_system_is_marked(gaussian):
    _, theta, _, _ = gaussian
    gradient = torch.ones_like(theta)
    nothing = natural_direction(torch.zeros_like, gradient, damping=0.0, iterations=5)
    assert not nothing.positive.any()
    assert nothing.step_length_for_kl(0.01).tolist() == [0]
    negative = natural_direction(torch.neg, gradient, damping=0.5, iterations=5)
    assert not negative.positive.any()
    assert (negative.x == 0).all()


def test_how_a_step_ended():
    gradient = torch.tensor([[1.0], [1.0], [1.0], [torch.nan], [0.0]])
    positive = torch.tensor([True, True, False, False, False])
    accepted = torch.tensor([True, False, False, False, False])
    natural = Direction(gradient, torch.zeros_like(gradient), torch.zeros(5), positive, {})
    assert step_status(natural, accepted).tolist() == [0, 1, 2, 3, 4]
