"""NPG's step against the dense solution and against TRPO's, and that a step that cannot be trusted is not taken."""

import pytest
import torch
from scores import score

from rlbench.algorithms.networks import Samples
from rlbench.algorithms.npg import NPG
from rlbench.algorithms.trpo import TRPO
from rlbench.numerics.moments import standardise
from rlbench.policies.gaussian import GaussianPolicy


@pytest.fixture
def problem(made_up_sampler):
    """Networks, the policy's theta, a batch, and its advantages."""
    sampler = made_up_sampler()
    npg = NPG(num_envs=4, hidden_sizes=(16,))
    state = npg.initial(sampler.space, sampler.seeds)
    networks = npg.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 50)
    samples = networks.samples(state, batch)
    return networks, networks.split(state["theta"])[0].clone(), samples, standardise(batch.rewards.flatten(1))


@pytest.mark.parametrize("step", ["fixed", "kl"])
def test_the_step_is_the_natural_gradient(problem, step):
    """alpha F^-1 g, with F dense and solved directly; alpha is given, or sqrt(2 delta / x'Fx)."""
    networks, theta, samples, advantage = problem
    policy, row, before = networks.policy, slice(0, 1), theta[:1].clone()
    obs, actions = samples.obs[row], samples.actions[row]
    many = before.expand(policy.size, -1).contiguous()
    pi = policy.at(many, obs.expand(policy.size, -1, -1).contiguous())
    fisher = policy.fisher_vector(many, pi, torch.eye(policy.size)).double() + 0.1 * torch.eye(policy.size)
    g = score(policy, policy.at(before, obs), actions, advantage[row] / advantage.shape[1])[0].double()
    x = torch.linalg.solve(fisher, g)
    alpha = 0.05 if step == "fixed" else (2 * 0.001 / (x @ g)).sqrt()
    theta = before.clone()
    npg = NPG(step=step, step_size=0.05, target_kl=0.001, cg_iterations=60)
    metrics = npg.natural_step(networks, theta, Samples(obs, actions), advantage[row])
    torch.testing.assert_close(theta[0].double(), before[0] + alpha * x, rtol=1e-3, atol=1e-5)
    assert metrics["step_size"].item() == pytest.approx(float(alpha), rel=1e-4)
    kl = policy.kl(policy.at(before, obs), policy.at(theta, obs)).mean()
    assert metrics["kl"].item() == pytest.approx(kl.item(), rel=1e-4)


def test_it_is_trpos_step_where_that_needs_no_shortening(problem):
    networks, theta, samples, advantage = problem
    trpos = theta.clone()
    same = {"target_kl": 0.001, "cg_iterations": 10, "damping": 1.0}  # damping holds the full step well below target_kl
    found = TRPO(num_envs=4, **same).natural_step(networks, trpos, samples, advantage)
    assert found["backtracks"].tolist() == [0, 0, 0]
    metrics = NPG(step="kl", **same).natural_step(networks, theta, samples, advantage)
    assert torch.equal(theta, trpos)
    assert metrics["status"].tolist() == [0, 0, 0]
    assert all(torch.equal(value, found[name]) for name, value in metrics.items())


def test_no_line_search_holds_it_back(problem):
    networks, theta, samples, advantage = problem
    metrics = NPG(step="kl", target_kl=0.5).natural_step(networks, theta, samples, advantage)
    assert (metrics["kl"] > 0.5).any()


@pytest.mark.parametrize("step", ["fixed", "kl"])
def test_steps_that_cannot_be_trusted_leave_theta_to_the_bit(problem, monkeypatch, step):
    networks, theta, samples, advantage = problem
    before, clean = theta.clone(), theta.clone()
    metrics = NPG(step=step).natural_step(networks, theta, samples, torch.zeros_like(advantage))
    assert metrics["status"].tolist() == [4, 4, 4]
    assert torch.equal(theta, before)
    with monkeypatch.context() as patched:
        patched.setattr(GaussianPolicy, "fisher_vector", lambda *given: -given[-1])
        metrics = NPG(step=step).natural_step(networks, theta, samples, advantage)
    assert metrics["status"].tolist() == [2, 2, 2]
    assert torch.equal(theta, before)
    assert metrics["kl"].tolist() == [0, 0, 0]
    NPG(step=step).natural_step(networks, clean, samples, advantage)
    advantage[1, 3] = torch.nan
    metrics = NPG(step=step).natural_step(networks, theta, samples, advantage)
    assert metrics["status"].tolist() == [0, 3, 0]
    assert torch.equal(theta[1], before[1])
    assert torch.equal(theta[[0, 2]], clean[[0, 2]])


def test_a_step_beyond_what_numbers_hold_is_refused(problem):
    networks, theta, samples, advantage = problem
    before = theta.clone()
    metrics = NPG(step="fixed", step_size=3e38).natural_step(networks, theta, samples, advantage * 1e3)
    assert metrics["status"].tolist() == [1, 1, 1]
    assert torch.equal(theta, before)


@pytest.mark.parametrize("step", ["fixed", "kl"])
def test_learns_where_the_best_action_is(made_up_sampler, step):
    """Reward is highest at action (0.5, 0.5) whatever is observed."""
    sampler = made_up_sampler()
    npg = NPG(
        num_envs=4, num_steps=50, step=step, hidden_sizes=(16,), critic_minibatch_size=50, critic_epochs=5, gamma=0.0
    )
    state = npg.initial(sampler.space, sampler.seeds)
    for _ in range(60):
        metrics = npg.iterate(state, sampler)
    networks = npg.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
