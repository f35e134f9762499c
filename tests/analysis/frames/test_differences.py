import numpy as np
import pytest

from rlbench.analysis.frames.differences import ALL, aggregate_difference_frame, difference_frame
from rlbench.analysis.statistics.corrections import holm
from rlbench.analysis.statistics.divisions import smallest_p
from rlbench.analysis.statistics.improvement import improvement_bounds
from rlbench.analysis.statistics.permutation import difference_bounds, permutation_p
from rlbench.analysis.statistics.planning import needed_seeds

LOW, MIDDLE, HIGH = np.arange(6.0), np.arange(6.0) + 1, np.arange(6.0) + 100


def test_every_pair_with_the_higher_mean_first():
    frame = difference_frame({"E": {"low": LOW, "high": HIGH, "middle": MIDDLE}})
    assert frame[["a", "b", "difference"]].to_numpy().tolist() == [
        ["high", "middle", 99],
        ["high", "low", 100],
        ["middle", "low", 1],
    ]
    assert frame["p"].tolist() == [
        permutation_p((HIGH, MIDDLE)),
        permutation_p((HIGH, LOW)),
        permutation_p((MIDDLE, LOW)),
    ]
    assert frame["p_corrected"].tolist() == holm(frame["p"]).tolist()
    assert frame["better"].tolist() == ["high", "high", ""]
    assert frame.loc[2, ["low", "high"]].tolist() == list(difference_bounds((MIDDLE, LOW)))
    assert frame.loc[2, "improvement"] == pytest.approx(23.5 / 36)  # of 36 pairs 21 are won and 5 are ties
    assert frame.loc[2, ["improvement_low", "improvement_high"]].tolist() == list(improvement_bounds(MIDDLE, LOW))
    assert frame["smallest_p"].tolist() == [pytest.approx(3 * smallest_p((6, 6)))] * 3
    deviation = np.sqrt(3.5)
    assert frame["needed"].isna().tolist() == [True, True, False]
    assert frame.loc[2, "needed"] == needed_seeds(1, deviation, deviation, 0.05 / 3)


def test_all_environments_are_one_family():
    one = difference_frame({"E": {"a": MIDDLE, "b": LOW}})
    two = difference_frame({"E": {"a": MIDDLE, "b": LOW}, "F": {"a": MIDDLE, "b": LOW}})
    assert two["p_corrected"].tolist() == pytest.approx([2 * one["p"][0]] * 2)
    assert two["env"].tolist() == ["E", "F"]


def test_a_baseline_is_compared_with_each_other():
    frame = difference_frame(
        {"E": {"low": LOW, "high": HIGH, "middle": MIDDLE}, "F": {"low": LOW, "high": HIGH}}, "middle"
    )
    assert frame[["env", "a", "b"]].to_numpy().tolist() == [["E", "high", "middle"], ["E", "middle", "low"]]


def test_one_seed_and_missing_values_cannot_be_tested_and_are_not_counted():
    frame = difference_frame({"E": {"a": LOW, "b": HIGH, "one": HIGH[:1], "gap": np.array([np.nan, 1, 2])}})
    tested = frame["p"].notna()
    assert frame[tested][["a", "b"]].to_numpy().tolist() == [["b", "a"]]
    assert frame.loc[tested, "p_corrected"].item() == frame.loc[tested, "p"].item()
    empty = ["low", "high", "p", "p_corrected", "smallest_p", "improvement", "needed"]
    assert frame.loc[~tested, empty].isna().all(axis=None)
    assert (frame.loc[~tested, "better"] == "").all()


def test_too_few_seeds_need_at_least_as_many_as_the_test_does():
    rng = np.random.default_rng(0)
    far = difference_frame({"E": {"a": 1000 + rng.random(3), "b": rng.random(3)}})
    assert far.loc[0, "p_corrected"] == pytest.approx(0.1)
    assert far.loc[0, "better"] == ""
    assert far.loc[0, "needed"] == 4


def test_over_environments():
    values = {env: {"a": MIDDLE, "b": LOW} for env in "EFG"}
    frame = aggregate_difference_frame(values)
    assert frame.loc[0, "env"] == ALL
    assert frame.loc[0, ["n_a", "n_b", "difference"]].tolist() == [18, 18, 1]
    assert frame.loc[0, "p"] == permutation_p(*[(MIDDLE, LOW)] * 3)
    alone = difference_frame({"E": values["E"]}).loc[0]
    assert frame.loc[0, "p"] < alone["p"]
    assert frame.loc[0, "improvement"] == pytest.approx(alone["improvement"])
    width = frame["improvement_high"] - frame["improvement_low"]
    assert width[0] < alone["improvement_high"] - alone["improvement_low"]


@pytest.mark.parametrize(("families", "most"), [(40, 5), pytest.param(150, 12, marks=pytest.mark.slow)])
def test_equal_algorithms_are_seldom_called_better(families, most):
    """Three algorithms on two environments of two humps: six comparisons, and yet at most 5 % of such families."""
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(families):
        values = {
            env: {name: np.where(rng.random(6) < 0.5, 1200, 3500) + rng.normal(0, 130, 6) for name in ("a", "b", "c")}
            for env in ("E", "F")
        }
        alarms += (difference_frame(values)["better"] != "").any()
    assert alarms <= most
