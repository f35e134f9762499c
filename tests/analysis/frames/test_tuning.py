"""The objective of a search over settings, by hand, and the ranking by it."""

import pytest

from rlbench.analysis.frames.tuning import Scored, ranked, scales_of, score_trial


def test_the_objective_by_hand():
    scores = {"A": [0.0, 100.0, 200.0, 300.0, 400.0], "B": [10.0, 30.0]}
    found = score_trial(3, scores, {"A": (0.0, 1000.0), "B": (0.0, 100.0)})
    assert found.tasks == pytest.approx({"A": (0.2 + 0.1) / 2, "B": (0.2 + 0.15) / 2})  # mean and lower quartile
    assert found.objective == pytest.approx((0.15 + 0.175) / 2)


def test_a_setting_with_one_bad_seed_is_below_a_steady_one_of_the_same_mean():
    scales = {"A": (0.0, 1.0)}
    steady, loose = score_trial(1, {"A": [2.0, 2.0, 2.0]}, scales), score_trial(0, {"A": [0.0, 3.0, 3.0]}, scales)
    assert [each.trial for each in ranked([loose, steady])] == [1, 0]


def test_what_diverged_or_failed_is_last_and_equals_keep_their_order():
    scales = {"A": (0.0, 1.0)}
    trials = [
        Scored(0, {}, failed="no"),
        score_trial(1, {"A": [None, None]}, scales),
        score_trial(2, {"A": [9.0, None]}, scales),
        score_trial(4, {"A": [-5.0, -5.0]}, scales),
        score_trial(3, {"A": [-5.0, -5.0]}, scales),
    ]
    assert [each.trial for each in ranked(trials)] == [3, 4, 2, 1, 0]
    assert [each.objective for each in ranked(trials)][2:] == [None] * 3


def test_scales():
    found, without = scales_of(["InvertedPendulum-v4", "FrozenLake-v1", "Hopper-v4"], {"Hopper-v4": (0.0, 10.0)})
    assert found == {"InvertedPendulum-v4": (6.23, 1000.0), "Hopper-v4": (0.0, 10.0)}
    assert without == ["FrozenLake-v1"]
