"""The Gaussian policy against autograd, explicit Fisher matrices and Monte Carlo."""

import math

import numpy as np
import pytest
import torch
from plain_network import plain
from scores import score

from rlbench.policies.gaussian import Gaussian, GaussianPolicy
from rlbench.policies.network import Network


@pytest.fixture
def policy():
    return GaussianPolicy(Network((3, 8, 2)), initial_log_std=-0.5)


@pytest.fixture
def theta(policy):
    rows = [policy.initial(np.random.default_rng(seed)) for seed in range(3)]
    theta = torch.from_numpy(np.stack(rows))
    theta[:, policy.network.size] = torch.tensor([-0.5, 0.3, 0.1])
    return theta


@pytest.fixture
def obs():
    return torch.randn(3, 20, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def actions():
    return torch.randn(3, 20, 2, generator=torch.Generator().manual_seed(1))


def reference(policy, theta, obs):
    """torch's own distribution, differentiable in theta."""
    mean, at = plain(theta, policy.network.sizes, obs)
    normal = torch.distributions.Normal(mean, theta[:, None, at : at + 2].exp())
    return torch.distributions.Independent(normal, 1)


def test_noise_at_the_start_is_a_share_of_each_actions_range():
    policy = GaussianPolicy(Network((3, 8, 2)), initial_log_std=-0.5, action_scale=(3.0, 0.4))
    theta = torch.from_numpy(policy.initial(np.random.default_rng(0)))[None]
    expected = [3.0 * math.exp(-0.5), 0.4 * math.exp(-0.5)]
    assert policy.log_std(theta).exp().flatten().tolist() == pytest.approx(expected)


def kl_gradient(policy, old, pi, beta):
    return policy.backward(pi, policy.d_kl(old, pi, beta))


def entropy_gradient(policy, pi):
    return policy.backward(pi, policy.d_entropy(pi))


def test_log_prob_entropy_and_kl_are_torchs(policy, theta, obs, actions):
    pi, expected = policy.at(theta, obs), reference(policy, theta, obs)
    torch.testing.assert_close(policy.log_prob(pi, actions), expected.log_prob(actions))
    torch.testing.assert_close(policy.entropy(pi).expand(3, 20), expected.entropy())
    other = theta + 0.1 * torch.randn(theta.shape, generator=torch.Generator().manual_seed(2))
    kl = torch.distributions.kl_divergence(expected, reference(policy, other, obs))
    torch.testing.assert_close(policy.kl(pi, policy.at(other, obs)), kl, rtol=1e-4, atol=1e-6)


def test_kl_and_entropy_against_monte_carlo(policy):
    def gaussian(mean, log_std):
        log_std = torch.tensor([[log_std]])
        return Gaussian(torch.tensor([[mean]]), log_std, torch.exp(-log_std), None)

    old, new = gaussian([0.3, -0.2], [-0.5, 0.2]), gaussian([0.0, 0.1], [-0.3, 0.0])
    draws = torch.randn(1, 400_000, 2, generator=torch.Generator().manual_seed(0))
    actions = old.mean + old.log_std.exp() * draws
    log_ratio = policy.log_prob(old, actions) - policy.log_prob(new, actions)
    error = 4 * log_ratio.std() / math.sqrt(400_000)
    assert abs(log_ratio.mean() - policy.kl(old, new).item()) < error
    surprise = -policy.log_prob(old, actions)
    assert abs(surprise.mean() - policy.entropy(old).item()) < 4 * surprise.std() / math.sqrt(400_000)


def test_score_is_autograds(policy, theta, obs, actions):
    weights = torch.randn(3, 20, generator=torch.Generator().manual_seed(3))
    leaf = theta.clone().requires_grad_()
    (weights * reference(policy, leaf, obs).log_prob(actions)).sum().backward()
    found = score(policy, policy.at(theta, obs), actions, weights)
    torch.testing.assert_close(found, leaf.grad, rtol=1e-3, atol=1e-4)
    assert (found[:, policy.network.size : policy.network.size + 2] != 0).all()  # log_std takes part


def test_score_along_is_each_samples_own_slope(policy, theta, obs, actions):
    """The columns of autograd's Jacobian, times v."""
    v = torch.randn(theta.shape, generator=torch.Generator().manual_seed(6))
    along = policy.score_along(policy.at(theta, obs), actions, v)

    def log_probs(flat):
        return reference(policy, flat, obs).log_prob(actions)

    jacobian = torch.autograd.functional.jacobian(lambda flat: log_probs(flat).sum(0), theta)  # [B, S, P]
    expected = (jacobian * v).sum(-1).transpose(0, 1)
    torch.testing.assert_close(along, expected, rtol=1e-3, atol=1e-4)


def test_kl_gradient_is_autograds(policy, theta, obs):
    beta = torch.tensor([[0.5], [1.0], [20.0]])
    other = theta + 0.1 * torch.randn(theta.shape, generator=torch.Generator().manual_seed(2))
    leaf = other.clone().requires_grad_()
    kl = torch.distributions.kl_divergence(reference(policy, theta, obs), reference(policy, leaf, obs))
    (beta * kl).mean(1).sum().backward()
    gradient = kl_gradient(policy, policy.at(theta, obs), policy.at(other, obs), beta)
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-3, atol=1e-4)
    same = kl_gradient(policy, policy.at(theta, obs), policy.at(theta, obs), beta)
    assert (same == 0).all()  # KL is smallest where nothing has moved


