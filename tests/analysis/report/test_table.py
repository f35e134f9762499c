import numpy as np
import pytest

from rlbench.analysis.reading.choice import Choice
from rlbench.analysis.report.table import caption, grid, make_table
from rlbench.errors import UserError

HEADER = "env_steps,return_mean,eval_return_det,eval_return_stoch"


@pytest.fixture
def made(tmp_path):
    return lambda **choices: make_table(Choice((tmp_path,)), **choices)


def test_estimates_by_hand(tmp_path, write_run, made):
    for seed, value in enumerate((10, 20, 60)):
        write_run(tmp_path, seed=seed, header=HEADER, rows=["100,,90,1", f"200,5,{value},{value + 1}"])
    det, stoch = made().estimates.to_dict("records")
    half = 4.302653 * np.sqrt(700) / np.sqrt(3)
    assert det == {
        "env": "Hopper-v4",
        "algorithm": "trpo",
        "metric": "eval-det",
        "score": "final",
        "n": 3,
        "finished": 3,
        "diverged": 0,
        "changed": 0,
        "env_steps": 200,
        "statistic": "mean",
        "value": 30,
        "low": pytest.approx(30 - half),
        "high": pytest.approx(30 + half),
        "interval": "t",
        "std": pytest.approx(np.sqrt(700)),
        "mean": 30,
        "median": 20,
        "iqm": pytest.approx((0.25 * 10 + 20 + 0.25 * 60) / 1.5),
        "min": 10,
        "max": 60,
        "physics": "mujoco.batch (CPU, float64)",
    }
    assert (stoch["metric"], stoch["value"]) == ("eval-stoch", 31)
    best = made(scores=("best",), statistic="median", interval="minmax").estimates.iloc[0]
    assert best[["value", "low", "high"]].tolist() == [90, 90, 90]


def test_one_seed_has_a_value_and_no_interval_and_seeds_never_evaluated_leave_none(tmp_path, write_run, made):
    write_run(tmp_path, algorithm="a", header=HEADER, rows=["100,,10,"])
    write_run(tmp_path, algorithm="b", seed=0, header=HEADER, rows=["100,,10,5"])
    write_run(tmp_path, algorithm="b", seed=1, header=HEADER, rows=["100,,,"])
    table = made().estimates.set_index(["algorithm", "metric"])
    assert table.loc[("a", "eval-det"), "value"] == 10
    assert np.isnan(table.loc[("a", "eval-det"), ["low", "high", "std"]].astype(float)).all()
    numbers = ["value", "low", "high", "mean", "median", "iqm"]
    assert np.isnan(
        table.loc[[("a", "eval-stoch"), ("b", "eval-det"), ("b", "eval-stoch")], numbers].astype(float)
    ).all(axis=None)
    rows = grid(made().estimates).rows
    assert rows[0] == ("Hopper-v4", "a", "1", "100", "10.0", "–", "–", "–")
    assert rows[1] == ("", "b", "2", "100", "–", "–", "–", "–")


def test_the_table_as_it_is_read(tmp_path, write_run, made):
    for seed, value in enumerate((3000, 3100, 3200)):
        write_run(tmp_path, "Hopper-v4", "trpo", seed, header=HEADER, rows=[f"1000000,,{value},{value}"])
        write_run(tmp_path, "Ant-v4", "my_ppo|50%", seed, header=HEADER, rows=[f"1000000,,{value},{value}"])
    found = grid(made(metrics=("eval-det",), scores=("final", "auc")).estimates)
    assert found.head == (
        *("environment", "algorithm", "seeds", "steps"),
        *("final, mean action", "sd", "auc, mean action", "sd"),
    )
    numbers = ("3", "1M", "3100 [2852, 3348]", "100", "3100 [2852, 3348]", "100")
    assert found.rows == [("Ant-v4", "my_ppo|50%", *numbers), ("Hopper-v4", "trpo", *numbers)]
    assert found.caption == (
        "Final: the last value of each seed; Auc: the area under each seed's curve, divided by the curve's length. "
        "A curve ends at the last step that all its seeds reached, where it may have another value. "
        "Mean over seeds, in brackets 95 % t interval over seeds; sd: standard deviation over seeds. "
        "Physics: mujoco.batch (CPU, float64)."
    )


def test_marks_and_what_they_mean(tmp_path, write_run, made):
    write_run(tmp_path, seed=0, header=HEADER, rows=["100,,1,1"], status="diverged")
    write_run(tmp_path, seed=1, header=HEADER, rows=["100,,2,1"])
    table = made(metrics=("eval-det",), statistic="iqm")
    found = grid(table.estimates)
    assert found.rows[0][2] == "2 (1 ×)"
    assert found.rows[0][4].endswith("°")
    assert "×: diverged. °: interquartile mean of fewer than 10 values." in found.caption
    plain = made(metrics=("eval-det",), interval="none").estimates
    assert "[" not in grid(plain).rows[0][4]
    assert "in brackets" not in caption(plain)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"metrics": ("eval_det",)}, "No --metric 'eval_det'. Did you mean eval-det? Choose of eval-det, eval-stoch"),
        ({"scores": ("last",)}, "No --score 'last'. Did you mean best? Choose of final, best, auc."),
        ({"statistic": "iqm", "interval": "t"}, "belongs to the mean"),
    ],
)
def test_wrong_choices(tmp_path, write_run, made, choices, message):
    write_run(tmp_path)
    with pytest.raises(UserError) as error:
        made(**choices)
    assert message in str(error.value)
