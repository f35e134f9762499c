"""Samples as NumPy arrays, as a CPU's tensors, and as tensors that torch alone may touch: the same numbers."""

import numpy as np
import pytest
import torch
from scores import score
from torch.autograd import forward_ad

from rlbench.numerics import arrays
from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.gaussian import GaussianPolicy
from rlbench.policies.heads import HeadGradient
from rlbench.policies.network import Network
from rlbench.policies.value import ValueFunction

POLICIES = {
    "gaussian": GaussianPolicy(Network((5, 16, 8, 3)), -0.5),
    "one action": GaussianPolicy(Network((5, 16, 1)), 0.2),
    "linear": GaussianPolicy(Network((5, 2)), 0.0),
    "categorical": CategoricalPolicy(Network((5, 16, 4))),
}


def drawn(policy, batch):
    """theta, another, observations, actions, weights."""
    rng = torch.Generator().manual_seed(batch)
    theta = torch.stack([torch.from_numpy(policy.initial(np.random.default_rng(seed))) for seed in range(3)])
    other = theta + 0.1 * torch.randn(theta.shape, generator=rng)
    obs, weights = torch.randn(3, batch, 5, generator=rng), torch.randn(3, batch, generator=rng)
    if isinstance(policy, CategoricalPolicy):
        actions = torch.randint(4, (3, batch, 1), generator=rng).float()
    else:
        actions = torch.randn(3, batch, policy.action_size, generator=rng)
    return theta, other, obs, actions, weights


