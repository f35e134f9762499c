"""What looks decide, who gets further seeds, and how it is said."""

import json

import pytest

from rlbench.analysis.frames.decisions import Plan, as_record, final, judge, undecided_pairs
from rlbench.analysis.report.decision_words import look_cells, seeds_used, verdicts
from rlbench.analysis.statistics.sequential import make_design

ENV = "Hopper-v4"
LOW, HIGH, HIGHER = [float(n) for n in range(20)], [100.0 + n for n in range(20)], [100.5 + n for n in range(20)]
FAR = [200.0 + n for n in range(20)]


def plan(labels=("a", "b"), envs=(ENV,), most=20, baseline=None):
    return Plan(labels, envs, make_design(most, 5), baseline)


def play(asked, values):
    """Every look with the seeds it asks for, as the command plays them."""
    history, looks = [], []
    while pairs := undecided_pairs(asked, looks):
        n = asked.design.seeds[len(looks)]
        history.append({pair: values[pair][:n] for pair in pairs})
        looks = judge(asked, history)
    return looks


def on(env, **values):
    return {(env, label): seeds for label, seeds in values.items()}


def test_algorithms_far_apart_are_decided_at_the_first_look():
    asked = plan()
    looks = play(asked, on(ENV, a=LOW, b=HIGH))
    assert [look.seeds for look in looks] == [5]
    [each] = looks[0].comparisons
    assert (each.better, each.means, each.difference) == ("b", (2.0, 102.0), -100.0)
    assert each.boundary <= 100
    assert verdicts(asked, looks) == [f"{ENV}: b is better than a: 102.0 against 2.0 on average, with 5 seeds each."]
    assert seeds_used(looks) == 10


def test_equal_algorithms_take_all_seeds():
    asked = plan()
    looks = play(asked, on(ENV, a=HIGH, b=HIGHER))
    assert [look.seeds for look in looks] == [5, 10, 15, 20]
    assert verdicts(asked, looks) == [
        f"{ENV}: a and b are not told apart: 109.5 against 110.0 on average, with 20 seeds each."
    ]
    assert verdicts(asked, looks[:1])[0].startswith(f"{ENV}: a and b are not told apart yet: ")


def test_who_is_decided_gets_no_more_seeds_and_the_others_go_on():
    asked = plan(("a", "b", "c"), (ENV, "Ant-v4"))
    looks = play(asked, on(ENV, a=LOW, b=HIGH, c=HIGHER) | on("Ant-v4", a=HIGHER, b=HIGH, c=FAR))
    assert set(looks[0].scores) == {(env, label) for env in (ENV, "Ant-v4") for label in "abc"}
    decided = next(number for number, look in enumerate(looks) if any(each.better for each in look.comparisons))
    assert set(looks[decided + 1].scores) == {(ENV, "b"), (ENV, "c"), ("Ant-v4", "a"), ("Ant-v4", "b")}
    assert len(looks) == 4
    found = {names: each.better for names, (_, each) in final(looks).items()}
    assert found == {
        (ENV, "a", "b"): "b",
        (ENV, "a", "c"): "c",
        (ENV, "b", "c"): None,
        ("Ant-v4", "a", "b"): None,
        ("Ant-v4", "a", "c"): "c",
        ("Ant-v4", "b", "c"): "c",
    }
    assert [line for line in verdicts(asked, looks) if "best" in line] == [
        f"{ENV}: the best is among b, c.",
        "Ant-v4: c is the best.",
    ]
    assert seeds_used(looks) == 4 * 20 + 2 * looks[decided].seeds


def test_a_baseline_alone_is_compared_with():
    asked = plan(("a", "b", "c"), baseline="b")
    assert asked.comparisons == [(ENV, "b", "a"), (ENV, "b", "c")]
    looks = play(asked, on(ENV, a=LOW, b=HIGH, c=[value + 100 for value in HIGH]))
    assert verdicts(asked, looks)[0] == f"{ENV}: better than b: c; worse: a."


def test_a_seed_that_diverged_counts_as_the_lowest_of_both():
    asked = plan(most=5)
    [look] = judge(asked, [on(ENV, a=[1.0, 2.0, None, 4.0, 5.0], b=[11.0, 12.0, 13.0, None, 15.0])])
    [each] = look.comparisons
    assert each.means == ((1 + 2 + 1 + 4 + 5) / 5, (11 + 12 + 13 + 1 + 15) / 5)
    [look] = judge(asked, [on(ENV, a=[None] * 5, b=[None] * 5)])
    assert (look.comparisons[0].difference, look.comparisons[0].better) == (0, None)


def test_the_record_is_plain_json_and_tells_every_look():
    looks = play(plan(("a", "b", "c")), on(ENV, a=LOW, b=HIGH, c=HIGHER))
    told = json.loads(json.dumps(as_record(looks), allow_nan=False))
    assert [each["look"] for each in told] == [1, 2, 3, 4]
    first = told[0]["comparisons"][0]
    assert (first["first"], first["second"], first["better"]) == ("a", "b", None)
    assert first["boundary"] is None  # 2 of 252 divisions are too many for a third of the first look's share
    assert told[0]["scores"] == {ENV: {"a": LOW[:5], "b": HIGH[:5], "c": HIGHER[:5]}}
    assert [row[-1] for row in look_cells(looks[0])] == ["not yet"] * 3
    assert look_cells(looks[0])[0][-2] == "-"


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
def test_decisions_do_not_depend_on_the_scale(scale):
    values = on(ENV, a=[value * scale for value in LOW], b=[(value + 6) * scale for value in LOW[::-1]])
    looks = play(plan(), values)
    assert [each.better for look in looks for each in look.comparisons] == [
        each.better for look in play(plan(), on(ENV, a=LOW, b=[value + 6 for value in LOW[::-1]]))
        for each in look.comparisons
    ]  # fmt: skip
