"""A search over settings: how each setting did in each rung, and what of it hangs on the value of a single setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from rlbench.analysis.figures.looks import BLUE, GREY, RED
from rlbench.analysis.figures.panels import Hand, Panel
from rlbench.analysis.figures.sheet import Sheet, compose
from rlbench.analysis.figures.style import SMALL, UnitFormatter, set_ticks
from rlbench.analysis.figures.write import cannot_write, save
from rlbench.analysis.text import shown
from rlbench.errors import UserError

FORMATS = ("png", "pdf")
ALTERNATIVES = "values"
"""The scale of a setting that has single values."""
MOST_PANELS = 16


@dataclass(frozen=True)
class Role:
    """How the winner, the default or any other trial is marked."""

    marker: str
    size: float
    slot: int
    """Place in the palette."""
    order: float


WINNER, DEFAULT, OTHER = Role("o", 6.0, RED, 5), Role("D", 5.0, BLUE, 4), Role("o", 3.6, GREY, 3)


def role_of(trial: int, winner: int) -> Role:
    return WINNER if trial == winner else DEFAULT if trial == 0 else OTHER


@dataclass(frozen=True)
class RungsPanel:
    """The objective of each trial against the budget of its rungs."""

    trials: pd.DataFrame
    winner: int
    title: str = "Every rung"
    note: str = ""
    x_label: str = "transitions a seed"

    def paint(self, axis: Axes, hand: Hand) -> None:
        steps = sorted(self.trials["steps"].unique())
        for trial, rows in self.trials.groupby("trial"):
            role = role_of(int(str(trial)), self.winner)
            axis.plot(
                rows["steps"],
                rows["objective"],
                marker=role.marker,
                markersize=role.size,
                color=hand.theme.palette[role.slot],
                linewidth=1.0 if role is OTHER else 1.8,
                zorder=role.order,
            )
        set_ticks(axis, hand.width, hand.height)
        if len(steps) > 1:
            axis.set_xscale("log")
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xticks(steps, labels=UnitFormatter().format_ticks(steps))
        if len(steps) == 1:
            axis.set_xlim(0.8 * steps[0], 1.2 * steps[0])


@dataclass(frozen=True)
class SettingPanel:
    """The objective in the first rung against the value of one setting."""

    title: str
    trials: pd.DataFrame
    """Of the first rung."""
    scale: str
    winner: int
    limits: tuple[float, float]
    """Of the objective, the same for all settings."""
    values: Sequence[str] = ()
    """All values of a setting that has single ones."""
    note: str = ""
    x_label: str = ""

    def paint(self, axis: Axes, hand: Hand) -> None:
        places = self._places()
        for place, row in zip(places, self.trials.to_dict("records")):
            role = role_of(row["trial"], self.winner)
            color = hand.theme.palette[role.slot]
            axis.plot(place, row["objective"], role.marker, markersize=role.size, color=color, zorder=role.order)
        axis.set_ylim(*self.limits)
        set_ticks(axis, hand.width, hand.height)
        if self.values:
            axis.set_xlim(-0.5, len(self.values) - 0.5)
            axis.set_xticks(range(len(self.values)), labels=[shown(each, 16) for each in self.values], fontsize=SMALL)
        elif self.scale in ("log", "logit"):
            self._set_scale(axis, np.array(places, float))

    def _places(self) -> list[float]:
        words = self.trials[f"settings.{self.title}"]
        if self.values:
            return [self.values.index(each) if each in self.values else np.nan for each in words]
        return [float(each) if each != "" else np.nan for each in words]

    def _set_scale(self, axis: Axes, places: np.ndarray) -> None:
        """A logarithmic axis with a tick at its least and largest value, and one halfway between."""
        known = places[np.isfinite(places)]
        axis.set_xscale(self.scale)
        axis.xaxis.set_minor_locator(NullLocator())
        if not len(known):
            return
        low, high = float(known.min()), float(known.max())
        middle = (low * high) ** 0.5
        if self.scale == "logit":
            odds = (low / (1 - low) * high / (1 - high)) ** 0.5
            middle = odds / (1 + odds)
        ticks = list(dict.fromkeys((low, middle, high)))
        axis.set_xticks(ticks, labels=[f"{each:.{2 if self.scale == 'log' else 4}g}" for each in ticks])
        if self.scale == "log":
            axis.set_xlim(low / 1.3, high * 1.3)


def tuning_sheet(
    trials: pd.DataFrame, scales: Mapping[str, str], values: Mapping[str, Sequence[str]], winner: int, caption: str
) -> Sheet:
    """A panel of all rungs, and one for each searched setting.

    trials: as trials.csv has them, settings as text. scales: by setting `linear`, `log`, `logit` or ALTERNATIVES.
    values: by setting with single values, all of them.
    """
    first = trials[trials["rung"] == 1]
    low, high = float(first["objective"].min()), float(first["objective"].max())
    margin = 0.08 * (high - low) or 0.1
    limits = low - margin, high + margin
    panels: list[Panel] = [RungsPanel(trials, winner)]
    for name, scale in list(scales.items())[: MOST_PANELS - 1]:
        rows = first[first[f"settings.{name}"] != ""]
        dropped = len(first) - len(rows)
        note = f"without effect in {dropped} of {len(first)}" if dropped else ""
        panels.append(SettingPanel(name, rows, scale, winner, limits, tuple(values.get(name, ())), note))
    left = len(scales) - (len(panels) - 1)
    more = f" {left} more settings are in trials.csv." if left else ""
    marks = "Red dot: the winner; blue diamond: the default; grey: other trials. "
    rest = "Panels of settings show the first rung alone, in which all trials had the same budget."
    return Sheet(
        name="tuning",
        panels=panels,
        numbers=trials,
        caption=f"{marks}{rest} {caption}{more}",
        y_label="objective",
    )


def write_tuning(sheet: Sheet, out: Path) -> list[Path]:
    """The figure in each of FORMATS."""
    figure = compose(sheet)
    paths = [out / f"{sheet.name}.{kind}" for kind in FORMATS]
    try:
        for path in paths:
            save(figure, path, path.suffix[1:])
    except OSError as error:
        raise UserError(cannot_write(out, error)) from None
    return paths
