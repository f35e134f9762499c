import subprocess
import sys

import numpy as np
import pytest

from rlbench.analysis.statistics.estimates import estimate, weights


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


def test_statistics_need_numpy_and_the_special_functions_of_scipy_alone():
    modules = "estimates intervals resampling divisions permutation corrections improvement planning areas aggregates"
    code = (
        f"import sys; [__import__(f'rlbench.analysis.statistics.{{m}}') for m in {modules.split()}]; "
        "print([m for m in ('pandas', 'matplotlib', 'scipy.stats', 'rich', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
