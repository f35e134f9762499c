"""Terms of a loss: arithmetic acts on the value and on the derivatives alike."""

import numpy as np
import pytest
import torch

from rlbench.numerics.surrogates import score_function
from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.gaussian import GaussianPolicy
from rlbench.policies.network import Network
from rlbench.policies.terms import entropy_term, kl_term, surrogate_term
from rlbench.policies.value import ValueFunction

POLICIES = {
    "gaussian": GaussianPolicy(Network((3, 4, 2), 0.5), -0.3),
    "categorical": CategoricalPolicy(Network((3, 4, 2), 0.5)),
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_sum_of_terms_has_the_gradient_that_its_value_has(name):
    policy, rng = POLICIES[name], torch.Generator().manual_seed(1)
    theta, old_theta = (0.5 * torch.randn(2, policy.size, generator=rng) for _ in range(2))
    obs, advantage = torch.randn(2, 7, 3, generator=rng), torch.randn(2, 7, generator=rng)
    actions = policy.acting(theta)(obs, torch.from_numpy(policy.noise(np.random.default_rng(0), 2, 7)))
    beta = torch.tensor([[0.5], [2.0]])

    def loss(at):
        pi, old = policy.at(at, obs), policy.at(old_theta, obs)
        objective = surrogate_term(policy, pi, actions, score_function(policy.log_prob(pi, actions), advantage))
        return pi, -objective - 0.3 * entropy_term(policy, pi) + kl_term(policy, old, pi, beta)

    pi, total = loss(theta)
    found = policy.backward(pi, total.d_policy)
    leaf = theta.clone().requires_grad_()
    with torch.enable_grad():
        _, differentiated = loss(policy.network.differentiable(leaf))
        (wanted,) = torch.autograd.grad(differentiated.value.sum(), leaf)
    torch.testing.assert_close(total.value, differentiated.value.detach())
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)
    assert wanted.abs().max() > 0.1
    assert total.d_critic is None


@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_the_critics_term_has_the_gradient_that_its_value_has(clip):
    critic, rng = ValueFunction(Network((3, 4, 1))), torch.Generator().manual_seed(2)
    theta = 0.5 * torch.randn(2, critic.size, generator=rng)
    obs = torch.randn(2, 9, 3, generator=rng)
    target, old_value = (torch.randn(2, 9, generator=rng) for _ in range(2))
    v = critic.at(theta, obs)
    loss = 0.25 * critic.squared_error(v, target, old_value, clip)
    found = torch.zeros_like(theta)
    critic.backward(v, loss, found)
    leaf = theta.clone().requires_grad_()
    value = critic.at(critic.network.differentiable(leaf), obs).value
    held = old_value + (value - old_value).clamp(-clip, clip) if clip else value
    wanted_loss = 0.25 * torch.maximum((value - target).square(), (held - target).square()).mean(1)
    (wanted,) = torch.autograd.grad(wanted_loss.sum(), leaf)
    torch.testing.assert_close(loss.value, wanted_loss.detach())
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)
    assert loss.d_policy is None