def test_entropy_gradient_is_autograds(policy, theta, obs):
    leaf = theta.clone().requires_grad_()
    reference(policy, leaf, obs[:, :1]).entropy().sum().backward()
    torch.testing.assert_close(entropy_gradient(policy, policy.at(theta, obs)), leaf.grad)


def test_fisher_products_are_the_explicit_fisher_matrix(policy, theta, obs):
    """F is the Hessian of KL(old || new) at new = old, averaged over states."""
    row, states = theta[1:2].double(), obs[1:2].double()
    fixed = reference(policy, row, states)

    def mean_kl(flat):
        return torch.distributions.kl_divergence(fixed, reference(policy, flat.unsqueeze(0), states)).mean()

    explicit = torch.autograd.functional.hessian(mean_kl, row[0])
    products = policy.fisher_vector(
        theta[1:2].expand(policy.size, -1).contiguous(),
        policy.at(theta[1:2].expand(policy.size, -1).contiguous(), obs[1:2].expand(policy.size, -1, -1).contiguous()),
        torch.eye(policy.size),
    )
    torch.testing.assert_close(products.double(), explicit, rtol=1e-3, atol=1e-5)
    assert (torch.linalg.eigvalsh(explicit) > -1e-8).all()


def test_fisher_matrix_is_the_covariance_of_scores(policy, theta, obs):
    """The same F as E[g g'], over many actions in the same states."""
    states = obs[:1, :1].expand(1, 40_000, 3).contiguous()
    noise = torch.randn(1, 40_000, 2, generator=torch.Generator().manual_seed(4))
    pi = policy.at(theta[:1], states)
    actions = policy.acting(theta[:1])(states, noise)
    v = torch.zeros_like(theta[:1])
    v[:, : policy.network.size + 2] = torch.randn(policy.network.size + 2, generator=torch.Generator().manual_seed(5))
    moved = policy.network.jvp(pi.tape, v)
    inverse_std = torch.exp(-pi.log_std)
    z = (actions - pi.mean) * inverse_std
    along = (z * inverse_std * moved + (z * z - 1) * v[:, None, policy._log_std]).sum(-1)  # g'v, per action
    product = policy.fisher_vector(theta[:1], pi, v)
    squares = along.square()
    assert abs((v * product).sum() - squares.mean()) < 4 * squares.std() / math.sqrt(40_000)


def test_no_noise_is_the_mean_action(policy, theta, obs):
    pi = policy.at(theta, obs)
    assert torch.equal(policy.acting(theta)(obs, torch.zeros(3, 20, 2)), pi.mean)


def test_noise_has_the_right_difference_variance(policy, theta, obs):
    states = obs[:, :1].expand(3, 50_000, 3).contiguous()
    noise = torch.stack([torch.from_numpy(policy.noise(np.random.default_rng(s), 50_000)) for s in range(3)])
    spread = (policy.acting(theta)(states, noise) - policy.at(theta, states).mean).std(1)
    torch.testing.assert_close(spread, policy.log_std(theta)[:, 0].exp(), rtol=0.02, atol=0)


def test_square_norms_of_scores_are_those_of_single_gradients(policy, theta, obs, actions):
    norms = policy.score_square_norm(policy.at(theta, obs), actions)
    for b in (0, 7, 19):
        alone = score(policy, policy.at(theta, obs[:, b : b + 1]), actions[:, b : b + 1], torch.ones(3, 1))
        torch.testing.assert_close(norms[:, b], alone.square().sum(1), rtol=1e-4, atol=1e-6)
