"""Intervals that reach beyond what is possible are left as they are, and named wherever they are shown."""

import math

import gymnasium
import numpy as np
import pandas as pd
import pytest

import rlbench
from rlbench.analysis.figures.plot import plot_folders
from rlbench.analysis.figures.terminal import Screen, draw_curves, read_curves
from rlbench.analysis.frames.ranges import Range, possible, possible_normalised, say_beyond
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.published import _table
from rlbench.analysis.report.comparison_grids import estimates_grid
from rlbench.analysis.report.table import grid

TOLD = "Intervals are not cut at the values that are possible (InvertedPendulum-v5: 0 to 1,000), and some reach beyond."


@pytest.fixture
def pendulum(tmp_path, write_run, points):
    """Two algorithms that are near the largest return: t intervals of trpo reach beyond 1,000, those of ppo do not."""
    for algorithm, values in {"trpo": (1000, 1000, 900), "ppo": (500, 501, 502)}.items():
        for seed, value in enumerate(values):
            rows = points([100, 200], [value, value], "eval_return_det")
            write_run(tmp_path, "InvertedPendulum-v5", algorithm, seed, rows=rows)
    return tmp_path


@pytest.mark.parametrize("kind", ["curves", "final", "efficiency"])
def test_figures_say_that_an_interval_leaves_the_possible_returns(pendulum, kind):
    options = {"kind": kind, "metric": "eval-det", "formats": ()}
    made = plot_folders([pendulum], PlotOptions(**options))
    assert made.numbers["high"].max() > 1000
    assert TOLD in made.caption
    assert "not cut" not in plot_folders([pendulum], PlotOptions(**options, algorithms=("ppo",))).caption


def test_tables_and_the_terminal_say_it_too(pendulum):
    assert TOLD in grid(rlbench.table(pendulum).estimates).caption
    assert TOLD in estimates_grid(rlbench.compare(results=pendulum)).caption
    options = PlotOptions(metric="eval-det")
    curves, column, _, _ = read_curves([pendulum], options)
    assert TOLD in " ".join(draw_curves(curves, column, options, Screen(width=100)).split())


def test_normalised_scores_and_gaps_have_ranges_too(pendulum):
    made = plot_folders([pendulum], PlotOptions(kind="aggregate", metric="eval-det", formats=()))
    assert "(mean: -0.005257 to 1, optimality gap: at least 0)" in made.caption
    assert possible_normalised(["InvertedPendulum-v5", "Hopper-v4"]) == Range()


def test_columns_have_ranges():
    assert possible("Hopper-v4", "kl") == Range(low=0)
    assert possible("Hopper-v4", "clip_fraction") == Range(0, 1)
    assert possible("Hopper-v4", "eval_return_det") == possible("InvertedPendulum-v5", "entropy") == Range()
    found = [
        ("explained_variance", Range(high=1), [0.5], [1.1]),
        ("kl", Range(low=0), [0.0, math.nan], [1.0, math.nan]),
    ]
    assert "(explained variance of the critic: at most 1)" in say_beyond(found)
    assert say_beyond(found[1:]) == ""


def test_rounding_reaches_beyond_nothing():
    assert not Range(0, 1000).is_left_by([-1e-8], [1000 + 1e-7])
    assert Range(0, 1000).is_left_by([0], [1000.1])


@pytest.mark.filterwarnings("ignore:.*out of date:DeprecationWarning")
def test_possible_returns_hold_what_random_actions_get():
    """Of every environment whose range is known, an episode of random actions is within it, and ends where it can."""
    for env, low, high in _table("ranges")[["env", "low", "high"]].itertuples(index=False):
        world = gymnasium.make(env, max_episode_steps=gymnasium.spec(env).max_episode_steps or 200)
        world.action_space.seed(0)
        world.reset(seed=0)
        rewards, done = [], False
        while not done:
            _, reward, terminated, truncated, _ = world.step(world.action_space.sample())
            rewards.append(float(reward))
            done = terminated or truncated
        world.close()
        assert not np.sum(rewards) < low
        assert not np.sum(rewards) > high
    assert _table("ranges")["env"].is_unique
    assert pd.notna(_table("ranges")[["low", "high"]]).any(axis=1).all()
