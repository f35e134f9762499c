from math import comb

import numpy as np
import pytest
from scipy import stats

from rlbench.analysis.statistics.divisions import DRAWN, divisions, fewest_seeds, smallest_p, together
from rlbench.analysis.statistics.permutation import (
    difference_bounds,
    p_of_difference,
    permutation_p,
    welch_bounds,
)


def welch(a, b, axis=-1):
    return stats.ttest_ind(a, b, axis=axis, equal_var=False).statistic


@pytest.mark.parametrize("sizes", [(2, 2), (3, 3), (5, 5), (4, 6), (6, 3), (2, 7)])
def test_every_division_is_taken_once_and_the_seen_one_first(sizes):
    n_a, n_b = sizes
    found = divisions(n_a, n_b)
    assert found.exact
    assert found.first.shape == (comb(n_a + n_b, n_a), n_a + n_b)
    assert (found.first.sum(axis=1) == n_a).all()
    assert len(np.unique(found.first, axis=0)) == len(found.first)
    assert found.first[0].tolist() == [True] * n_a + [False] * n_b


def test_of_very_many_divisions_random_ones_are_taken_and_the_seen_one():
    found = divisions(30, 20)
    assert not found.exact
    assert found.first.shape == (DRAWN, 50)
    assert (found.first.sum(axis=1) == 30).all()
    assert found.first[0].tolist() == [True] * 30 + [False] * 20
    assert found.first[1:].mean(axis=0) == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize("sizes", [(3, 3), (5, 5), (4, 6), (6, 3)])
def test_exact_p_is_that_of_scipy(sizes):
    rng = np.random.default_rng(sum(sizes))
    for apart in (0, 0.5, 2):
        a, b = rng.normal(apart, 1, sizes[0]), rng.normal(0, 3, sizes[1])
        theirs = stats.permutation_test(
            (a, b),
            lambda x, y, axis: np.abs(welch(x, y, axis)),
            vectorized=True,
            n_resamples=np.inf,
            alternative="greater",
        )
        assert permutation_p((a, b)) == pytest.approx(theirs.pvalue)


def test_p_by_hand():
    """Of (0, 1) and (10, 11) six divisions: the seen one and its mirror image are the most extreme."""
    assert permutation_p((np.array([0.0, 1]), np.array([10.0, 11]))) == pytest.approx(2 / 6)


@pytest.mark.parametrize("n", [3, 5, 7])
def test_groups_that_do_not_overlap_have_the_smallest_p(n):
    rng = np.random.default_rng(n)
    a, b = 100 + rng.random(n), rng.random(n)
    assert permutation_p((a, b)) == pytest.approx(smallest_p((n, n))) == pytest.approx(2 / comb(2 * n, n))


def test_seeds_without_spread_are_told_apart_and_equal_ones_are_not():
    high, low = np.full(5, 1000.0), np.full(5, 500.1)
    assert permutation_p((high, low)) == pytest.approx(2 / 252)
    assert permutation_p((low, low)) == 1
    assert difference_bounds((high, low)) == pytest.approx((499.9, 499.9))


def test_p_does_not_depend_on_scale_or_place():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=5), rng.normal(1, 1, size=5)
    assert permutation_p((a, b)) == permutation_p((1e6 + 1e3 * a, 1e6 + 1e3 * b)) == permutation_p((b, a))


def test_random_divisions_come_close_to_the_t_test():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.3, 1, 60), rng.normal(0, 2, 40)
    assert permutation_p((a, b)) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, abs=0.02)


def test_smallest_p_and_the_seeds_it_takes():
    assert [round(smallest_p((n, n)), 4) for n in (5, 6, 7)] == [0.0079, 0.0022, 0.0006]
    assert smallest_p((4, 6)) == pytest.approx(1 / 210)
    assert smallest_p((5, 5), (5, 5)) == 1 / DRAWN  # 63,504 divisions are too many
    assert smallest_p((3, 3), (3, 3)) == pytest.approx(2 / 400)
    assert fewest_seeds(28, 0.05) == 7  # all pairs of eight
    assert fewest_seeds(7, 0.05) == 6  # seven against one
    assert fewest_seeds(1, 0.05) == 4


