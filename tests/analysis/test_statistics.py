import numpy as np
import pytest

from rlbench.analysis.statistics import bootstrap, bounds, check_interval, estimate, resampled, t_quantile, weights
from rlbench.errors import UserError


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((7,), 7),  # one value
        ((1, 3), 2),  # half of each: (0.5 * 1 + 0.5 * 3) / 1
        ((0, 6, 30), (0.25 * 0 + 6 + 0.25 * 30) / 1.5),  # 3/4 of a value is cut off either end
        ((100, 2, 3, 1), 2.5),  # one whole value off either end
        ((4, 1, 2, 100, 3), (0.75 * 2 + 3 + 0.75 * 4) / 2.5),  # 5/4 of a value
        ((1, 2, 3, 4, 5, 6, 7, 800), 4.5),
    ],
)
def test_interquartile_mean_by_hand(values, expected):
    assert estimate(column(*values), "iqm")[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", range(1, 12))
def test_mean_and_median_are_those_of_numpy(n):
    values = np.random.default_rng(n).normal(size=(n, 3))
    np.testing.assert_allclose(estimate(values, "mean"), values.mean(axis=0))
    np.testing.assert_allclose(estimate(values, "median"), np.median(values, axis=0))


@pytest.mark.parametrize("n", range(1, 12))
def test_interquartile_mean_is_that_of_every_value_four_times(n):
    """With 4n values a quarter of them is a whole number, so the plain definition can be applied."""
    values = np.random.default_rng(n).normal(size=n)
    four = np.sort(np.repeat(values, 4))
    assert estimate(values[:, None], "iqm")[0] == pytest.approx(four[n : 3 * n].mean())


def test_weights_of_repeated_values_by_hand():
    # sorted values a, b, c occur 3, 0, 1 times; one is cut off either end: a, a remain
    np.testing.assert_allclose(weights(np.array([3.0, 0.0, 1.0]), 1.0), [1, 0, 0])
    np.testing.assert_allclose(weights(np.array([1.0, 1.0, 2.0]), 1.0), [0, 0.5, 0.5])


@pytest.mark.parametrize("statistic", ["mean", "iqm", "median"])
def test_resamples_are_the_statistic_of_drawn_seeds(statistic):
    values = np.random.default_rng(1).normal(size=(5, 4))
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5, np.full(5, 0.2), size=50)
    expected = [estimate(np.repeat(values, count, axis=0), statistic) for count in counts]
    np.testing.assert_allclose(resampled(values, statistic, resamples=50, seed=0), expected, atol=1e-12)


def test_bootstrap_of_two_seeds_by_hand():
    """Means of two draws are 0, 1/2 or 1 with chances 1/4, 1/2, 1/4: the outer 2.5 % are 0 and 1."""
    np.testing.assert_array_equal(bootstrap(column(0, 1)), [[0], [1]])


def test_bootstrap_is_the_percentile_of_the_resamples():
    values = np.random.default_rng(1).normal(size=(7, 3))
    expected = np.quantile(resampled(values, "mean"), [0.025, 0.975], axis=0)
    np.testing.assert_allclose(bootstrap(values), expected, atol=1e-12)


def test_bootstrap_covers_as_the_normal_theory_says():
    values = np.random.default_rng(0).normal(size=(400, 1))
    low, high = bootstrap(values)[:, 0]
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.06)


def test_bootstrap_repeats_itself_and_follows_its_seed():
    values = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(bootstrap(values, "iqm"), bootstrap(values, "iqm"))
    assert np.any(bootstrap(values, seed=1) != bootstrap(values, seed=2))


@pytest.mark.parametrize(
    ("df", "expected"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (9, 2.2622), (30, 2.0423), (99, 1.9842)],
)
def test_t_quantile_is_the_printed_table(df, expected):
    assert t_quantile(df) == pytest.approx(expected, abs=6e-5)


def test_t_quantile_tends_to_the_normal():
    assert t_quantile(100_000) == pytest.approx(1.95996, abs=1e-4)


def test_intervals_by_hand():
    values = column(1, 2, 3)  # mean 2, standard deviation 1, t of 2 degrees 4.30265
    half = 4.30265 / np.sqrt(3)
    np.testing.assert_allclose(bounds(values, "mean", "t"), [[2 - half], [2 + half]], atol=1e-5)
    np.testing.assert_allclose(bounds(values, "mean", "std"), [[1], [3]])
    np.testing.assert_allclose(bounds(values, "median", "minmax"), [[1], [3]])
    assert np.isnan(bounds(values, "mean", "none")).all()


@pytest.mark.parametrize("interval", ["bootstrap", "t", "std", "minmax", "none"])
def test_one_seed_has_no_interval(interval):
    assert np.isnan(bounds(column(3), "mean", interval)).all()


@pytest.mark.parametrize("interval", ["t", "std"])
def test_an_interval_of_the_mean_is_refused_for_another_statistic(interval):
    check_interval("mean", interval)
    with pytest.raises(UserError, match=f"--interval {interval} belongs to the mean, not to --statistic iqm"):
        check_interval("iqm", interval)
