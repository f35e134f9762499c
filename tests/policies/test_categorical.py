"""The categorical policy against torch's distribution, autograd, an explicit Fisher matrix and counts."""

import numpy as np
import pytest
import torch
from plain_network import plain
from scores import score

from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.network import Network


@pytest.fixture
def policy():
    return CategoricalPolicy(Network((3, 8, 4)))


@pytest.fixture
def theta(policy):
    return torch.from_numpy(np.stack([policy.initial(np.random.default_rng(seed)) for seed in range(3)]))


@pytest.fixture
def obs():
    return torch.randn(3, 20, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def actions():
    return torch.randint(4, (3, 20, 1), generator=torch.Generator().manual_seed(1)).float()


def reference(theta, obs):
    """torch's own distribution, differentiable in theta."""
    return torch.distributions.Categorical(logits=plain(theta, (3, 8, 4), obs)[0])


def kl_gradient(policy, old, pi, beta):
    return policy.backward(pi, policy.d_kl(old, pi, beta))


def entropy_gradient(policy, pi):
    return policy.backward(pi, policy.d_entropy(pi))


def test_log_prob_entropy_and_kl_are_torchs(policy, theta, obs, actions):
    pi, expected = policy.at(theta, obs), reference(theta, obs)
    torch.testing.assert_close(policy.log_prob(pi, actions), expected.log_prob(actions.squeeze(-1)))
    torch.testing.assert_close(policy.entropy(pi), expected.entropy())
    other = theta + 0.3 * torch.randn(theta.shape, generator=torch.Generator().manual_seed(2))
    kl = torch.distributions.kl_divergence(expected, reference(other, obs))
    torch.testing.assert_close(policy.kl(pi, policy.at(other, obs)), kl, rtol=1e-4, atol=1e-6)


def test_score_and_entropy_gradient_are_autograds(policy, theta, obs, actions):
    weights = torch.randn(3, 20, generator=torch.Generator().manual_seed(3))
    leaf = theta.clone().requires_grad_()
    (weights * reference(leaf, obs).log_prob(actions.squeeze(-1))).sum().backward()
    pi = policy.at(theta, obs)
    torch.testing.assert_close(score(policy, pi, actions, weights), leaf.grad, rtol=1e-3, atol=1e-5)
    leaf = theta.clone().requires_grad_()
    reference(leaf, obs).entropy().mean(1).sum().backward()
    torch.testing.assert_close(entropy_gradient(policy, pi), leaf.grad, rtol=1e-3, atol=1e-6)


def test_score_along_is_each_samples_own_slope(policy, theta, obs, actions):
    v = torch.randn(theta.shape, generator=torch.Generator().manual_seed(6))
    along = policy.score_along(policy.at(theta, obs), actions, v)
    jacobian = torch.autograd.functional.jacobian(
        lambda flat: reference(flat, obs).log_prob(actions.squeeze(-1)).sum(0), theta
    )  # [B, S, P]
    torch.testing.assert_close(along, (jacobian * v).sum(-1).transpose(0, 1), rtol=1e-3, atol=1e-5)


def test_kl_gradient_is_autograds(policy, theta, obs):
    beta = torch.tensor([[0.5], [1.0], [20.0]])
    other = theta + 0.3 * torch.randn(theta.shape, generator=torch.Generator().manual_seed(2))
    leaf = other.clone().requires_grad_()
    kl = torch.distributions.kl_divergence(reference(theta, obs), reference(leaf, obs))
    (beta * kl).mean(1).sum().backward()
    gradient = kl_gradient(policy, policy.at(theta, obs), policy.at(other, obs), beta)
    torch.testing.assert_close(gradient, leaf.grad, rtol=1e-3, atol=1e-5)


def test_fisher_products_are_the_explicit_fisher_matrix(policy, theta, obs):
    row, states = theta[1:2].double(), obs[1:2].double()
    fixed = reference(row, states)

    def mean_kl(flat):
        return torch.distributions.kl_divergence(fixed, reference(flat.unsqueeze(0), states)).mean()

    explicit = torch.autograd.functional.hessian(mean_kl, row[0])
    many = theta[1:2].expand(policy.size, -1).contiguous()
    pi = policy.at(many, obs[1:2].expand(policy.size, -1, -1).contiguous())
    products = policy.fisher_vector(many, pi, torch.eye(policy.size))
    torch.testing.assert_close(products.double(), explicit, rtol=1e-3, atol=1e-6)


def test_choices_come_as_often_as_their_probability(policy, theta, obs):
    states = obs[:, :1].expand(3, 50_000, 3).contiguous()
    noise = torch.stack([torch.from_numpy(policy.noise(np.random.default_rng(s), 50_000)) for s in range(3)])
    drawn = policy.acting(theta)(states, noise).squeeze(-1)
    shares = torch.stack([(drawn == choice).float().mean(1) for choice in range(4)], -1)
    p = policy.at(theta, states).log_probs[:, 0].exp()
    assert ((shares - p).abs() < 4 * (p * (1 - p) / 50_000).sqrt()).all()


def test_no_noise_is_the_likeliest_choice(policy, theta, obs):
    likeliest = policy.at(theta, obs).log_probs.argmax(-1, keepdim=True)
    assert torch.equal(policy.acting(theta)(obs, torch.zeros(3, 20, 4)), likeliest.float())


def test_logits_far_apart_stay_finite(policy, theta, obs):
    pi = policy.at(theta * 1e4, obs)
    assert torch.isfinite(pi.log_probs).all()
    assert torch.isfinite(policy.entropy(pi)).all()


def test_square_norms_of_scores_are_those_of_single_gradients(policy, theta, obs, actions):
    norms = policy.score_square_norm(policy.at(theta, obs), actions)
    for b in (0, 7, 19):
        alone = score(policy, policy.at(theta, obs[:, b : b + 1]), actions[:, b : b + 1], torch.ones(3, 1))
        torch.testing.assert_close(norms[:, b], alone.square().sum(1), rtol=1e-4, atol=1e-6)
