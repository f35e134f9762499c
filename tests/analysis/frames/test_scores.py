import numpy as np
import pytest

from rlbench.analysis.frames.curves import build_curves, curve_table, groups
from rlbench.analysis.frames.scores import score_frame
from rlbench.analysis.reading.choice import Choice, read

HEADER = "env_steps,return_mean,eval_return_det,eval_return_stoch"


@pytest.fixture
def scored(tmp_path):
    """The frame of all runs in tmp_path, by algorithm and seed."""

    def call(metric="eval-det", **choices):
        logs = read(Choice((tmp_path,), allow_mixed=True), {"return_mean"}).logs
        return score_frame(logs, (metric,), **choices).set_index(["algorithm", "seed"])

    return call


def test_frames_and_curves_have_the_same_names_whatever_a_stranger_called_them(tmp_path, write_run):
    """Long names that differ in their middle stay two, and control characters are spelt out once, for all."""
    names = [f"{'a' * 105}{middle}{'b' * 105}" for middle in "xy"] + ["red\x1b[31m"]
    for name in names:
        write_run(tmp_path, algorithm=name, env="Hopper\x1b-v4")
    logs = read(Choice((tmp_path,)), {"return_mean"}).logs
    frame = score_frame(logs, ("return",))
    curves, _ = build_curves(logs, "return_mean")
    keys = [(curve.env, curve.algorithm) for curve in curves]
    assert list(zip(frame["env"], frame["algorithm"])) == keys == list(groups(logs))
    assert keys == [("Hopper\\x1b-v4", name) for name in (*names[:2], "red\\x1b[31m")]
    table = curve_table(curves, "return_mean")
    assert list(dict.fromkeys(zip(table["env"], table["algorithm"]))) == keys


def test_scores_by_hand(tmp_path, write_run, scored):
    write_run(tmp_path, header=HEADER, rows=["100,,10,5", "200,7,40,6", "300,8,20,7"])
    assert scored().loc["trpo", 0].to_dict() == {
        "env": "Hopper-v4",
        "status": "finished",
        "physics": "mujoco.batch (CPU, float64)",
        "changed": False,
        "metric": "eval-det",
        "env_steps": 300,
        "final": 20,
        "best": 40,
        "auc": (25 * 100 + 30 * 100) / 200,
    }
    assert scored("eval-stoch").loc[("trpo", 0), "final"] == 7
    assert scored("return").loc[("trpo", 0), "best"] == 8


def test_each_run_that_spent_the_budget_is_measured_to_its_own_end(tmp_path, write_run, scored):
    """Another batch of 200 did not fit."""
    write_run(tmp_path, algorithm="a", header=HEADER, rows=["500,,1,1", "1000,,2,2"])
    write_run(tmp_path, algorithm="b", header=HEADER, rows=["400,,3,3", "800,,4,4"])
    frame = scored(one_range=True)
    assert frame.loc["a", 0][["env_steps", "final"]].tolist() == [1000, 2]
    assert frame.loc["b", 0][["env_steps", "final"]].tolist() == [800, 4]


@pytest.mark.parametrize("status", ["running", "stopped", "failed"])
def test_runs_that_did_not_spend_it_are_measured_to_where_the_shortest_ends(tmp_path, write_run, scored, status):
    write_run(tmp_path, algorithm="a", seed=0, header=HEADER, rows=["500,,1,1", "1000,,2,2"])
    write_run(tmp_path, algorithm="a", seed=1, header=HEADER, rows=["500,,5,5", "1000,,6,6"])
    write_run(tmp_path, algorithm="b", seed=0, header=HEADER, rows=["400,,3,3", "600,,4,4"], status=status)
    one, each = scored(one_range=True), scored()
    assert one["env_steps"].tolist() == [600, 600, 600]
    assert one["final"].tolist() == [1, 5, 4]
    assert each["env_steps"].tolist() == [1000, 1000, 600]
    assert each["final"].tolist() == [2, 6, 4]


def test_unequal_budgets_are_measured_to_the_smaller(tmp_path, write_run, scored):
    write_run(tmp_path, algorithm="a", header=HEADER, rows=["500,,1,1", "1000,,2,2"], steps=1000)
    write_run(tmp_path, algorithm="b", header=HEADER, rows=["500,,3,3"], steps=500)
    assert scored(one_range=True)["final"].tolist() == [1, 3]


def test_a_diverged_run_ends_at_its_last_finite_value_and_all_are_measured_there(tmp_path, write_run, scored):
    write_run(tmp_path, seed=0, header=HEADER, rows=["500,,1,1", "600,,,", "1000,,2,2"])
    write_run(tmp_path, seed=1, header=HEADER, rows=["500,,3,3", "600,,inf,"], status="diverged")
    assert scored()["env_steps"].tolist() == [500, 500]
    assert scored()["final"].tolist() == [1, 3]


def test_areas_of_unequal_grids_are_over_one_range(tmp_path, write_run, scored):
    """From 200, where all have a value; between two evaluations the curve is a straight line."""
    write_run(tmp_path, algorithm="a", header=HEADER, rows=["100,,0,0", "300,,200,0"])
    write_run(tmp_path, algorithm="b", header=HEADER, rows=["200,,100,0", "300,,200,0"])
    assert scored(one_range=True)["auc"].tolist() == [150, 150]
    assert scored()["auc"].tolist() == [100, 150]


def test_what_was_never_measured_is_empty(tmp_path, write_run, scored):
    write_run(tmp_path, seed=0, header=HEADER, rows=["100,1,,"])
    write_run(tmp_path, seed=1, header=HEADER, rows=["100,1,5,"])
    frame = scored()
    assert np.isnan(frame.loc[("trpo", 0), ["final", "best", "auc"]].astype(float)).all()
    assert frame.loc[("trpo", 1), ["final", "best", "auc"]].tolist() == [5, 5, 5]
    assert frame["env_steps"].tolist() == [100, 100]
