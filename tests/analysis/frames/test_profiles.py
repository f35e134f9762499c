import numpy as np
import pytest

from rlbench.analysis.frames.aggregates import aggregate_frame
from rlbench.analysis.frames.profiles import profile_frame
from rlbench.analysis.statistics.aggregates import aggregate_bounds
from rlbench.analysis.statistics.profiles import share_above, share_bounds

TWO = {"A": {"x": np.array([0.0, 1.0]), "y": np.array([0.5, 0.5, 0.5, 2.0])}, "B": {"x": np.array([2.0, 2.0])}}
TWO["B"]["y"] = np.array([0.0, 3.0, 3.0, 3.0])


def test_shares_by_hand():
    """Environments weigh the same: of x, half and all are above 0.5; of y, a quarter and three quarters."""
    frame = profile_frame(TWO).set_index(["algorithm", "threshold"])["share"]
    assert frame["x"].to_list() == [1, 0.75, 0.75, 0.5, 0, 0]  # below 0, then above 0, .5, 1, 2 and 3
    assert frame["y"].to_list() == [1, 0.875, 0.5, 0.5, 0.375, 0]


def test_a_band_holds_the_share_and_is_empty_for_one_seed():
    rng = np.random.default_rng(0)
    strata = [rng.normal(size=8), rng.normal(size=5)]
    thresholds = np.linspace(-2, 2, 9)
    low, high = share_bounds(strata, thresholds)
    share = share_above(strata, thresholds)
    assert (low <= share).all()
    assert (share <= high).all()
    assert (high - low).max() > 0.3
    assert np.isnan(share_bounds([strata[0], np.array([1.0])], thresholds)).all()


def test_the_band_is_that_of_the_mean_of_zeros_and_ones():
    """A share is a mean, so its bootstrap is that of the mean's with the same draws."""
    from rlbench.analysis.statistics.aggregates import stratified
    from rlbench.analysis.statistics.resampling import outer_quantiles

    strata = [np.array([0.1, 0.4, 0.9]), np.array([0.2, 0.8, 0.7, 0.6])]
    ones = [(stratum > 0.5).astype(float) for stratum in strata]
    expected = outer_quantiles(stratified(ones)[:, None])[:, 0]
    assert share_bounds(strata, np.array([0.5]))[:, 0] == pytest.approx(expected)


def test_equal_scores_and_many_scores_have_a_profile():
    same = profile_frame({"A": {"x": np.zeros(3)}})
    assert same["share"].to_list() == [1, 0]
    many = profile_frame({"A": {"x": np.random.default_rng(0).normal(size=2000)}})
    assert len(many) == 400
    assert (many["share"].iloc[0], many["share"].iloc[-1]) == (1, 0)


def test_the_optimality_gap_by_hand():
    """Shortfalls below 1: of x 1 and 0 on A and none on B, so .25 on average; a run beyond 1 makes up for nothing."""
    frame = aggregate_frame(TWO, "gap").set_index("algorithm")
    assert frame.loc["x", "value"] == pytest.approx(0.25)
    assert frame.loc["y", "value"] == pytest.approx((1.5 / 4 + 1 / 4) / 2)
    strata = [np.maximum(1 - found["y"], 0) for found in TWO.values()]
    assert frame.loc["y", "high"] == pytest.approx(aggregate_bounds(strata)[1])
    assert frame.loc["x", "low"] < 0  # no gap is below 0, but intervals are as computed: the caption says so
