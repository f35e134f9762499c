import numpy as np
import pandas as pd
import pytest

from rlbench.analysis.frames.differences import aggregate_difference_frame, difference_frame
from rlbench.analysis.report.verdict import leader_of_all, leaders, limits, p_text, sentences

GOOD = np.array([3300.0, 3350, 3400, 3450, 3500])
FAIR = np.array([3290.0, 3350, 3380, 3430, 3475])
POOR = np.array([1000.0, 1010, 1020, 1030, 1040])


def scores(n, algorithms=2):
    rows = [("E", name, seed) for name in range(algorithms) for seed in range(n)]
    return pd.DataFrame(rows, columns=["env", "algorithm", "seed"])


def test_what_differs_and_what_cannot_be_told():
    told = sentences(difference_frame({"Hopper-v4": {"trpo": GOOD, "ppo": FAIR, "npg": POOR}}))
    assert told == [
        "trpo and ppo are not distinguishable on Hopper-v4 with 5 seeds each: trpo's mean is higher by "
        "15 [−103, 130], corrected p = .77. To show a true difference of that size takes about 530 seeds each.",
        "trpo is better than npg on Hopper-v4, by 2380 [2295, 2465] (5 seeds each, corrected p = .024).",
        "ppo is better than npg on Hopper-v4, by 2365 [2290, 2443] (5 seeds each, corrected p = .024).",
    ]


def test_unequal_seeds_equal_means_and_hopeless_differences():
    frame = difference_frame({"E": {"a": GOOD, "b": np.append(POOR, 990.0)}})
    assert "(5 and 6 seeds, corrected p = .0022)" in sentences(frame)[0]
    assert sentences(difference_frame({"E": {"a": np.full(5, 1000.0), "b": np.full(5, 1000.0)}})) == [
        "a and b are not distinguishable on E with 5 seeds each: their means are equal."
    ]
    close = sentences(difference_frame({"E": {"a": GOOD, "b": GOOD + 0.01}}))[0]
    assert close.endswith("To show a true difference of that size takes more than 1,000 seeds each.")


def test_what_cannot_be_tested():
    told = sentences(difference_frame({"E": {"a": GOOD, "b": POOR[:1], "c": np.array([np.nan, 1.0])}}))
    assert told[0] == "a and b cannot be compared on E: b has one seed."
    single = sentences(difference_frame({"E": {"a": GOOD[:1], "b": POOR[:1]}}))
    assert single == ["a and b cannot be compared on E: a and b have one seed."]
    assert "a and c cannot be compared on E: not every seed has a value." in [
        line.replace("c and a", "a and c") for line in told
    ]


def test_over_all_environments():
    values = {env: {"a": GOOD / 1000, "b": POOR / 1000} for env in ("E", "F")}
    assert sentences(aggregate_difference_frame(values))[0].startswith(
        "a is better than b over all environments together, by 2.380 ["
    )
    near = sentences(aggregate_difference_frame({env: {"a": GOOD, "b": FAIR} for env in ("E", "F")}))[0]
    assert "with 10 runs each" in near
    assert near.endswith("seeds each on each environment.")


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0.0001, "< .001"), (0.0079365, "= .0079"), (0.1, "= .10"), (0.929, "= .93"), (0.9999, "= 1"), (1, "= 1")],
)
def test_p_as_papers_print_it(p, expected):
    assert p_text(p) == expected


def test_the_limit_is_said_before_somebody_trains_in_vain():
    eight = {f"a{i}": GOOD + i for i in range(8)}
    lines = limits(difference_frame({"E": eight}), scores(5, 8))
    assert lines[0] == (
        "With 5 seeds each and 28 comparisons the smallest corrected p that can occur is .22: no difference, however "
        "large, can be told. At least 7 seeds each are needed. Fewer comparisons need fewer: --baseline compares with "
        "one algorithm only."
    )
    against_one = limits(difference_frame({"E": eight}, "a0"), scores(5, 8))
    assert "At least 6 seeds each are needed." in against_one[0]
    two = limits(difference_frame({"E": {"a": GOOD, "b": POOR}}), scores(5))
    assert two == [
        "With 5 seeds each and 1 comparison the smallest corrected p that can occur is .0079.",
        "With 5 seeds no interval keeps its 95 % on a task where seeds get stuck or fall into two groups.",
        "Intervals are about means. The range of 5 runs holds 90 % of all runs with a confidence of 8 % only, so it "
        "does not tell how well the next run will do.",
    ]
    many = np.arange(12.0)
    assert len(limits(difference_frame({"E": {"a": many, "b": many + 1}}), scores(12))) == 2


def test_leaders():
    values = {"E": {"a": GOOD, "b": FAIR, "c": POOR}}
    few = {"E": {name: scores[:3] for name, scores in values["E"].items()}}
    estimates = pd.DataFrame(
        [("E", "a", True, 3400), ("E", "b", True, 3370), ("E", "c", False, 1000)],
        columns=["env", "algorithm", "best", "mean"],
    )
    assert leaders(estimates, difference_frame(values)) == [
        "a has the highest mean on E; b is not distinguishable from it. 2 of 3 pairs can be told apart."
    ]
    assert leaders(estimates.assign(best=False), difference_frame(few)) == [
        "a has the highest mean on E, but so few seeds cannot tell any of 3 pairs apart."
    ]


def test_the_leader_over_all_environments():
    values = {env: {"a": FAIR, "b": GOOD, "c": POOR} for env in ("E", "F")}
    head = "b has the highest mean over all environments together; a is not distinguishable from it. "
    assert leader_of_all(aggregate_difference_frame(values)) == [head + "2 of 3 pairs can be told apart."]
    assert leader_of_all(aggregate_difference_frame(values, "a")) == [head + "1 of 2 pairs can be told apart."]
    few = {env: {name: scores[:2] for name, scores in found.items()} for env, found in values.items()}
    assert leader_of_all(aggregate_difference_frame(few)) == [
        "b has the highest mean over all environments together, but so few seeds cannot tell any of 3 pairs apart."
    ]
    assert leader_of_all(aggregate_difference_frame(values)[:0]) == []