def everything(policy, theta, other, obs, actions, weights):
    """What a policy can tell, as tensors."""
    pi, new = policy.at(theta, obs), policy.at(other, obs)
    told = {
        "log_prob": policy.log_prob(pi, actions),
        "entropy": policy.entropy(pi),
        "kl": policy.kl(pi, new),
        "score": score(policy, pi, actions, weights),
        "score_square_norm": policy.score_square_norm(pi, actions),
        "d_kl": policy.backward(new, policy.d_kl(pi, new, weights[:, :1])),
        "d_entropy": policy.backward(pi, policy.d_entropy(pi, 0.5)),
        "fisher_vector": policy.fisher_vector(theta, pi, other),
    }
    along = policy.score_along(pi, actions, other)
    return {name: torch.as_tensor(value) for name, value in told.items()} | {"along": torch.as_tensor(along)}


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("batch", [1, 7, 40])
def test_every_kind_gives_the_same(monkeypatch, name, batch):
    policy = POLICIES[name]
    theta, other, *samples = drawn(policy, batch)
    tensors = everything(policy, theta, other, *samples)
    views = everything(policy, theta, other, *(each.numpy() for each in samples))
    assert isinstance(policy.log_prob(policy.at(theta, samples[0].numpy()), samples[1].numpy()), np.ndarray)
    monkeypatch.setattr(arrays, "is_open", lambda _: False)
    torchs = everything(policy, theta, other, *samples)
    for other_kind in (views, torchs):
        torch.testing.assert_close(other_kind, tensors, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("as_arrays", [False, True])
def test_terms_by_autograd_are_those_by_hand(name, as_arrays):
    policy = POLICIES[name]
    theta, other, obs, actions, weights = drawn(policy, 20)
    states = obs.numpy() if as_arrays else obs
    old, pi = policy.at(theta, states), policy.at(other, states)
    old_of_tensors = policy.at(theta, obs)
    beta = torch.tensor([[0.5], [1.0], [2.0]])
    d = policy.d_log_prob(pi, *((actions.numpy(), weights.numpy()) if as_arrays else (actions, weights)))
    d -= policy.d_kl(old, pi, beta.numpy() if as_arrays else beta)
    d += policy.d_entropy(pi, 0.3)

    def objective(pi):
        kl, entropy = policy.kl(old_of_tensors, pi), policy.entropy(pi)
        return (weights * policy.log_prob(pi, actions)).sum(1) - (beta * kl).mean(1) + 0.3 * entropy.mean(1)

    by_hand, by_torch = policy.backward(pi, d), policy.backward(pi, policy.d_of(objective, pi))
    torch.testing.assert_close(by_torch, by_hand, rtol=1e-3, atol=1e-5)
    value, _ = policy.value_and_d_of(objective, pi)
    assert isinstance(value, np.ndarray) == as_arrays
    torch.testing.assert_close(arrays.tensor(value), objective(policy.at(other, obs)))
    assert by_hand.abs().max() > 0.1


def test_terms_add_up_and_a_parameter_may_have_none():
    a, b = HeadGradient(torch.tensor([1.0]), None, None), HeadGradient(torch.tensor([2.0]), torch.tensor([3.0]), None)
    assert [part and part.item() for part in (a - b).parts] == [-1, -3, None]
    assert [part and part.item() for part in (b + a).parts] == [3, 3, None]


def test_a_gradient_replaces_all_of_an_earlier_one():
    policy = POLICIES["gaussian"]
    theta, _, obs, actions, weights = drawn(policy, 7)
    pi, out = policy.at(theta, obs), torch.zeros_like(theta)
    score = policy.d_log_prob(pi, actions, weights)
    for d in (score, policy.d_entropy(pi), score):
        assert torch.equal(policy.backward(pi, d, out), policy.backward(pi, d))


@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_every_kind_judges_the_same(monkeypatch, clip):
    value = ValueFunction(Network((5, 16, 1)))
    theta = torch.stack([torch.from_numpy(value.initial(np.random.default_rng(seed))) for seed in range(2)])
    obs = torch.randn(2, 30, 5, generator=torch.Generator().manual_seed(0))
    target, old = torch.randn(2, 2, 30, generator=torch.Generator().manual_seed(1))

    def judged(*samples):
        gradient = torch.zeros_like(theta)
        obs, target, old = samples
        v = value.at(theta, obs)
        loss = value.squared_error(v, target, old, clip)
        value.backward(v, loss, gradient)
        return torch.as_tensor(value(theta, obs)), torch.as_tensor(loss.d_critic), gradient

    tensors, views = judged(obs, target, old), judged(obs.numpy(), target.numpy(), old.numpy())
    monkeypatch.setattr(arrays, "is_open", lambda _: False)
    for one, same, by_torch in zip(tensors, views, judged(obs, target, old), strict=True):
        assert torch.equal(one, same)
        torch.testing.assert_close(one, by_torch, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", POLICIES)
def test_a_plug_in_may_let_torch_differentiate(name):
    policy = POLICIES[name]
    theta, _, obs, actions, weights = drawn(policy, 20)
    leaf = theta.clone().requires_grad_()
    pi = policy.at(policy.network.differentiable(leaf), obs)
    (weights * policy.log_prob(pi, actions)).sum().backward()
    by_hand = score(policy, policy.at(theta, obs), actions, weights)
    torch.testing.assert_close(leaf.grad, by_hand, rtol=1e-3, atol=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(policy.network(leaf, obs), policy.network(theta, obs), rtol=0, atol=0)
    with pytest.raises(RuntimeError, match=r"differentiable\(theta\)"):
        policy.at(leaf, obs)


def test_arrays_too_are_differentiated_where_theta_asks():
    policy = POLICIES["gaussian"]
    theta, _, obs, actions, _ = drawn(policy, 20)
    gradients = []
    for samples in ((obs, actions), (obs.numpy(), actions)):
        leaf = theta.clone().requires_grad_()
        policy.log_prob(policy.at(policy.network.differentiable(leaf), samples[0]), samples[1]).sum().backward()
        gradients.append(leaf.grad)
    assert torch.equal(*gradients)


def test_an_action_can_be_differentiated():
    policy = POLICIES["gaussian"]
    leaf = drawn(policy, 4)[0].requires_grad_()
    policy.acting(policy.network.differentiable(leaf))(torch.randn(3, 4, 5), torch.zeros(3, 4, 3)).sum().backward()
    assert leaf.grad.abs().sum() > 0


@pytest.mark.parametrize("name", POLICIES)
def test_vmap_works_over_candidates(name):
    """Each of four candidates of every seed acts on the same samples."""
    policy = POLICIES[name]
    theta, other, obs, actions, _ = drawn(policy, 20)
    candidates = torch.stack([theta + share * (other - theta) for share in (0.0, 0.3, 0.6, 1.0)])

    def log_prob(vector):
        return policy.log_prob(policy.at(policy.network.differentiable(vector), obs), actions)

    together = torch.vmap(log_prob)(candidates)
    for found, vector in zip(together, candidates, strict=True):
        torch.testing.assert_close(found, policy.log_prob(policy.at(vector, obs), actions), rtol=1e-4, atol=1e-5)

    def of_one_sample(vector, mark):
        return (mark * log_prob(vector)[0]).sum()

    per_sample = torch.vmap(torch.func.grad(of_one_sample), (None, 0))(theta, torch.eye(20)[:5])
    norms = policy.score_square_norm(policy.at(theta, obs), actions)[0, :5]
    torch.testing.assert_close(per_sample.square().sum((1, 2)), norms, rtol=1e-3, atol=1e-4)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_forward_derivatives_are_torchs():
    policy = POLICIES["gaussian"]
    theta, v, obs, actions, _ = drawn(policy, 20)
    by_hand = policy.score_along(policy.at(theta, obs), actions, v)
    with forward_ad.dual_level():
        dual = policy.network.differentiable(forward_ad.make_dual(theta, v))
        tangent = forward_ad.unpack_dual(policy.log_prob(policy.at(dual, obs), actions)).tangent
    torch.testing.assert_close(tangent, by_hand, rtol=1e-3, atol=1e-3)
