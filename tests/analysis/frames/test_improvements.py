import numpy as np
import pandas as pd
import pytest

from rlbench.analysis.frames.differences import aggregate_difference_frame, difference_frame
from rlbench.analysis.frames.improvements import improvement_frame

RNG = np.random.default_rng(1)
SCORES = {
    env: {name: RNG.normal(mean, 1, size=5) for mean, name in enumerate(("a", "b", "c"))} for env in ("A", "B", "C")
}


@pytest.mark.parametrize("baseline", [None, "b"])
def test_the_numbers_are_those_of_the_differences(baseline):
    """One environment as `compare` prints it, and several as its row of all environments."""
    alone = {"A": SCORES["A"]}
    for mine, theirs in (
        (improvement_frame(alone, baseline), difference_frame(alone, baseline)),
        (improvement_frame(SCORES, baseline), aggregate_difference_frame(SCORES, baseline)),
    ):
        pd.testing.assert_frame_equal(mine, theirs[list(mine)])


def test_a_pair_with_one_seed_has_no_probability():
    frame = improvement_frame({"A": {"a": np.array([1.0, 2.0]), "b": np.array([3.0])}})
    assert frame[["a", "b"]].to_numpy().tolist() == [["b", "a"]]
    assert np.isnan(frame["improvement"]).all()
