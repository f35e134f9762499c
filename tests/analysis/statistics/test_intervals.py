import numpy as np
import pytest

from rlbench.analysis.statistics.estimates import estimate
from rlbench.analysis.statistics.intervals import (
    bootstrap_t_bounds,
    bounds,
    check_interval,
    interval_names,
    method,
    percentile_bounds,
    t_bounds,
)
from rlbench.analysis.statistics.resampling import outer_quantiles, resampled, studentised
from rlbench.errors import UserError


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


@pytest.mark.parametrize("statistic", ["mean", "iqm", "median"])
def test_resamples_are_the_statistic_of_drawn_seeds(statistic):
    values = np.random.default_rng(1).normal(size=(5, 4))
    rng = np.random.default_rng(0)
    counts = rng.multinomial(5, np.full(5, 0.2), size=50)
    expected = [estimate(np.repeat(values, count, axis=0), statistic) for count in counts]
    np.testing.assert_allclose(resampled(values, statistic, resamples=50, seed=0), expected, atol=1e-12)


def test_bootstrap_of_two_seeds_by_hand():
    """Means of two draws are 0, 1/2 or 1 with chances 1/4, 1/2, 1/4: the outer 2.5 % are 0 and 1."""
    np.testing.assert_array_equal(percentile_bounds(column(0, 1)), [[0], [1]])


def test_bootstrap_is_the_percentile_of_the_resamples():
    values = np.random.default_rng(1).normal(size=(7, 3))
    expected = np.quantile(resampled(values, "mean"), [0.025, 0.975], axis=0)
    np.testing.assert_allclose(percentile_bounds(values), expected, atol=1e-12)


def test_bootstrap_covers_as_the_normal_theory_says():
    values = np.random.default_rng(0).normal(size=(400, 1))
    low, high = percentile_bounds(values)[:, 0]
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.06)


def test_bootstrap_repeats_itself_and_follows_its_seed():
    values = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(percentile_bounds(values, "iqm"), percentile_bounds(values, "iqm"))
    assert np.any(percentile_bounds(values, seed=1) != percentile_bounds(values, seed=2))


def test_intervals_by_hand():
    values = column(1, 2, 3)  # mean 2, standard deviation 1, t of 2 degrees 4.30265
    half = 4.30265 / np.sqrt(3)
    np.testing.assert_allclose(bounds(values, "mean", "t"), [[2 - half], [2 + half]], atol=1e-5)
    np.testing.assert_allclose(bounds(values, "mean", "std"), [[1], [3]])
    np.testing.assert_allclose(bounds(values, "median", "minmax"), [[1], [3]])
    assert np.isnan(bounds(values, "mean", "none")).all()


@pytest.mark.parametrize("interval", ["auto", "bootstrap-t", "bootstrap", "t", "std", "minmax", "none"])
def test_one_seed_has_no_interval(interval):
    assert np.isnan(bounds(column(3), "mean", interval)).all()


@pytest.mark.parametrize("interval", ["t", "bootstrap-t", "std"])
def test_an_interval_of_the_mean_is_refused_for_another_statistic(interval):
    check_interval("mean", interval)
    with pytest.raises(UserError, match=f"--interval {interval} belongs to the mean, not to --statistic iqm"):
        check_interval("iqm", interval)


def test_studentised_draws_by_hand():
    """Draws of (0, 1): twice the same seed, without any spread, or both, whose mean is the mean."""
    assert set(studentised(column(0, 1))[:, 0]) == {-np.inf, 0.0, np.inf}


def test_studentised_draws_are_those_of_every_draw():
    values = np.random.default_rng(3).normal(size=(6, 2))
    counts = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), size=40)
    repeats = [np.repeat(values, count, axis=0) for count in counts]
    expected = [(r.mean(axis=0) - values.mean(axis=0)) / (r.std(axis=0, ddof=1) / np.sqrt(6)) for r in repeats]
    # multinomial draws are a stream: fewer resamples are the first of more, and the divisor is n - 1 in both
    np.testing.assert_allclose(studentised(values, resamples=40, seed=0), expected, atol=1e-9)


