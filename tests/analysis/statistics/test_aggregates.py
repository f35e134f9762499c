import numpy as np
import pytest
from scipy import stats

from rlbench.analysis.statistics.aggregates import aggregate, aggregate_bounds, interval_name, stratified
from rlbench.analysis.statistics.intervals import bootstrap_t_bounds, t_bounds


def test_equal_seeds_are_the_formulas_of_rliable():
    """Agarwal et al.: mean and IQM over all runs of all tasks together."""
    scores = np.random.default_rng(0).random((4, 8))  # [environments, runs]
    assert aggregate(scores, "mean") == pytest.approx(scores.mean())
    assert aggregate(scores, "iqm") == pytest.approx(stats.trim_mean(scores, 0.25, axis=None))
    assert aggregate(scores, "median") == pytest.approx(np.median(scores))


def test_environments_weigh_the_same_however_many_seeds_they_have():
    few, many = np.array([0.0, 2]), np.arange(10.0, 20)
    assert aggregate([few, many]) == pytest.approx((1 + 14.5) / 2)
    twice = [few, np.repeat(many, 2)]
    for statistic in ("mean", "iqm"):
        assert aggregate([few, many], statistic) == pytest.approx(aggregate(twice, statistic))


@pytest.mark.parametrize("statistic", ["mean", "iqm", "median"])
def test_draws_stay_within_environments(statistic):
    """One whose seeds are all equal contributes the same to every draw."""
    draws = stratified([np.full(4, 5.0), np.full(4, 1.0)], statistic)
    np.testing.assert_allclose(draws, aggregate([np.full(4, 5.0), np.full(4, 1.0)], statistic))
    assert len(draws) == 2000


def test_draws_of_environments_are_independent():
    seeds = np.array([0.0, 1, 2, 3, 4])
    assert stratified([seeds, seeds]).var() == pytest.approx(stratified([seeds]).var() / 2, rel=0.1)


def test_one_environment_is_the_interval_of_its_seeds():
    many = np.random.default_rng(1).lognormal(size=30)
    assert aggregate_bounds([many]) == pytest.approx(tuple(bootstrap_t_bounds(many[:, None])[:, 0]))
    few = many[:6]
    assert aggregate_bounds([few]) == pytest.approx(tuple(t_bounds(few[:, None])[:, 0]))


def test_the_percentile_interval_of_the_interquartile_mean():
    strata = list(np.random.default_rng(2).normal(size=(3, 6)))
    assert aggregate_bounds(strata, "iqm") == pytest.approx(
        tuple(np.quantile(stratified(strata, "iqm"), [0.025, 0.975]))
    )


def test_one_seed_gives_none_and_equal_ones_no_width():
    assert np.isnan(aggregate_bounds([np.ones(5), np.ones(1)])).all()
    assert aggregate_bounds([np.ones(20), np.zeros(20)]) == pytest.approx((0.5, 0.5))


def test_coverage_over_five_environments():
    rng, covered = np.random.default_rng(3), 0
    for _ in range(300):
        low, high = aggregate_bounds(list(np.where(rng.random((5, 5)) < 0.5, 1200, 3500) + rng.normal(0, 130, (5, 5))))
        covered += low <= 2350 <= high
    assert covered / 300 >= 0.93


def test_names():
    assert interval_name([5, 5], "mean").startswith("95 % t interval")
    assert interval_name([5] * 4, "mean") == "95 % stratified bootstrap-t interval (2,000 resamples)"
    assert interval_name([5] * 4, "iqm") == "95 % stratified bootstrap interval (percentile, 2,000 resamples)"
