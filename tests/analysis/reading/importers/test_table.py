"""Rows out of episodes, means and evaluations, worked out by hand."""

import numpy as np
import pytest

from rlbench.analysis.reading.importers import table
from rlbench.analysis.reading.importers.contract import Evaluations, Training, UnusableError
from rlbench.analysis.reading.importers.table import make_table


def training(*pairs, end=None, single=True, seconds=True):
    steps, returns = (np.array(each, dtype=float) for each in zip(*pairs))
    times = steps / 10 if seconds else np.full(len(steps), np.nan)
    return Training(steps, returns, np.full(len(steps), 7.0), times, float(end or steps[-1]), single, "episodes")


def evaluations(*pairs, action=None):
    steps, means = (np.array(each, dtype=float) for each in zip(*pairs))
    return Evaluations(steps, means, np.full(len(steps), 0.5), np.full(len(steps), 9.0), action)


def lines(made):
    return made.progress().decode().splitlines()[1:]


def test_a_row_has_the_mean_over_the_episodes_that_ended_in_its_window():
    made = make_table(training((5, 1), (10, 3), (11, 5), (35, 7), (40, 9)), None, 10, "det")
    assert lines(made) == [
        "1,10,2,2.0,1.0,3.0,7.0,,,,,",
        "2,20,1,5.0,5.0,5.0,7.0,,,,,",
        "3,40,2,8.0,7.0,9.0,7.0,,,,,",  # no episode ended from 20 to 30
    ]
    assert made.timing().decode().splitlines() == [
        "iteration,env_steps,wall_time", "1,10,1.0", "2,20,1.1", "3,40,4.0",
    ]  # fmt: skip


def test_what_remains_at_the_end_belongs_to_the_last_whole_window():
    made = make_table(training((10, 1), (15, 2), (23, 6), end=27), None, 10, "det")
    assert [row.split(",")[:4] for row in lines(made)] == [["1", "10", "1", "1.0"], ["2", "27", "2", "4.0"]]


def test_a_run_shorter_than_a_window_is_one_row():
    assert [row.split(",")[:4] for row in lines(make_table(training((3, 1), (5, 2)), None, 10, "det"))] == [
        ["1", "5", "2", "1.5"]
    ]


def test_evaluations_share_a_row_with_training_at_the_same_step():
    made = make_table(training((10, 1), (20, 2)), evaluations((0, 5), (20, 6)), 10, "det")
    assert lines(made) == [
        "1,0,,,,,,5.0,0.5,,,9.0",
        "2,10,1,1.0,1.0,1.0,7.0,,,,,",
        "3,20,1,2.0,2.0,2.0,7.0,6.0,0.5,,,9.0",
    ]


def test_an_evaluation_after_the_last_episode_tells_how_far_the_run_went():
    made = make_table(training((10, 1), (18, 2)), evaluations((20, 6)), 10, "det")
    assert [row.split(",")[1] for row in lines(made)] == ["10", "20"]


@pytest.mark.parametrize(("action", "chosen", "place"), [(None, "det", 7), (None, "stoch", 9), ("det", "stoch", 7)])
def test_how_evaluations_acted(action, chosen, place):
    (row,) = lines(make_table(None, evaluations((10, 6), action=action), 10, chosen))
    assert row.split(",")[place : place + 2] == ["6.0", "0.5"]


def test_means_are_rows_as_they_are_and_those_of_one_step_are_averaged():
    made = make_table(training((5, 1), (5, 3), (17, 4), single=False, seconds=False), None, 10, "det")
    assert lines(made) == ["1,5,,2.0,,,7.0,,,,,", "2,17,,4.0,,,7.0,,,,,"]
    assert made.timing() is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_returns_that_stop_being_finite_are_a_divergence(value):
    made = make_table(training((5, 1), (15, 3), (25, value)), None, 10, "det")
    assert made.diverged
    assert made.last_step == 15
    assert made.notes == ("its returns stop being finite after 25 transitions, so it is marked diverged",)


def test_a_gap_is_no_divergence():
    made = make_table(training((5, 1), (15, np.nan), (25, 3)), None, 10, "det")
    assert (made.diverged, made.notes) == (False, ("1 values that are not a number were left out",))


def test_an_infinity_ends_a_run_whatever_follows():
    made = make_table(training((5, 1), (15, np.inf), (25, 3)), None, 10, "det")
    assert (made.diverged, made.last_step) == (True, 5)


def test_a_run_without_a_finite_return_is_none():
    with pytest.raises(UnusableError, match="none of its returns is a finite number"):
        make_table(training((5, np.nan)), evaluations((5, np.inf)), 10, "det")


def test_windows_of_a_run_as_long_as_can_be_cost_no_memory():
    made = make_table(training((10, 1), (10**15, 2)), None, 1, "det")
    assert [row.split(",")[1] for row in lines(made)] == ["10", str(10**15)]


def test_rows_are_bounded(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    with pytest.raises(UnusableError, match="3 rows are more than 2; if each is one episode, --episodes averages"):
        make_table(training((1, 1), (2, 1), (3, 1), single=False), None, 10, "det")