def test_bootstrap_t_by_its_definition():
    values = np.random.default_rng(4).exponential(size=(25, 3))
    t = studentised(values)
    below, above = np.quantile(t, [0.025, 0.975], axis=0)
    error = values.std(axis=0, ddof=1) / 5
    np.testing.assert_allclose(bootstrap_t_bounds(values), values.mean(axis=0) - np.stack([above, below]) * error)


def test_bootstrap_t_leans_to_the_long_tail():
    values = np.random.default_rng(4).lognormal(size=(25, 1))
    low, high = bootstrap_t_bounds(values)[:, 0] - values.mean()
    assert high > 1.3 * -low


@pytest.mark.parametrize("values", [(0, 1), (0, 1, 2), (1000,) * 9 + (500,), (7,) * 30])
def test_bootstrap_t_falls_back_on_t_where_draws_without_spread_reach_the_quantile(values):
    np.testing.assert_array_equal(bootstrap_t_bounds(column(*values)), t_bounds(column(*values)))


def test_seeds_that_are_all_equal_have_an_interval_of_no_width():
    for interval in ("auto", "t", "bootstrap-t", "bootstrap"):
        low, high = bounds(np.full((25, 1), 0.1), "mean", interval)[:, 0]
        assert low <= 0.1 + 1e-15
        assert high >= 0.1 - 1e-15
        assert high - low < 1e-12


def test_outer_quantiles_are_those_of_numpy_and_may_be_infinite():
    values = np.random.default_rng(0).normal(size=(101, 2))
    np.testing.assert_allclose(outer_quantiles(values), np.quantile(values, [0.025, 0.975], axis=0))
    values[:10, 0] = -np.inf
    assert outer_quantiles(values)[0, 0] == -np.inf


@pytest.mark.parametrize(
    ("statistic", "n", "expected"),
    [
        ("mean", 5, "t"),
        ("mean", 19, "t"),
        ("mean", 20, "bootstrap-t"),
        ("iqm", 5, "bootstrap"),
        ("median", 90, "bootstrap"),
    ],
)
def test_the_method_that_is_taken_unless_told(statistic, n, expected):
    assert method("auto", statistic, n) == expected
    assert method("minmax", statistic, n) == "minmax"
    values = np.random.default_rng(n).exponential(size=(n, 2))
    np.testing.assert_array_equal(bounds(values, statistic), bounds(values, statistic, expected))


@pytest.mark.parametrize(
    ("interval", "counts", "expected"),
    [
        ("auto", [5, 5], "95 % t interval over seeds"),
        ("auto", [1, 5], "95 % t interval over seeds"),
        ("auto", [30], "95 % bootstrap-t interval over seeds (2,000 resamples)"),
        ("auto", [5, 30], "95 % t interval over seeds, bootstrap-t where n ≥ 20"),
        ("minmax", [5, 30], "lowest to highest seed"),
        ("none", [5], ""),
    ],
)
def test_a_caption_names_the_method_that_was_taken(interval, counts, expected):
    assert interval_names(interval, "mean", counts) == expected


@pytest.mark.parametrize(
    ("data", "n", "interval", "low", "high"),
    [
        ("normal", 5, "t", 0.93, 0.97),
        ("normal", 5, "bootstrap", 0.79, 0.88),
        ("normal", 20, "bootstrap-t", 0.93, 0.97),
        ("log-normal", 20, "t", 0.84, 0.91),
        ("log-normal", 20, "bootstrap-t", 0.89, 0.95),
        ("two humps", 5, "t", 0.91, 0.965),
        ("one in five stuck", 5, "t", 0.60, 0.72),
    ],
)
def test_coverage_is_what_the_documentation_says(data, n, interval, low, high):
    rng = np.random.default_rng(11)
    size = (n, 2000)
    apart = rng.normal(3500, 130, size)
    values, truth = {
        "normal": (rng.normal(size=size), 0),
        "log-normal": (rng.lognormal(size=size), np.exp(0.5)),
        "two humps": (np.where(rng.random(size) < 0.5, apart - 2300, apart), 2350),
        "one in five stuck": (np.where(rng.random(size) < 0.2, apart - 2500, apart), 3000),
    }[data]
    below, above = bounds(values, "mean", interval)
    assert low < np.mean((below <= truth) & (truth <= above)) < high
