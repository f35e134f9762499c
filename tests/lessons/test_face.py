"""`rlbench lesson` and `rlbench.lesson`: what is drawn, written and said, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.lessons import LESSONS, find_lesson
from rlbench.lessons.contract import Axes
from rlbench.lessons.figure import mean_and_interval

TINY = {
    "gradient": {"batches": 4, "num_envs": 2, "num_steps": 50, "updates": 1},
    "gae": {"batches": 4, "num_envs": 2, "num_steps": 16, "updates": 1},
    "steps": {"num_envs": 2, "num_steps": 16, "updates": 1},
    "cg": {"iterations": 15, "hidden_sizes": "2", "num_envs": 2, "num_steps": 16, "updates": 1},
    "vine": {"states": 2, "repeats": 2, "horizon": 5, "updates": 0},
    "mixture": {"steps": 3, "before": 1},
    "line-search": {"updates": 6, "num_envs": 2, "num_steps": 16},
}
QUICK = {"line-search": "InvertedPendulum-v4"}


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_draws_what_it_measures(name, tmp_path):
    made = rlbench.lesson(name, env=QUICK.get(name), seeds=2, settings=TINY[name], out=tmp_path)
    picture, table = made.paths
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = pd.read_csv(table)
    assert list(written.columns) == ["panel", "line", "x", "mean", "low", "high", "seed 0", "seed 1"]
    assert set(written["panel"]) == {axes.title for axes in find_lesson(name)().panels}
    assert len(written) == len(made.numbers)
    assert np.isfinite(written[["seed 0", "seed 1"]]).all(axis=None)
    assert all("nan" not in sentence for sentence in made.sentences)


def test_the_same_seeds_give_the_same_bytes_and_a_seed_is_the_same_in_company(tmp_path):
    some = {"settings": TINY["gae"], "formats": (), "out": tmp_path}
    first, again = (rlbench.lesson("gae", seeds="0,1", **some).paths[0].read_bytes() for _ in range(2))
    assert first == again
    both, other = (rlbench.lesson("gae", seeds=seeds, **some).numbers for seeds in ("0,1", "1,2"))
    assert both["seed 1"].equals(other["seed 1"])


def test_what_differs_from_the_lesson_as_it_is_has_a_part_in_the_name(tmp_path):
    made = rlbench.lesson("mixture", seeds=2, settings=TINY["mixture"] | {"gamma": 0.8}, formats="svg", out=tmp_path)
    assert [path.name for path in made.paths] == [
        f"mixture_steps-3_before-1_gamma-0.8.{each}" for each in ("svg", "csv")
    ]


def test_on_a_logarithmic_axis_means_and_intervals_are_of_logarithms():
    mean, low, high = mean_and_interval(np.array([1.0, 100.0]), logs=True)
    assert mean == pytest.approx(10)
    assert low * high == pytest.approx(100)
    assert np.isnan(mean_and_interval(np.array([0.0, 100.0]), logs=True)).all()
    assert mean_and_interval(np.array([1.0, 3.0]), logs=False)[0] == 2
    assert Axes("x").log_y is False


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("gaee", {}, "There is no lesson 'gaee'. Did you mean gae?"),
        ("gae", {"gama": 1}, "the lesson gae has no setting 'gama'. Did you mean gamma? See: rlbench lesson"),
        ("gae", {"gamma": 2}, "gamma.*at most 1"),
    ],
)
def test_mistakes_are_told_in_one_line(name, settings, told, tmp_path):
    with pytest.raises(UserError, match=told.replace("?", "[?]")) as error:
        rlbench.lesson(name, settings=settings, out=tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "env", "told"), [("mixture", "CartPole-v1", "transition tables"), ("vine", "Humanoid-v9", "Humanoid")]
)
def test_environments_that_do_not_suit_are_refused(name, env, told, tmp_path):
    with pytest.raises(UserError, match=told):
        rlbench.lesson(name, env=env, out=tmp_path)
