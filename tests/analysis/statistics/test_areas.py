import numpy as np
import pytest

from rlbench.analysis.statistics.areas import first_reached, mean_height

STEPS, VALUES = np.array([10.0, 20, 40]), np.array([1.0, 3, 5])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (10, 40, (20 + 80) / 30),  # trapezoids of 2 * 10 and 4 * 20
        (10, 20, 2),
        (15, 20, 2.5),  # from (15, 2)
        (10, 50, (20 + 80 + 50) / 40),  # the last value carried
        (10, 30, (20 + 30) / 20),  # what lies beyond the end does not count: 3 is carried from 20 to 30
        (40, 40, 5),
    ],
)
def test_mean_height_by_hand(start, end, expected):
    assert mean_height(STEPS, VALUES, start, end) == pytest.approx(expected)


def test_no_point_within_is_no_number():
    assert np.isnan(mean_height(STEPS, VALUES, 0, 5))


def test_first_reached():
    assert first_reached(STEPS, VALUES, 3) == 20
    assert first_reached(STEPS, VALUES, 0) == 10
    assert first_reached(STEPS, VALUES, 5.1) == np.inf
