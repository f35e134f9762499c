import numpy as np
import pytest
from scipy import stats

from rlbench.analysis.statistics.planning import needed_seeds, tolerance


def test_five_runs_tell_little_of_the_next():
    assert tolerance(5) == pytest.approx(0.0815, abs=5e-5)  # 1 - 5 * .9^4 + 4 * .9^5
    assert tolerance(38) >= 0.9 > tolerance(37)
    assert tolerance(1) == pytest.approx(0)


def test_tolerance_is_seen_in_draws():
    runs = np.random.default_rng(0).random((20_000, 5))
    assert np.mean(np.ptp(runs, axis=1) >= 0.9) == pytest.approx(tolerance(5), abs=0.007)


@pytest.mark.parametrize(("effect", "expected"), [(1.0, 17), (0.5, 64), (0.8, 26), (0.2, 394)])
def test_needed_seeds_are_those_of_cohens_table(effect, expected):
    """Cohen 1988, table 2.4.1: two-sided 5 %, power .80."""
    assert needed_seeds(effect, 1, 1) == pytest.approx(expected, abs=1)


def test_a_corrected_level_needs_more_and_unequal_spreads_are_averaged():
    assert needed_seeds(1, 1, 1, alpha=0.05 / 3) > needed_seeds(1, 1, 1)
    assert needed_seeds(1, 0, np.sqrt(2)) == needed_seeds(1, 1, 1)
    assert needed_seeds(-1, 1, 1) == needed_seeds(1, 1, 1)


def test_the_answer_has_the_power_it_promises():
    n = needed_seeds(1.5, 1, 1)
    rng = np.random.default_rng(1)
    p = stats.ttest_ind(rng.normal(1.5, 1, (4000, n)), rng.normal(size=(4000, n)), axis=1).pvalue
    assert 0.78 <= np.mean(p <= 0.05) <= 0.88


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((0, 1, 1), None), ((0.001, 1, 1), None), ((1, 0, 0), 2), ((1e9, 1, 1), 2), ((1, np.nan, 1), None)],
)
def test_edges(arguments, expected):
    assert needed_seeds(*arguments) == expected
