from dataclasses import replace

import numpy as np
import pytest

from rlbench.analysis.options import ComparisonOptions
from rlbench.analysis.published import scale
from rlbench.analysis.reading.choice import Choice
from rlbench.analysis.report import compare
from rlbench.analysis.report import comparison_grids as grids
from rlbench.analysis.report.compare import make_comparison
from rlbench.errors import UserError

HEADER = "env_steps,return_mean,eval_return_det,eval_return_stoch"


@pytest.fixture
def results(tmp_path, write_run):
    """Six seeds of three algorithms on two environments: a is far better than b and c, which are alike."""
    rng = np.random.default_rng(0)
    for env in ("Hopper-v4", "Walker2d-v4"):
        for algorithm, level in (("a", 3000), ("b", 1000), ("c", 1010)):
            for seed in range(6):
                value = level + rng.normal(0, 50)
                rows = [f"500,{value / 2},{value / 2},{value / 2}", f"1000,{value},{value},{value - 5}"]
                write_run(tmp_path, env, algorithm, seed, header=HEADER, rows=rows)
    return tmp_path


@pytest.fixture
def compared(results):
    return lambda choice=None, **options: make_comparison(choice or Choice((results,)), ComparisonOptions(**options))


def test_the_whole(compared):
    made = compared()
    assert (made.metric, made.score) == ("eval-det", "final")
    assert len(made.scores) == 36
    assert made.notes == []
    best = made.estimates.set_index(["env", "algorithm"])["best"]
    assert best["Hopper-v4"].to_dict() == best["Walker2d-v4"].to_dict() == {"a": True, "b": False, "c": False}
    assert made.differences["better"].tolist() == ["a", "a", ""] * 2
    assert made.aggregate_differences["better"].tolist()[:2] == ["a", "a"]
    assert len(made.verdicts) == 9
    assert made.verdicts[0].startswith("a is better than b on Hopper-v4, by ")
    assert len(made.thresholds) == 0
    assert made.published is None


def test_normalised_scores_are_fixed(compared, results):
    """Leaving an algorithm out changes no number of the others."""
    whole = compared().aggregates.set_index("algorithm")
    two = compared(Choice((results,), algorithms=("a", "b"))).aggregates.set_index("algorithm")
    assert whole.loc[["a", "b"]].equals(two)
    made = compared().scores.query("algorithm == 'a'")
    means = made.groupby("env")["final"].mean()
    expected = np.mean([(means[env] - scale(env)[0]) / (scale(env)[1] - scale(env)[0]) for env in means.index])
    assert whole.loc["a", "value"] == pytest.approx(expected)


def test_metrics_scores_and_statistics(compared):
    assert compared(metric="eval-stoch").estimates["value"][0] == pytest.approx(compared().estimates["value"][0] - 5)
    auc = compared(score="auc").estimates["value"][0]
    assert auc == pytest.approx(0.75 * compared().estimates["value"][0])
    made = compared(statistic="iqm")
    assert made.estimates["value"].equals(made.estimates["iqm"])
    assert made.differences.equals(compared().differences)
    assert grids.estimates_grid(made).rows[0][4].endswith("°")


def test_training_returns_are_taken_where_a_run_was_never_evaluated(results, write_run, compared):
    write_run(results, "Hopper-v4", "a", 6, header=HEADER, rows=["1000,3000,,"])
    assert compared().metric == "return"
    with_gap = compared(metric="eval-det")
    assert "a and b cannot be compared on Hopper-v4: not every seed has a value." in [
        line.replace("b and a", "a and b") for line in with_gap.verdicts
    ]
    assert "left out of the averages over environments, as an algorithm has no score there: Hopper-v4" in with_gap.notes


def test_one_environment_and_those_without_a_scale_make_no_aggregate(results, write_run, compared):
    one = compared(Choice((results,), envs=("Hopper-v4",)))
    assert len(one.aggregates) == len(one.aggregate_differences) == 0
    assert one.notes == []
    for algorithm in "abc":
        write_run(results, "Mine-v0", algorithm, header=HEADER, rows=["1000,1,1,1"])
    made = compared()
    assert "left out of the averages over environments, as no scale is defined: Mine-v0" in made.notes
    assert made.aggregates["environments"].tolist() == [2, 2, 2]


def test_environments_of_one_algorithm_alone_are_left_out(results, write_run, compared):
    write_run(results, "Ant-v4", "a", header=HEADER, rows=["1000,1,1,1"])
    made = compared()
    assert set(made.estimates["env"]) == {"Hopper-v4", "Walker2d-v4"}


