import numpy as np
import pytest
from scipy import stats

from rlbench.analysis.statistics.improvement import combined, improvement_bounds, probability_of_improvement


def test_probability_by_hand():
    # of six pairs 3 > 1, 3 > 2 and 2 > 1 win, 2 = 2 is half a win, 1.5 > 1 wins
    assert probability_of_improvement(np.array([3.0, 2, 1.5]), np.array([1.0, 2])) == pytest.approx(4.5 / 6)


def test_probability_is_that_of_mann_and_whitney():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 7).astype(float), rng.integers(0, 5, 9).astype(float)
    assert probability_of_improvement(a, b) == pytest.approx(stats.mannwhitneyu(a, b).statistic / 63)


def test_complete_separation_is_not_certainty():
    low, high = improvement_bounds(np.arange(5.0) + 10, np.arange(5.0))
    assert high == 1
    assert 0.5 < low < 0.8
    assert improvement_bounds(np.arange(5.0), np.arange(5.0) + 10) == pytest.approx((0, 1 - low))


def test_the_border_solves_the_equation():
    a, b = np.array([1.0, 3, 4, 6, 8]), np.array([0.0, 2, 3.5, 5])
    found = probability_of_improvement(a, b)
    for value in improvement_bounds(a, b):
        spread = 1 + (4.5 - 1) * ((1 - value) / (2 - value) + value / (1 + value))
        assert abs(value - found) == pytest.approx(1.959964 * np.sqrt(value * (1 - value) * spread / 20), rel=1e-6)


def test_more_seeds_narrow_it():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.3, 1, 200), rng.normal(size=200)
    low, high = improvement_bounds(a, b)
    few_low, few_high = improvement_bounds(a[:6], b[:6])
    assert high - low < 0.13 < few_high - few_low


@pytest.mark.parametrize("n", [5, 10])
def test_coverage(n):
    rng, truth = np.random.default_rng(2), stats.norm.cdf(1 / np.sqrt(2))
    bounds = [improvement_bounds(rng.normal(1, 1, n), rng.normal(size=n)) for _ in range(500)]
    assert np.mean([low <= truth <= high for low, high in bounds]) >= 0.93


def test_a_mean_over_environments_is_surer_than_each():
    assert combined([(0.8, 0.5, 0.9)]) == pytest.approx((0.8, 0.5, 0.9))
    assert combined([(0.8, 0.5, 0.9), (0.6, 0.2, 0.8)]) == pytest.approx(
        (0.7, 0.7 - np.hypot(0.3, 0.4) / 2, 0.7 + np.hypot(0.1, 0.2) / 2)
    )
