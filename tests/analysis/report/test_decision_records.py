"""Records of decisions are computed again, from their scores and from the runs, whoever wrote them."""

import json

import pytest

from rlbench.analysis.frames.decisions import Plan, as_record, judge, undecided_pairs
from rlbench.analysis.report.decision_records import check_record
from rlbench.analysis.report.decision_words import verdicts
from rlbench.analysis.statistics.divisions import DRAWN, EXACT
from rlbench.analysis.statistics.sequential import make_design

ENV = "CartPole-v1"
VALUES = {
    "cem": [200.0, 210.5, 190.0, None, 205.0, 204.0, 206.0, 201.0, 203.0, 202.0],
    "trpo": [199.0 + i for i in range(10)],
}


@pytest.fixture
def record(tmp_path, write_run, points):
    """The runs of a decision that took all its seeds, and its record; one seed diverged."""
    plan = Plan(("cem", "trpo"), (ENV,), make_design(10, 5))
    history, looks = [], []
    while pairs := undecided_pairs(plan, looks):
        history.append({pair: VALUES[pair[1]][: plan.design.seeds[len(looks)]] for pair in pairs})
        looks = judge(plan, history)
    assert len(looks) == 2
    for label, values in VALUES.items():
        for seed, value in enumerate(values):
            status = {"status": "diverged"} if value is None else {}
            rows = points([4096], ["" if value is None else value], "eval_return_det")
            write_run(tmp_path, ENV, label, seed, rows=rows, **status)
    content = {
        "format": 1,
        "plan": {
            "algorithms": {label: {"algorithm": label, "settings": {}} for label in plan.labels},
            "envs": [ENV],
            "baseline": None,
            "seeds": "0-9",
            "groups": [5, 5],
            "metric": "eval-det",
            "score": "final",
            "alpha": 0.05,
            "divisions": {"all_up_to": EXACT, "else_drawn": DRAWN},
        },
        "looks": as_record(looks),
        "ended": True,
        "verdicts": verdicts(plan, looks),
    }
    path = tmp_path / "decisions" / "cem-vs-trpo.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    return path


def altered(path, *keys, value):
    """The record with another value in one place."""
    content = json.loads(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content))


def test_a_record_as_it_was_written_has_no_problem(record):
    check = check_record(record)
    assert (check.problems, check.notes) == ([], [])


ALTERED = [
    (("verdicts", 0), "CartPole-v1: cem is better", "its verdicts are not those that its scores give"),
    (("ended",), False, "it says that the decision has not ended"),
    (
        ("looks", 1, "comparisons", 0, "difference"),
        99.0,
        "the comparisons of look 2 are not those that its scores give",
    ),
    (("looks", 1, "comparisons", 0, "better"), "cem", "the comparisons of look 2 are not those"),
    (("looks", 1, "scores", ENV, "cem", 9), 999.0, "the scores of look 2 are not those of the runs: "),
    (("looks", 0, "scores", ENV, "cem", 3), 1.0, "the scores of look 1 are not those of the runs: "),
    (("looks", 0, "scores", ENV), {"cem": [1.0] * 5}, "look 1 has not the scores of all that was undecided"),
    (("looks", 0, "seeds"), 7, "look 1 is none of its plan"),
    (("looks", 0, "scores", ENV, "cem", 0), "1", "look 1 has odd scores of cem on CartPole-v1"),
    (("plan", "seeds"), "0-7", "its plan has 8 seeds, and its groups 10"),
    (("plan", "seeds"), "x", "its plan or its looks are incomplete"),
    (("plan", "groups"), [10**9, 5], "its groups of seeds are (1000000000, 5)"),
    (("plan", "algorithms"), {"../../x": {}, "trpo": {}}, "no algorithm or variant can be called '../../x'"),
    (("plan", "metric"), "returns", "its metric, score or alpha is none"),
    (("plan",), None, "its plan or its looks are incomplete"),
    (("format",), 2, "it is no record of a decision in format 1"),
]


@pytest.mark.parametrize(
    ("keys", "value", "told"), ALTERED, ids=[f"{keys[-1]} {told[:30]}" for keys, _, told in ALTERED]
)
def test_a_record_that_was_changed_is_a_problem(record, keys, value, told):
    altered(record, *keys, value=value)
    problems = check_record(record).problems
    assert told in " ".join(problems)
    assert all(
        "\n" not in line and line.endswith("; the same rlbench decide makes it anew from the runs") for line in problems
    )


def test_runs_that_were_changed_are_a_problem_of_the_record_too(record, write_run, points):
    rows = points([4096], [1000.0], "eval_return_det")
    write_run(record.parent.parent, ENV, "trpo", 7, rows=rows)
    [problem] = check_record(record).problems
    assert "the scores of look 2 are not those of the runs: " in problem
    assert "trpo/seed-7" in problem


def test_a_record_without_its_runs_is_verified_by_itself(record):
    record.parent.parent.joinpath(ENV).rename(record.parent.parent / "elsewhere")
    check = check_record(record)
    assert check.problems == []
    assert "not compared with runs that are not there: " in check.notes[0]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}', "[" * 100_000])
def test_what_is_no_record_is_said_in_a_line(record, content):
    record.write_text(content)
    [problem] = check_record(record).problems
    assert problem.count("\n") == 0


def test_another_versions_looks_are_not_computed_again(record):
    altered(record, "plan", "divisions", value={"all_up_to": 5, "else_drawn": 5})
    [note] = check_record(record).notes
    assert "another version of rlbench made it" in note