def test_a_baseline(compared):
    made = compared(baseline="b")
    assert len(made.differences) == 4
    assert not made.estimates["best"].any()
    assert "*" not in grids.estimates_grid(made).caption


def test_results_of_two_folders_are_two_algorithms(results, write_run, tmp_path):
    other = tmp_path / "other"
    for seed in range(6):
        write_run(other, "Hopper-v4", "a", seed, header=HEADER, rows=["1000,1,1,1"])
    made = make_comparison(Choice((results, other), algorithms=("a",)))
    assert sorted(made.estimates["algorithm"]) == sorted([f"a [{results.name}]", "a [other]"])


def test_thresholds(results, compared):
    for seed, seconds in enumerate((10, 20, 30, 40, 50, 60)):
        timing = f"iteration,env_steps,wall_time\n1,500,{seconds / 2}\n2,1000,{seconds}\n"
        (results / "Hopper-v4" / "a" / f"seed-{seed}" / "timing.csv").write_text(timing)
    found = compared(threshold=1400).thresholds.set_index(["env", "algorithm"])
    a = found.loc["Hopper-v4", "a"]
    assert (a["reached"], a["median_steps"], a["median_seconds"]) == (6, 500, 17.5)
    assert a["steps"] == [500] * 6
    b = found.loc["Hopper-v4", "b"]
    assert (b["reached"], b["median_steps"], b["median_seconds"], b["steps"]) == (0, np.inf, np.inf, [])
    assert np.isnan(found.loc["Walker2d-v4", "a"]["median_seconds"])
    rows = grids.thresholds_grid(compared(threshold=1400)).rows
    assert rows[0] == ("Hopper-v4", "a", "6 of 6", "500", "17.5")
    assert rows[1] == ("", "b", "0 of 6", "not reached", "–")


def test_tables(compared):
    made = compared()
    estimates = grids.estimates_grid(made)
    assert estimates.rows[0][:4] == ("Hopper-v4", "a *", "6", "1k")
    assert [row[1] for row in estimates.rows[:3]] == ["a *", "b", "c"]
    differences = grids.differences_grid(made.differences)
    assert differences.rows[0][1] == "a − b >"
    assert differences.rows[0][3:] == (".0022", ".013", "1.00 [0.69, 1.00]")
    assert "exact permutation test" in differences.caption
    assert "Holm, 6 comparisons" in differences.caption
    together = grids.differences_grid(made.aggregate_differences)
    assert together.rows[0][0] == "all environments"
    assert "20,000 random ones" in together.caption
    assert grids.aggregates_grid(made).rows[0][:2] == ("a", "12")
    assert "over 2 environments" in grids.aggregates_grid(made).caption


def test_nothing_is_marked_where_nothing_could_be_told(tmp_path, write_run):
    for algorithm, level in (("a", 3000), ("b", 10)):
        for seed in range(3):
            write_run(tmp_path, "Hopper-v4", algorithm, seed, header=HEADER, rows=[f"1000,1,{level + seed},1"])
    made = make_comparison(Choice((tmp_path,)))
    assert not made.estimates["best"].any()
    assert made.differences["better"].tolist() == [""]
    assert "At least 4 seeds each are needed." in made.limits[0]


def test_mixed_runs_are_compared_by_name_where_that_is_allowed(tmp_path, write_run):
    for seed in range(4):
        write_run(tmp_path, algorithm="a", seed=seed, physics="C" if seed < 2 else "warp")
    with pytest.raises(UserError, match=r"Hopper-v4: runs differ in physics: C \(a\), warp \(a\)"):
        make_comparison(Choice((tmp_path,)))
    made = make_comparison(Choice((tmp_path,), algorithms=("a",), allow_mixed=True))
    assert made.estimates["algorithm"].tolist() == ["a [physics C]", "a [physics warp]"]
    assert "kept apart by name" in made.notes[0]


def test_few_seeds_say_which_interval_they_have(results):
    made = make_comparison(Choice((results,), algorithms=("a", "b"), envs=("Hopper-v4",)))
    assert "all differences that this test does not reject" in grids.method(made.differences)
    assert "Welch's t interval" in grids.method(made.differences.assign(n_a=3, n_b=3))


