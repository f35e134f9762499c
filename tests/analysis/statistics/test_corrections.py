import numpy as np
import pytest

from rlbench.analysis.statistics.corrections import holm


def test_holm_by_hand():
    # sorted: .01 * 4, .02 * 3, .03 * 2 (not less than .06), .5 * 1
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])


def test_one_comparison_needs_no_correction_and_none_is_above_one():
    assert holm([0.04]) == pytest.approx([0.04])
    assert holm([0.6, 0.7, 0.9]) == pytest.approx([1, 1, 1])
    assert holm([]).shape == (0,)


def test_false_alarms_in_a_family_stay_at_five_per_cent():
    p = np.random.default_rng(0).random((4000, 10))
    assert np.mean([holm(row).min() <= 0.05 for row in p]) == pytest.approx(0.05, abs=0.012)
