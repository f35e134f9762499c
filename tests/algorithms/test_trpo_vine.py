"""The vine: Q of its branches against exact Q, its step within the trust region, and what it refuses."""

from dataclasses import replace

import gymnasium
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Branches, Space
from rlbench.algorithms.natural import Start
from rlbench.algorithms.trpo_vine import TRPOVine
from rlbench.errors import UserError
from rlbench.numerics.moments import difference_variance
from rlbench.numerics.streams import Purpose, stream
from rlbench.numerics.surrogates import all_actions
from rlbench.training.sampler import EnvSampler

HORIZON, GAMMA = 6, 0.9
LAKE, PLANE = Space(16, 1, 4, exact_saves=True), Space(3, 2, None, exact_saves=True)


def sampler_of(env_id, worlds=4, seeds=(0, 1)):
    def make(number):
        return envs.make(env_id, seeds, number, lambda seed, block: stream(seed, Purpose.START_STATES, block))

    return EnvSampler(make(worlds), 100_000, make, depends_on_budget=True)


def exact_q(env_id, probabilities):
    """Q over HORIZON steps under `probabilities[states, actions]`, by the environment's own transition table."""
    table = gymnasium.make(env_id).unwrapped.P
    q, value = torch.zeros_like(probabilities), torch.zeros(len(probabilities), dtype=torch.float64)
    for _ in range(HORIZON):
        for s, row in table.items():
            for a, outcomes in row.items():
                q[s, a] = sum(p * (r + GAMMA * (0.0 if over else value[to])) for p, to, r, over in outcomes)
        value = (probabilities * q).sum(1)
    return q


@pytest.mark.parametrize(("common", "repeats"), [(True, 30), pytest.param(False, 60, marks=pytest.mark.slow)])
def test_q_agrees_with_exact_q_on_a_small_mdp(common, repeats):
    """A random policy on slippery ground: the errors of many sets of branches average to 0 within 4 standard errors."""
    env_id, states = "CliffWalkingSlippery-v1", 12
    vine = TRPOVine(num_envs=4, num_steps=8, hidden_sizes=(), gamma=GAMMA, horizon=HORIZON)
    sampler = sampler_of(env_id)
    state = vine.initial(sampler.space, (0, 1))
    networks, actor = vine.networks(sampler.space), vine.actor(state, sampler.space)
    batch = sampler.rollout(actor, 8, keep=states)
    at = batch.obs.flatten(1, 2).argmax(-1).gather(1, batch.branch_index)  # [S, R]
    pi = networks.policy.at(networks.split(state["theta"])[0], torch.eye(48).expand(2, -1, -1))
    exact = [exact_q(env_id, p.double().exp())[s] for p, s in zip(pi.log_probs, at, strict=True)]
    actions = torch.arange(4.0).view(1, 1, 4, 1).expand(2, states, -1, -1)
    errors = []
    for _ in range(repeats):
        noise = sampler.draw(actor.noise, HORIZON - 1, states, 1 if common else 4).expand(-1, -1, -1, 4, -1)
        q = vine.q_values(networks, state, sampler.branch(actor, actions, noise, reseed=True))
        errors.append((q - torch.stack(exact)).mean(1))
    errors = torch.stack(errors)  # [repeats, S, 4]
    assert (errors.mean(0).abs() < 4 * errors.std(0) / repeats**0.5).all()
    assert (errors.std(0) / repeats**0.5 < 0.1 * torch.stack(exact).abs().mean(1)).all()  # and that says something


