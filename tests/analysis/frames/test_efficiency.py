import numpy as np
import pytest

from rlbench.analysis.frames.aggregates import aggregate_frame, normalised
from rlbench.analysis.frames.curves import build_curves
from rlbench.analysis.frames.efficiency import build_curves_of_all, over_axis
from rlbench.analysis.frames.scores import compared_scores, scores_by_env
from rlbench.analysis.reading.choice import Choice, read


def logs_of(folder):
    return read(Choice((folder,)), {"return_mean"}).logs


def write_clock(folder, rows, column="wall_time"):
    lines = [f"iteration,env_steps,{column}", *(f"{i},{steps},{at}" for i, (steps, at) in enumerate(rows))]
    (folder / "timing.csv").write_text("\n".join([*lines, ""]))


def test_a_curve_over_time_by_hand(tmp_path, write_run, points):
    """A value stands where the clock was when the row was written, and reaches to where the clock ends."""
    for seed in range(2):
        folder = write_run(tmp_path, seed=seed, rows=points([100, 200, 300], [1, 2, ""]))
        write_clock(folder, [(100, 1.5 + seed), (200, 4), (300, 9 - seed)])
    timed, notes = over_axis(logs_of(tmp_path), "wall")
    assert notes == []
    curve = build_curves(timed, "return_mean")[0][0]
    assert curve.steps.tolist() == [2.5, 4]
    assert curve.value.tolist() == [1, 2]
    assert (curve.shortest, curve.longest) == (8, 9)


def test_runs_without_the_clock_are_named(tmp_path, write_run, points):
    write_clock(write_run(tmp_path, seed=0, rows=points([100], [1])), [(100, 1)])
    write_run(tmp_path, seed=1, rows=points([100], [1]))
    write_clock(write_run(tmp_path, seed=2, rows=points([100], [1])), [(100, 3)], "processor_time")
    logs = logs_of(tmp_path)
    timed, notes = over_axis(logs, "wall")
    assert [log.run.seed for log in timed] == [0]
    assert notes == ["left out, as timing.csv has no wall_time: Hopper-v4 trpo seed 1, Hopper-v4 trpo seed 2"]
    assert [log.run.seed for log in over_axis(logs, "cpu")[0]] == [2]
    assert over_axis(logs, "steps") == (logs, [])


@pytest.mark.parametrize("content", ["", "nonsense", "env_steps,wall_time\n1,x\n", "env_steps,wall_time\n2,1\n1,2\n"])
def test_a_broken_clock_is_none(tmp_path, write_run, points, content):
    folder = write_run(tmp_path, rows=points([100], [1]))
    (folder / "timing.csv").write_text(content)
    assert over_axis(logs_of(tmp_path), "wall")[0] == []


@pytest.mark.parametrize("statistic", ["mean", "iqm"])
def test_the_end_of_the_curve_of_all_is_the_aggregate_of_final_scores(tmp_path, write_run, points, statistic):
    rng = np.random.default_rng(0)
    for env in ("Hopper-v4", "Walker2d-v4"):
        for algorithm in ("ppo", "trpo"):
            for seed in range(3):
                write_run(tmp_path, env, algorithm, seed, rows=points([100, 200], (3000 * rng.random(2)).tolist()))
    logs = logs_of(tmp_path)
    curves, envs, notes = build_curves_of_all(logs, "return_mean", statistic)
    assert (envs, notes) == (["Hopper-v4", "Walker2d-v4"], [])
    scaled, _ = normalised(scores_by_env(compared_scores(logs, "return", "final"), "final"))
    expected = aggregate_frame(scaled, statistic).set_index("algorithm")
    for curve in curves:
        row = expected.loc[curve.algorithm]
        assert (curve.env, curve.n, curve.steps.tolist()) == ("all", 6, [100, 200])
        assert [curve.value[-1], curve.low[-1], curve.high[-1]] == pytest.approx(
            [row["value"], row["low"], row["high"]]
        )


def test_environments_that_cannot_be_counted_in_are_named(tmp_path, write_run, points):
    for env, algorithm in (
        ("Hopper-v4", "ppo"),
        ("Hopper-v4", "trpo"),
        ("Ant-v4", "ppo"),
        ("E-v0", "ppo"),
        ("E-v0", "trpo"),
    ):
        write_run(tmp_path, env, algorithm, rows=points([100], [1]))
    curves, envs, notes = build_curves_of_all(logs_of(tmp_path), "return_mean")
    assert envs == ["Hopper-v4"]
    assert notes == ["left out, as an algorithm has no curve there: Ant-v4", "left out, as no scale is defined: E-v0"]
    assert [(curve.algorithm, curve.n) for curve in curves] == [("ppo", 1), ("trpo", 1)]
    assert np.isnan(curves[0].low).all()


def test_runs_that_never_meet_are_not_drawn(tmp_path, write_run, points):
    write_run(tmp_path, "Hopper-v4", rows=points([100, 200], [1, 1]))
    write_run(tmp_path, "Ant-v4", rows=points([300], [1]))
    assert build_curves_of_all(logs_of(tmp_path), "return_mean") == (
        [],
        ["Ant-v4", "Hopper-v4"],
        ["trpo: not drawn, as there is no place that all its runs reach"],
    )