@pytest.mark.parametrize("sizes", [(5, 5), (4, 7), (25, 25)])
def test_the_interval_ends_where_the_test_begins_to_reject(sizes):
    rng = np.random.default_rng(sizes)
    pair = rng.lognormal(1, 1, sizes[0]), rng.lognormal(0, 1, sizes[1])
    low, high = difference_bounds(pair)
    p, width = p_of_difference([pair]), high - low
    assert low < pair[0].mean() - pair[1].mean() < high
    assert p(low + 0.001 * width) > 0.05 >= p(low - 0.001 * width)
    assert p(high - 0.001 * width) > 0.05 >= p(high + 0.001 * width)


def test_the_interval_follows_units_and_order():
    rng = np.random.default_rng(8)
    a, b = rng.normal(1, 1, 5), rng.normal(0, 2, 5)
    low, high = difference_bounds((a, b))
    assert difference_bounds((b, a)) == pytest.approx((-high, -low))
    assert difference_bounds((7 + 100 * a, 7 + 100 * b)) == pytest.approx((100 * low, 100 * high))


def test_welch_interval_is_that_of_scipy():
    rng = np.random.default_rng(2)
    a, b = rng.normal(1, 1, 6), rng.normal(0, 4, 9)
    theirs = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert welch_bounds((a, b)) == pytest.approx((theirs.low, theirs.high))


def test_seeds_too_few_for_the_test_have_welchs_interval_and_one_seed_none():
    a, b = np.array([1.0, 2, 4]), np.array([7.0, 8, 8.5])
    assert smallest_p((3, 3)) > 0.05
    assert difference_bounds((a, b)) == welch_bounds((a, b))
    assert np.isnan(difference_bounds((a[:1], b))).all()


def test_intervals_of_a_difference_cover():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        low, high = difference_bounds((rng.normal(2, 1, 5), rng.normal(0, 3, 5)))
        covered += low <= 2 <= high
    assert 0.90 <= covered / 300 <= 0.98


def test_equal_algorithms_are_seldom_told_apart():
    """At most 5 %, and exactly the share of divisions that 5 % of 252 allow: 12 / 252."""
    rng = np.random.default_rng(6)
    humps = lambda: np.where(rng.random(5) < 0.5, 1200, 3500) + rng.normal(0, 130, 5)  # noqa: E731
    alarms = sum(permutation_p((humps(), humps())) <= 0.05 for _ in range(1000))
    assert 0.025 <= alarms / 1000 <= 0.065


def test_environments_are_divided_each_by_itself():
    first, second = together(((2, 2), (3, 3)))
    assert len(first) == 6 * 20
    assert len(set(zip(first.tolist(), second.tolist()))) == 120
    assert (first[0], second[0]) == (0, 0)
    many = together(((5, 5), (5, 5)))
    assert [len(index) for index in many] == [DRAWN, DRAWN]
    assert [index[0] for index in many] == [0, 0]
    assert not np.array_equal(*many)


def test_p_over_two_environments_by_enumeration():
    rng = np.random.default_rng(9)
    pairs = [(rng.normal(1, 1, 3), rng.normal(0, 1, 3)) for _ in range(2)]
    seen, others = None, []
    for first in divisions(3, 3).first:
        for second in divisions(3, 3).first:
            difference = square = 0.0
            for (a, b), mask in zip(pairs, (first, second)):
                pooled = np.concatenate([a, b])
                x, y = pooled[mask], pooled[~mask]
                difference += x.mean() - y.mean()
                square += x.var(ddof=1) / 3 + y.var(ddof=1) / 3
            others.append(abs(difference) / np.sqrt(square))
            seen = others[0] if seen is None else seen
    assert permutation_p(*pairs) == pytest.approx(np.mean(np.array(others) >= seen - 1e-9))


def test_an_environment_more_gives_more_power():
    a, b = np.array([3.0, 4, 5, 6]), np.array([1.0, 2, 3, 4])
    assert permutation_p((a, b), (a, b)) < permutation_p((a, b))
    low, high = difference_bounds((a, b), (a, b))
    alone = difference_bounds((a, b))
    assert alone[0] < low < 2 < high < alone[1]