def test_common_random_numbers_quieten_q_differences_on_hopper():
    """The same two actions in the same states, many times: what noise alone does to Q_1 - Q_2."""
    vine = TRPOVine(num_envs=4)
    sampler = sampler_of("Hopper-v4")
    actor = vine.actor(vine.initial(sampler.space, (0, 1)), sampler.space)
    sampler.rollout(actor, 10, keep=8)
    pair = sampler.draw(actor.noise, 8, 1, 2).expand(-1, -1, 16, -1, -1).flatten(2, 3)  # [S, R, 16 * 2, A]
    variances = []
    for drawn in (1, 2):
        noise = sampler.draw(actor.noise, 19, 8, 16, drawn).expand(-1, -1, -1, -1, 2, -1).flatten(3, 4)
        q = sampler.branch(actor, pair, noise).rewards.sum(1).unflatten(2, (16, 2))
        variances.append((q[..., 0] - q[..., 1]).var(2).mean())
    assert variances[0] < 0.5 * variances[1]


@pytest.fixture
def tried():
    """Twelve states, three seeds, four actions in each, and a Q that likes large first coordinates."""
    generator = torch.Generator().manual_seed(1)
    vine = TRPOVine(hidden_sizes=(8,))
    theta = vine.networks(PLANE).split(vine.initial(PLANE, (0, 1, 2))["theta"])[0].clone()
    obs = torch.randn(3, 12, 3, generator=generator).repeat_interleave(4, 1)
    actions = 0.6 * torch.randn(3, 48, 2, generator=generator)
    return vine, theta, obs, actions, actions[..., 0].view(3, 12, 4)


def start_of(policy, theta, obs):
    return Start(policy, theta, obs, policy.at(theta, obs))


def test_the_step_gains_within_the_trust_region(tried):
    vine, theta, obs, actions, q = tried
    policy, before = vine.networks(PLANE).policy, theta.clone()
    metrics = vine.vine_step(start_of(policy, theta, obs), actions, q, PLANE)
    assert metrics["status"].tolist() == [0, 0, 0]
    old, new = policy.at(before, obs), policy.at(theta, obs)
    kl = policy.kl(old, new).mean(1)
    assert (kl <= vine.target_kl).all()
    longer = before + (theta - before) / 0.8  # what was tried before, where this is not the first try
    assert ((metrics["backtracks"] == 0) | (policy.kl(old, policy.at(longer, obs)).mean(1) > 0.0099)).all()
    weights = torch.softmax((policy.log_prob(new, actions) - policy.log_prob(old, actions)).view_as(q), -1)
    gain = (weights * q).sum(-1).mean(1) - q.mean((1, 2))
    assert (gain > 0).all()
    torch.testing.assert_close(metrics["surrogate_gain"], gain, rtol=1e-3, atol=1e-6)


def test_equal_q_moves_nothing(tried):
    vine, theta, obs, actions, q = tried
    before = theta.clone()
    metrics = vine.vine_step(start_of(vine.networks(PLANE).policy, theta, obs), actions, torch.full_like(q, 3.0), PLANE)
    assert torch.equal(theta, before)
    assert metrics["status"].tolist() == [4, 4, 4]


def test_where_actions_are_few_all_are_tried_and_summed_over():
    vine = TRPOVine(hidden_sizes=(), branches=4)
    assert vine.tries_all(LAKE)
    sampler = sampler_of("FrozenLake-v1")
    actor = vine.actor(vine.initial(LAKE, (0, 1)), LAKE)
    actions = vine.tried(actor, torch.zeros(2, 5, 16), sampler)
    assert actions.shape == (2, 5, 4, 1)
    assert (actions.squeeze(-1) == torch.arange(4.0)).all()
    policy = vine.networks(LAKE).policy
    theta = vine.networks(LAKE).split(vine.initial(LAKE, (0, 1))["theta"])[0].clone()
    obs, q = torch.eye(16)[:5].expand(2, -1, -1).repeat_interleave(4, 1).contiguous(), torch.zeros(2, 5, 4)
    q[..., 2] = 1.0
    before = policy.log_prob(policy.at(theta, obs), actions.flatten(1, 2)).view(2, 5, 4)
    metrics = vine.vine_step(start_of(policy, theta, obs), actions.flatten(1, 2), q, LAKE)
    after = policy.log_prob(policy.at(theta, obs), actions.flatten(1, 2)).view(2, 5, 4)
    assert (after[..., 2] > before[..., 2]).all()
    gain = all_actions(after, before, q).value
    torch.testing.assert_close(metrics["surrogate_gain"], gain, rtol=1e-3, atol=1e-6)


