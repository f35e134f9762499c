"""The figure of a search over settings."""

import numpy as np
import pandas as pd
import pytest

from rlbench.analysis.figures.sheet import compose
from rlbench.analysis.figures.tuning import ALTERNATIVES, MOST_PANELS, tuning_sheet, write_tuning

RATES = ["0.0003", "0.001", "0.003", "0.01"]


def trials(rungs=2):
    first = pd.DataFrame(
        {
            "rung": 1,
            "steps": 1000,
            "trial": range(4),
            "objective": [0.3, 0.5, 0.4, np.nan],
            "settings.rate": RATES,
            "settings.gamma": ["0.99", "0.9", "0.95", "0.999"],
            "settings.mode": ["a", "b", "a", "b"],
            "settings.weight": ["", "1", "", "2"],
        }
    )
    second = first[first["trial"] == 1].assign(rung=2, steps=3000, objective=0.7)
    return pd.concat([first, second] if rungs == 2 else [first], ignore_index=True)


SCALES = {"rate": "log", "gamma": "logit", "mode": ALTERNATIVES, "weight": "linear"}


def drawn(rungs=2):
    return compose(tuning_sheet(trials(rungs), SCALES, {"mode": ["a", "b"]}, 1, "Objective: a score."))


@pytest.mark.parametrize("rungs", [1, 2])
def test_every_setting_has_a_panel_of_the_first_rung(rungs):
    axes = [axis for axis in drawn(rungs).axes if axis.get_visible()]
    assert [axis.get_title() for axis in axes] == ["Every rung", "rate", "gamma", "mode", "weight"]
    points = {line.get_xdata()[0]: line.get_ydata()[0] for line in axes[1].lines}
    assert points[0.001] == 0.5
    assert [axis.get_xscale() for axis in axes[1:]] == ["log", "logit", "linear", "linear"]
    assert [label.get_text() for label in axes[3].get_xticklabels()] == ["a", "b"]
    assert len(axes[4].lines) == 2
    assert len({axis.get_ylim() for axis in axes[1:]}) == 1


def test_the_winner_stands_out():
    axis = drawn().axes[1]
    sizes = {line.get_xdata()[0]: line.get_markersize() for line in axis.lines}
    markers = {line.get_xdata()[0]: line.get_marker() for line in axis.lines}
    assert max(sizes, key=sizes.get) == 0.001
    assert markers[0.0003] == "D"


def test_more_settings_than_panels_are_said():
    many = {f"s{place}": "linear" for place in range(MOST_PANELS + 2)}
    table = trials().assign(**{f"settings.{name}": "1" for name in many})
    sheet = tuning_sheet(table, many, {}, 1, "")
    assert len(sheet.panels) == MOST_PANELS
    assert sheet.caption.endswith("3 more settings are in trials.csv.")


def test_the_same_search_gives_the_same_bytes(tmp_path):
    sheet = tuning_sheet(trials(), SCALES, {"mode": ["a", "b"]}, 1, "")
    paths = write_tuning(sheet, tmp_path)
    assert [path.name for path in paths] == ["tuning.png", "tuning.pdf"]
    first = [path.read_bytes() for path in paths]
    write_tuning(sheet, tmp_path)
    assert [path.read_bytes() for path in paths] == first