@pytest.mark.parametrize(
    ("choice", "options", "message"),
    [
        ({"algorithms": ("a", "bb")}, {}, "No run of algorithm 'bb'. Did you mean b? There are: a, b, c."),
        ({"algorithms": ("a",)}, {}, "A comparison needs two algorithms, and there is one: a. Name another."),
        ({}, {"metric": "eval"}, "No --metric 'eval'. Did you mean eval-det?"),
        ({}, {"score": "end"}, "No --score 'end'."),
        ({}, {"baseline": "d"}, "No 'd' is compared. --baseline is one of a, b, c."),
        ({}, {"statistic": "iqm", "interval": "t"}, "belongs to the mean"),
        ({}, {"threshold": float("nan")}, "--threshold is a return, such as 3000."),
        ({}, {"threshold": "x"}, "--threshold is a return, such as 3000."),
    ],
)
def test_wrong_choices_are_one_line(results, choice, options, message):
    with pytest.raises(UserError) as error:
        make_comparison(Choice((results,), **choice), ComparisonOptions(**options))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_no_common_environment(tmp_path, write_run):
    write_run(tmp_path, "Hopper-v4", "a")
    write_run(tmp_path, "Hopper-v5", "b")
    with pytest.raises(UserError) as error:
        make_comparison(Choice((tmp_path,)))
    assert str(error.value) == "No environment has two of these algorithms: a on Hopper-v4, b on Hopper-v5."


def test_two_versions_of_a_task_are_refused_unless_allowed(tmp_path, write_run):
    for env in ("Hopper-v4", "Hopper-v5"):
        for algorithm in "ab":
            write_run(tmp_path, env, algorithm)
    with pytest.raises(UserError, match=r"Hopper-v4, Hopper-v5 are versions of one task\. Choose one with --envs"):
        make_comparison(Choice((tmp_path,)))
    made = make_comparison(Choice((tmp_path,), allow_mixed=True))
    assert set(made.estimates["env"]) == {"Hopper-v4", "Hopper-v5"}
    assert make_comparison(Choice((tmp_path,), envs=("Hopper-v5",))).verdicts


def test_so_many_pairs_that_it_would_take_minutes_are_refused(results, monkeypatch):
    monkeypatch.setattr(compare, "MOST_PAIRS", 5)
    with pytest.raises(UserError) as error:
        make_comparison(Choice((results,)))
    assert str(error.value) == (
        "6 pairs are too many to compare; 5 can be. Name fewer algorithms, or compare with one only: --baseline, "
        "or choose --envs."
    )
    assert make_comparison(Choice((results,)), ComparisonOptions(baseline="b")).verdicts


def test_every_method_of_the_aggregates_is_named(compared):
    made = compared()
    assert grids.aggregates_grid(made).caption.endswith("In brackets 95 % t interval (Welch and Satterthwaite).")
    methods = made.aggregates["interval"].tolist()
    mixed = made.aggregates.assign(n=[12, 24, 14], interval=[methods[0], "another interval", methods[0]])
    assert grids.interval_of(mixed) == (
        "95 % t interval (Welch and Satterthwaite) where runs = 12, 14; another interval where runs = 24"
    )
    caption = grids.aggregates_grid(replace(made, aggregates=mixed)).caption
    assert "another interval where runs = 24" in caption


def test_what_was_not_tested_has_no_count_of_comparisons(tmp_path, write_run):
    for algorithm in "ab":
        write_run(tmp_path, "Hopper-v4", algorithm, header=HEADER, rows=["100,1,1,1"])
    caption = grids.differences_grid(make_comparison(Choice((tmp_path,))).differences).caption
    assert "Holm" not in caption
    assert caption.startswith("–: not tested")


def test_without_a_metric_both_that_were_looked_for_are_named(tmp_path, write_run):
    for algorithm in "ab":
        write_run(tmp_path, "Hopper-v4", algorithm, header=HEADER, rows=["100,,,1"])
    with pytest.raises(UserError, match="of return yet, and not every run has one of eval-det"):
        make_comparison(Choice((tmp_path,)))


def test_runs_that_were_never_evaluated_cannot_be_compared_by_evaluations(tmp_path, write_run):
    for algorithm in "ab":
        write_run(tmp_path, "Hopper-v4", algorithm, header=HEADER, rows=["100,1,,"])
    with pytest.raises(UserError, match="No run has a value of eval-det yet"):
        make_comparison(Choice((tmp_path,)), ComparisonOptions(metric="eval-det"))
    assert make_comparison(Choice((tmp_path,))).verdicts == [
        "a and b cannot be compared on Hopper-v4: a and b have one seed."
    ]
