"""What lessons teach holds in what they measure, where it is a theorem; each in a tiny version."""

import numpy as np
import pytest
import torch

from rlbench.algorithms.cpi import CPI
from rlbench.algorithms.trpo import TRPO
from rlbench.lessons import cg, gae, gradient, line_search, mixture, policies, steps, vine
from rlbench.lessons.contract import Numbers

SEEDS = (0, 1)


@pytest.fixture(scope="module")
def solved():
    tiny = cg.Lesson(iterations=20, hidden_sizes=(2,), num_envs=4, num_steps=32, updates=2)
    return Numbers(tiny.measure("InvertedPendulum-v4", SEEDS))


def test_conjugate_gradient_comes_to_the_exact_solution(solved):
    """In as many iterations as there are parameters, 14, but for rounding."""
    assert (solved.values(cg.RESIDUAL, "damping 0.1", 20) < 1e-5).all()
    assert (solved.values(cg.ERROR, "damping 0.1", 20) < 1e-4).all()
    assert (solved.values(cg.ERROR, "damping 0.1", 1) > 1e-3).all()


def test_its_error_in_the_norm_of_the_matrix_never_grows(solved):
    for damping in cg.DAMPINGS[1:]:
        line = cg.named(damping)
        errors = np.array([solved.values(cg.ERROR, line, x) for x in solved.places(cg.ERROR, line)])
        assert np.allclose(errors[0], 1)
        assert (np.diff(errors, axis=0) < 1e-4).all()


def test_reward_to_go_and_total_have_one_mean_without_a_discount_and_two_with_one(monkeypatch):
    monkeypatch.setattr(gradient, "ESTIMATORS", [("total", "none"), ("reward-to-go", "none")])
    far = {}
    for gamma in (1.0, 0.5):
        tiny = gradient.Lesson(batches=24, num_envs=2, num_steps=50, updates=1, gamma=gamma)
        found = Numbers(tiny.measure("Reacher-v4", SEEDS))
        far[gamma] = found.values(gradient.SAME, gradient.named("total", "none"))
        assert (found.values(gradient.NOISE, gradient.named("total", "none")) == 1).all()
    assert (far[1.0] < 4).all()  # 1 on average; most of the noise is in few directions
    assert (far[0.5] > 4).all()


def test_lambda_of_one_has_no_bias_and_by_definition_the_unit_of_variance():
    tiny = gae.Lesson(batches=6, num_envs=2, num_steps=32, updates=1)
    found = Numbers(tiny.measure("InvertedPendulum-v4", SEEDS))
    assert (found.values(gae.PANEL, gae.BIAS, 1.0) == 0).all()
    assert np.allclose(found.values(gae.PANEL, gae.NOISE, 1.0), 1)
    assert (found.values(gae.PANEL, gae.NOISE, 0.0) < 1).all()


def test_a_short_natural_step_goes_as_far_as_asked_and_gains_more_than_any_other():
    tiny = steps.Lesson(target_kl=1e-5, damping=1e-6, num_envs=4, num_steps=64, updates=1)
    found = Numbers(tiny.measure("InvertedPendulum-v4", SEEDS))
    for log_std in steps.LOG_STDS:
        assert np.allclose(found.values(steps.MOVED, steps.NATURAL, log_std), 1e-5, rtol=0.15)
        gains = [found.values(steps.GAINED, line, log_std) for line in (steps.ALONG_NATURAL, steps.ALONG_GRADIENT)]
        assert (gains[0] > 0.99 * gains[1]).all()


def test_a_discrete_policy_has_no_standard_deviation():
    with pytest.raises(steps.UserError, match="has no standard deviation"):
        steps.Lesson(num_envs=2, num_steps=8, updates=1).measure("CartPole-v1", (0,))


def test_one_action_twice_is_told_apart_by_separate_chance_alone():
    made = policies.trained(TRPO(num_envs=4, num_steps=16), "InvertedPendulum-v4", SEEDS, 1)
    actor = made.networks.actor(made.state)
    made.sampler.rollout(actor, 16, keep=3)
    same = torch.full((2, 3, 2, 1), 0.5)
    for common in (True, False):
        rewards = vine.differences(made.sampler, actor, same, repeats=4, horizon=60, common=common)
        variances = vine.difference_variances(rewards, 0.99, 60)
        assert variances.shape == (2, 3)
        assert bool((variances == 0).all()) is common


@pytest.fixture(scope="module")
def mixed():
    return Numbers(mixture.Lesson(steps=20).measure("FrozenLake-v1", SEEDS))


def test_the_bound_is_below_the_return_of_every_mixture(mixed):
    for alpha in mixture.SMALL_ALPHAS:
        true, bound = (mixed.values(mixture.SMALL, line, alpha) for line in (mixture.TRUE, mixture.BOUND))
        assert (bound <= true + 1e-12).all()


def test_the_surrogate_is_the_tangent_of_the_return(mixed):
    true, surrogate = (mixed.values(mixture.SMALL, line, 1e-6) for line in (mixture.TRUE, mixture.SURROGATE))
    assert np.allclose(true, surrogate, rtol=1e-3, atol=1e-12)


def falls(found, line):
    returns = [found.values(mixture.AGAIN, line, x) for x in found.places(mixture.AGAIN, line)]
    return int((np.diff(returns, axis=0) < -1e-12).sum())


def test_with_the_bound_no_step_falls_and_whole_steps_with_errors_do(mixed):
    assert falls(mixed, mixture.SAFE) == 0
    assert falls(mixed, mixture.FULL) > 0


def test_whole_steps_without_errors_never_fall_either():
    exact = Numbers(mixture.Lesson(steps=12, error=0.0).measure("FrozenLake-v1", SEEDS))
    assert falls(exact, mixture.FULL) == 0
    assert np.allclose(exact.values(mixture.AGAIN, mixture.FULL, 12), 1)


def test_a_promise_is_kept_for_any_other_policy():
    sampler = policies.sampler_of("FrozenLake-v1", (0,), 1)
    tables, cpi = sampler.tables(), CPI(gamma=0.9)
    old = cpi.initial(sampler.space, (0,))["policy"][0]
    evaluation = mixture.evaluate_policy(tables, old, 0.9)
    promise = cpi.promise(evaluation, torch.full_like(old, 0.25))
    mixed = torch.lerp(old, torch.full_like(old, 0.25), 0.3)
    gained = mixture.evaluate_policy(tables, mixed, 0.9).expected_return - evaluation.expected_return
    assert gained >= 0.3 * promise.gain - 0.09 * promise.penalty


def test_looking_along_a_step_changes_nothing_and_begins_where_the_policy_is():
    tiny = line_search.Lesson(updates=6, num_envs=4, num_steps=16)
    for along in tiny.steps("InvertedPendulum-v4", SEEDS).values():
        assert along.kl.shape == along.gain.shape == (6, len(line_search.FRACTIONS), 2)
        assert (along.kl[:, 0] == 0).all()
        assert (along.gain[:, 0].abs() < 1e-6).all()
    watched, plain = line_search.WatchedTRPO(4, 16), TRPO(4, 16)
    object.__setattr__(watched, "watch", lambda *_: None)
    thetas = [policies.trained(each, "InvertedPendulum-v4", SEEDS, 2).state["theta"] for each in (watched, plain)]
    assert torch.equal(*thetas)