def test_where_choices_are_many_a_few_are_drawn_uniformly():
    vine = TRPOVine(hidden_sizes=(), branches=3, states=500)
    assert not vine.tries_all(LAKE)
    sampler = sampler_of("FrozenLake-v1")
    state = vine.initial(LAKE, (0, 1))
    state["theta"][:, -60:] += torch.arange(60.0)  # a policy with opinions
    actions = vine.tried(vine.actor(state, LAKE), torch.zeros(2, 500, 16), sampler)
    shares = torch.nn.functional.one_hot(actions.long().flatten(), 4).float().mean(0)
    assert (shares - 0.25).abs().max() < 4 * (0.25 * 0.75 / 3000) ** 0.5


def test_a_bootstrapped_branch_ends_with_what_the_critic_says():
    vine = TRPOVine(hidden_sizes=(8,), gamma=0.5, bootstrap=True)
    networks, state = vine.networks(PLANE), vine.initial(PLANE, (0,))
    last = torch.randn(1, 3, 3, generator=torch.Generator().manual_seed(2))
    rewards = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]).view(1, 2, 1, 3)
    terminated = torch.tensor([False, True, False]).view(1, 1, 3)
    lengths = torch.tensor([2, 2, 1]).view(1, 1, 3)  # the third was cut by a time limit
    q = vine.q_values(networks, state, Branches(rewards, terminated, lengths, last))
    value = networks.critic(networks.split(state["theta"])[1], last.clamp(-10, 10))[0]
    torch.testing.assert_close(q[0, 0], torch.stack([1.5 + 0.25 * value[0], torch.tensor(1.5), 1 + 0.5 * value[2]]))


def test_a_critic_keeps_its_meaning_when_the_unit_of_v_changes():
    vine = TRPOVine(num_envs=4, num_steps=4, states=6, branches=3, horizon=5, hidden_sizes=(8,), bootstrap=True)
    vine = replace(vine, critic_learning_rate=1e-12, critic_epochs=1)
    sampler = sampler_of("HalfCheetah-v4")
    networks, state = vine.networks(sampler.space), vine.initial(sampler.space, (0, 1))
    obs = torch.randn(2, 10, 17, generator=torch.Generator().manual_seed(0))
    first = vine.iterate(state, sampler)
    value = networks.value(state, obs)
    second = vine.iterate(state, sampler)
    assert (first["value_unit"] != second["value_unit"]).all()
    torch.testing.assert_close(networks.value(state, obs), value)


def test_it_counts_trunk_and_branches_and_reports_its_difference_variance():
    vine = TRPOVine(num_envs=4, num_steps=4, states=6, branches=3, horizon=5, hidden_sizes=(8,))
    sampler = sampler_of("HalfCheetah-v4")  # never ends early
    state = vine.initial(sampler.space, (0, 1))
    metrics = vine.iterate(state, sampler)
    assert sampler.env_steps.tolist() == [4 * 4 + 6 * 3 * 5] * 2
    assert metrics["branch_length"].tolist() == [5, 5]
    assert (metrics["q_difference_variance"] > 0).all()
    assert difference_variance(torch.zeros(1, 2, 2)).item() == 0


def test_environments_that_cannot_be_saved_exactly_are_refused():
    with pytest.raises(UserError, match=r"cannot be saved exactly.*MuJoCo tasks.*Use trpo here"):
        TRPOVine().size(PLANE._replace(exact_saves=False))


def test_more_states_than_the_trunk_has_are_refused():
    with pytest.raises(UserError, match="states=17 is more than"):
        TRPOVine(num_envs=4, num_steps=4, states=17).size(PLANE)
    assert TRPOVine(num_envs=4, num_steps=4, states=16).size(PLANE).batch is None
