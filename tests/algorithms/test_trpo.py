"""TRPO's step: within the trust region on a fresh evaluation, an improvement, or theta as it was to the bit."""

import pytest
import torch
from scores import score

from rlbench.algorithms.networks import Samples
from rlbench.algorithms.trpo import TRPO
from rlbench.numerics.moments import standardise
from rlbench.policies.gaussian import GaussianPolicy


@pytest.fixture
def problem(made_up_sampler):
    """A policy, a batch, and its advantages."""
    sampler = made_up_sampler()
    trpo = TRPO(num_envs=4, hidden_sizes=(16,))
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
    longer = before + (theta - before) / 0.8  # what was tried before, where this is not the first try
    assert ((metrics["backtracks"] == 0) | (policy.kl(old, policy.at(longer, obs)).mean(1) > 0.0099)).all()
    ratio = torch.exp(policy.log_prob(new, actions) - policy.log_prob(old, actions))
    gain = ((ratio - 1) * advantage).mean(1)
    assert (gain > 0).all()
    torch.testing.assert_close(kl, metrics["kl"], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(gain, metrics["surrogate_gain"], rtol=1e-4, atol=1e-7)


def test_the_step_is_the_natural_gradient(problem):
    """It is sqrt(2 delta / g'F^-1 g) F^-1 g, with F dense and solved directly, times 0.8 for each backtrack."""
    networks, theta, obs, actions, advantage = problem
    policy, row, before = networks.policy, slice(0, 1), theta[:1].clone()
    size = policy.size
    many = before.expand(size, -1).contiguous()
    pi = policy.at(many, obs[row].expand(size, -1, -1).contiguous())
    fisher = policy.fisher_vector(many, pi, torch.eye(size)).double() + 0.1 * torch.eye(size)
    g = score(policy, policy.at(before, obs[row]), actions[row], advantage[row] / advantage.shape[1])[0].double()
    x = torch.linalg.solve(fisher, g)
    theta = before.clone()
    trpo = TRPO(target_kl=0.001, cg_iterations=60, damping=0.1)
    metrics = trpo.natural_step(networks, theta, Samples(obs[row], actions[row]), advantage[row])
    expected = before[0] + (2 * 0.001 / (x @ g)).sqrt() * x * 0.8 ** metrics["backtracks"].double()
    torch.testing.assert_close(theta[0].double(), expected, rtol=1e-3, atol=1e-5)


def test_zero_advantage_leaves_theta(problem):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    metrics = TRPO(num_envs=4).natural_step(networks, theta, Samples(obs, actions), torch.zeros_like(advantage))
    assert metrics["status"].tolist() == [4, 4, 4]
    assert torch.equal(theta, before)


def test_an_impossible_trust_region_leaves_theta(problem):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    metrics = TRPO(target_kl=1e-30, backtracks=2).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [1, 1, 1]
    assert torch.equal(theta, before)


def test_nonpositive_curvature_leaves_theta(problem, monkeypatch):
    networks, theta, obs, actions, advantage = problem
    before = theta.clone()
    monkeypatch.setattr(GaussianPolicy, "fisher_vector", lambda *given: -given[-1])
    metrics = TRPO(num_envs=4).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [2, 2, 2]
    assert torch.equal(theta, before)


def test_not_a_number_in_one_seed_is_that_seeds_alone(problem):
    networks, theta, obs, actions, advantage = problem
    before, clean = theta.clone(), theta.clone()
    TRPO(num_envs=4).natural_step(networks, clean, Samples(obs, actions), advantage)
    advantage[1, 3] = torch.nan
    metrics = TRPO(num_envs=4).natural_step(networks, theta, Samples(obs, actions), advantage)
    assert metrics["status"].tolist() == [0, 3, 0]
    assert torch.equal(theta[1], before[1])
    assert torch.equal(theta[[0, 2]], clean[[0, 2]])


def test_the_largest_divergence_can_be_what_counts(problem):
    networks, theta, obs, actions, _ = problem
    policy, before, by_mean = networks.policy, theta.clone(), theta.clone()
    advantage = standardise((obs[..., :2] * actions).sum(-1))  # each state wants another action
    mean = TRPO(target_kl=0.01).natural_step(networks, by_mean, Samples(obs, actions), advantage)
    largest = TRPO(target_kl=0.01, kl="max", backtracks=20).natural_step(
        networks, theta, Samples(obs, actions), advantage
    )
    kl = policy.kl(policy.at(before, obs), policy.at(theta, obs))
    assert (kl <= 0.01).all()
    torch.testing.assert_close(kl.amax(1), largest["kl_max"], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(kl.mean(1), largest["kl"], rtol=1e-4, atol=1e-7)
    assert (mean["kl_max"] > 0.01).all()  # a mean within the bound allows more in single states
    assert (largest["backtracks"] > mean["backtracks"]).all()
    further = largest["backtracks"] - mean["backtracks"]
    torch.testing.assert_close(theta - before, (by_mean - before) * 0.8 ** further.unsqueeze(1))


def linear_problem(made_up_sampler, beta):
    """A policy whose mean is linear in the observation, and the step that maximises g'x - beta/2 x'Fx."""
    sampler = made_up_sampler()
    trpo = TRPO(num_envs=4, hidden_sizes=(), constraint="penalty", penalty_coef=beta, damping=0.0, cg_iterations=60)
    state = trpo.initial(sampler.space, sampler.seeds)
    networks = trpo.networks(sampler.space)
    batch = sampler.rollout(networks.actor(state), 50)
    samples = networks.samples(state, batch)
    advantage = standardise(batch.rewards.flatten(1))
    theta = networks.split(state["theta"])[0].clone()

    pi = networks.policy.at(theta, samples.obs)
    x = torch.cat([samples.obs, torch.ones(3, 200, 1)], 2)  # the bias is a weight of 1
    z = (samples.actions - pi.mean) * torch.exp(-pi.log_std)
    moments = x.transpose(1, 2) @ x / 200
    slopes = x.transpose(1, 2) @ (advantage.unsqueeze(-1) * z) / 200  # of L, in units of sigma
    weights = torch.linalg.solve(moments, slopes) * pi.log_std.exp()  # (E xx')^-1 g sigma^2
    log_std = (advantage.unsqueeze(-1) * (z * z - 1)).mean(1) / 2
    step = torch.zeros_like(theta)
    step[:, :10] = torch.cat([weights[:, :3].mT.flatten(1), weights[:, 3], log_std], 1)
    return trpo, networks, theta, samples, advantage, step / beta


def test_a_penalised_step_is_the_quadratic_models_maximum(made_up_sampler):
    trpo, networks, theta, samples, advantage, step = linear_problem(made_up_sampler, beta=20.0)
    before = theta.clone()
    metrics = trpo.natural_step(networks, theta, samples, advantage)
    assert metrics["status"].tolist() == [0, 0, 0]
    assert metrics["backtracks"].tolist() == [0, 0, 0]
    torch.testing.assert_close(theta, before + step, rtol=1e-3, atol=1e-5)
    policy = networks.policy
    old, new = policy.at(before, samples.obs), policy.at(theta, samples.obs)
    ratio = torch.exp(policy.log_prob(new, samples.actions) - policy.log_prob(old, samples.actions))
    objective = ((ratio - 1) * advantage).mean(1) - 20 * policy.kl(old, new).mean(1)
    torch.testing.assert_close(metrics["surrogate_gain"], objective, rtol=1e-2, atol=1e-5)
    assert (metrics["surrogate_gain"] > 0).all()


def test_a_step_whose_penalised_objective_falls_is_shortened_or_refused(made_up_sampler):
    """Where the largest KL is penalised, the mean's maximum is too long."""
    _, networks, theta, samples, advantage, step = linear_problem(made_up_sampler, beta=5.0)
    policy, before = networks.policy, theta.clone()

    def objective(candidate):
        old, new = policy.at(before, samples.obs), policy.at(candidate, samples.obs)
        ratio = torch.exp(policy.log_prob(new, samples.actions) - policy.log_prob(old, samples.actions))
        return ((ratio - 1) * advantage).mean(1) - 5 * policy.kl(old, new).amax(1)

    assert (objective(before + step) < 0).all()
    settings = {"hidden_sizes": (), "constraint": "penalty", "penalty_coef": 5.0, "kl": "max", "damping": 0.0}
    refused = TRPO(num_envs=4, **settings, backtracks=0).natural_step(networks, theta, samples, advantage)
    assert refused["status"].tolist() == [1, 1, 1]
    assert torch.equal(theta, before)
    shortened = TRPO(num_envs=4, **settings, backtracks=20).natural_step(networks, theta, samples, advantage)
    assert shortened["status"].tolist() == [0, 0, 0]
    assert (shortened["backtracks"] > 0).all()
    assert (objective(theta) > 0).all()


@pytest.mark.parametrize("fisher", ["analytic", "empirical"])
def test_fisher_products_can_come_from_a_few_samples_and_from_sampled_actions(problem, fisher):
    """Against the dense matrix of those few."""
    networks, theta, obs, actions, advantage = problem
    policy, row, before = networks.policy, slice(0, 1), theta[:1].clone()
    size, few = policy.size, Samples(obs[row, :30], actions[row, :30])
    many = before.expand(size, -1).contiguous()
    pi = policy.at(many, few.obs.expand(size, -1, -1).contiguous())
    if fisher == "analytic":
        dense = policy.fisher_vector(many, pi, torch.eye(size))
    else:
        along = policy.score_along(pi, few.actions.expand(size, -1, -1), torch.eye(size))  # scores, [P, B]
        dense = along @ along.T / 30
    dense = dense.double() + 0.1 * torch.eye(size)
    g = score(policy, policy.at(before, obs[row]), actions[row], advantage[row] / advantage.shape[1])[0].double()
    x = torch.linalg.solve(dense, g)
    theta = before.clone()
    trpo = TRPO(target_kl=1e-4, cg_iterations=100, fisher=fisher)
    metrics = trpo.natural_step(networks, theta, Samples(obs[row], actions[row]), advantage[row], few)
    assert metrics["status"][0] == 0
    expected = (2e-4 / (x @ g)).sqrt() * x * 0.8 ** metrics["backtracks"].double()
    torch.testing.assert_close((theta - before)[0].double(), expected, rtol=1e-2, atol=1e-6)


def test_the_few_are_the_asked_share_of_the_batch(made_up_sampler, monkeypatch):
    seen = []
    original = TRPO.natural_step

    def spy(self, networks, theta, samples, advantage, few=None):
        seen.append((samples, few))
        return original(self, networks, theta, samples, advantage, few)

    monkeypatch.setattr(TRPO, "natural_step", spy)
    sampler = made_up_sampler()
    for fraction in (0.1, 1.0):
        trpo = TRPO(num_envs=4, num_steps=32, fisher_fraction=fraction)
        trpo.iterate(trpo.initial(sampler.space, sampler.seeds), sampler)
    (samples, few), (_, none) = seen
    assert none is None
    few = Samples(*map(torch.as_tensor, few))
    assert few.obs.shape == (3, 13, 3)  # a tenth of 128
    rows = [(samples.obs[0] == each).all(1).nonzero().item() for each in few.obs[0]]
    assert len(set(rows)) == 13
    assert torch.equal(samples.actions[0, rows], few.actions[0])
    others = [(samples.obs[1] == each).all(1).nonzero().item() for each in few.obs[1]]
    assert rows != others  # each seed draws its own


def test_monte_carlo_judges_by_returns_alone(made_up_sampler, monkeypatch):
    """Reward 1 a step, episodes of 10 steps: Q is what is left of the episode, and the critic is not asked."""
    seen = []
    original = TRPO.natural_step

    def spy(self, networks, theta, samples, advantage, few=None):
        seen.append(advantage)
        return original(self, networks, theta, samples, advantage, few)

    monkeypatch.setattr(TRPO, "natural_step", spy)
    sampler = made_up_sampler(reward=lambda obs, _: torch.ones(obs.shape[:-1]))
    trpo = TRPO(num_envs=4, num_steps=25, estimator="monte-carlo", gamma=1.0)
    state = trpo.initial(sampler.space, sampler.seeds)
    networks = trpo.networks(sampler.space)
    critic = networks.split(state["theta"])[1].clone()
    metrics = trpo.iterate(state, sampler)
    left = torch.cat([torch.arange(10.0, 0, -1), torch.arange(10.0, 0, -1), torch.arange(5.0, 0, -1)])
    expected = standardise(left.repeat_interleave(4).expand(3, -1))
    torch.testing.assert_close(seen[0], expected)
    assert torch.equal(networks.split(state["theta"])[1], critic)
    assert not {"critic_loss", "explained_variance", "value_mean", "value_unit", "value_bound"} & metrics.keys()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kl": "max", "target_kl": 0.05},
        {"fisher": "empirical"},
        {"fisher_fraction": 0.2},
        {"estimator": "monte-carlo"},
        {"constraint": "penalty"},
    ],
    ids=str,
)
def test_learns_where_the_best_action_is(made_up_sampler, settings):
    """Reward is highest at action (0.5, 0.5) whatever is observed."""
    sampler = made_up_sampler()
    gamma = {"gamma": 0.0, "num_steps": 50}  # gamma 0: rewards are all there is
    trpo = TRPO(num_envs=4, hidden_sizes=(16,), critic_minibatch_size=50, critic_epochs=5, **gamma, **settings)
    state = trpo.initial(sampler.space, sampler.seeds)
    for _ in range(30):
        metrics = trpo.iterate(state, sampler)
    networks = trpo.networks(sampler.space)
    obs = torch.randn(3, 100, 3, generator=torch.Generator().manual_seed(0))
    mean = networks.policy.at(networks.split(state["theta"])[0], obs).mean.mean(1)
    torch.testing.assert_close(mean, torch.full((3, 2), 0.5), atol=0.1, rtol=0)
    assert all(value.shape == (3,) and torch.isfinite(value).all() for value in metrics.values())
