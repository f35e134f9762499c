import numpy as np
import pytest

from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import build_curves, carried, common_steps, curve_table, seed_counts, smoothed
from rlbench.analysis.reading.progress import Series, read_logs
from rlbench.analysis.reading.runs import find_runs


def series(steps, values, reach=None):
    return Series(np.array(steps, float), np.array(values, float), reach or steps[-1])


def logs_of(folder):
    runs, _ = find_runs([folder])
    return read_logs(runs, {"return_mean", "eval_return_det", "eval_return_stoch", "kl"})[0]


def test_common_steps_are_within_every_runs_own_range():
    one, other = series([10, 30, 50], [1, 2, 3], reach=60), series([20, 40], [5, 6], reach=45)
    steps = common_steps([one, other])
    assert steps.tolist() == [20, 30, 40]
    assert carried(one, steps).tolist() == [1, 2, 2]
    assert carried(other, steps).tolist() == [5, 5, 6]


def test_a_value_is_carried_to_the_end_of_its_run_and_no_farther():
    one, other = series([10, 20], [1, 2], reach=30), series([10, 20, 30, 40], [1, 1, 1, 1])
    assert common_steps([one, other]).tolist() == [10, 20, 30]


def test_many_steps_are_thinned_and_keep_both_ends():
    steps = common_steps([series(range(1, 5001), range(5000))])
    assert len(steps) == 500
    assert (steps[0], steps[-1]) == (1, 5000)


def test_smoothing_is_a_trailing_mean_of_one_seed():
    assert smoothed(series([1, 2, 3, 4], [0, 2, 4, 9]), 3).values.tolist() == [0, 1, 2, 5]
    assert smoothed(series([1, 2], [3, 4]), 1).values.tolist() == [3, 4]


def test_a_curve_by_hand(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([100, 200, 300], [1, "", 3]))
    write_run(tmp_path, seed=1, rows=points([100, 200, 300], [3, 4, 7]))
    curves, notes = build_curves(logs_of(tmp_path), "return_mean", "mean", "minmax")
    assert notes == []
    curve = curves[0]
    assert curve.steps.tolist() == [100, 200, 300]
    assert curve.value.tolist() == [2, 2.5, 5]
    assert curve.low.tolist() == [1, 1, 3]
    assert curve.high.tolist() == [3, 4, 7]
    assert curve.spread == pytest.approx(np.array([2, 3, 4]) / np.sqrt(2))
    assert (curve.n, curve.cut) == (2, False)
    table = curve_table(curves, "return_mean")
    assert list(table) == ["env", "algorithm", "metric", "env_steps", "value", "low", "high", "n"]
    assert table.iloc[1].tolist() == ["Hopper-v4", "trpo", "return_mean", 200, 2.5, 1.0, 4.0, 2]


def test_smoothing_comes_before_the_statistic(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([1, 2], [0, 2]))
    write_run(tmp_path, seed=1, rows=points([1, 2], [0, 6]))
    write_run(tmp_path, seed=2, rows=points([1, 2], [9, 1]))
    curve = build_curves(logs_of(tmp_path), "return_mean", "median", "none", smooth=2)[0][0]
    assert curve.value.tolist() == [0, 3]  # medians of 0, 0, 9 and of 1, 3, 5


def test_runs_of_unequal_length_are_drawn_as_far_as_all_reach(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([100, 200, 300], [1, 2, 3]))
    write_run(tmp_path, seed=1, rows=points([100, 200], [1, 2]), status="running")
    curves, notes = build_curves(logs_of(tmp_path), "return_mean")
    assert curves[0].steps.tolist() == [100, 200]
    assert curves[0].cut
    assert notes == ["Hopper-v4 trpo: drawn to 200 of 300 transitions, as far as all its seeds reach"]
    assert comparison_notes(logs_of(tmp_path), seed_counts(curves)) == ["still running: Hopper-v4 trpo seed 1"]


def test_a_diverged_seed_is_named_drawn_while_finite_and_counted(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([100, 200, 300], [1, 2, 3]))
    write_run(tmp_path, seed=1, rows=points([100, 200, 300], [1, 2, "nan"]), status="diverged")
    curves, notes = build_curves(logs_of(tmp_path), "return_mean")
    assert curves[0].steps.tolist() == [100, 200]
    assert (curves[0].n, curves[0].diverged) == (2, (1,))
    assert notes[0].startswith("Hopper-v4 trpo: diverged: seed 1 at 300 transitions; it counts in n")


def test_seeds_without_the_column_and_seeds_that_never_meet_are_named(tmp_path, write_run, points):
    write_run(tmp_path, algorithm="a", seed=0, rows=points([100], [1]))
    write_run(tmp_path, algorithm="a", seed=1, rows=points([100], [""]))
    write_run(tmp_path, algorithm="b", seed=0, rows=points([100, 200], [1, 1]))
    write_run(tmp_path, algorithm="b", seed=1, rows=points([300], [1]))
    curves, notes = build_curves(logs_of(tmp_path), "return_mean")
    assert [(curve.algorithm, curve.n) for curve in curves] == [("a", 1)]
    assert notes == [
        "Hopper-v4 a: no training return, sampled actions of seed 1",
        "Hopper-v4 b: not drawn, as there is no step at which all 2 seeds have a value",
    ]


def test_two_versions_of_a_task_are_never_one_panel(tmp_path, write_run, points):
    write_run(tmp_path, env="Hopper-v4", rows=points([1], [1]))
    write_run(tmp_path, env="Hopper-v5", rows=points([1], [1]))
    assert [curve.env for curve in build_curves(logs_of(tmp_path), "return_mean")[0]] == ["Hopper-v4", "Hopper-v5"]


def test_what_makes_a_comparison_unfair_is_said(tmp_path, write_run, points):
    rows = points([100], [1])
    write_run(tmp_path, seed=0, rows=rows)
    write_run(tmp_path, seed=1, rows=rows, settings={})
    write_run(tmp_path, algorithm="ppo", rows=rows, physics=None, versions={"mujoco": "4.0.0"}, status="failed")
    logs = logs_of(tmp_path)
    assert comparison_notes(logs, seed_counts(build_curves(logs, "return_mean")[0])) == [
        "Hopper-v4: runs of ppo do not tell their gymnasium, physics; others do",
        "Hopper-v4 trpo: the settings of seed 1 are unknown",
        "Hopper-v4: numbers of seeds differ: ppo 1, trpo 2",
        "failed: Hopper-v4 ppo seed 0",
    ]


def test_like_runs_need_no_word(tmp_path, write_run, points):
    for seed in range(3):
        write_run(tmp_path, seed=seed, rows=points([100], [1]))
    logs = logs_of(tmp_path)
    assert comparison_notes(logs, seed_counts(build_curves(logs, "return_mean")[0])) == []
