"""`rlbench.lesson` for Python programs: what `rlbench lesson` does, without printing."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlbench import envs
from rlbench.algorithms.settings import resolve
from rlbench.analysis.figures.write import make_folder, write_sheets
from rlbench.analysis.options import PlotOptions, Theme, check_plot_options
from rlbench.analysis.text import file_name
from rlbench.lessons import find_lesson
from rlbench.lessons.contract import Numbers
from rlbench.lessons.figure import sheet_of, summarise
from rlbench.sweep.words import parse_seeds

if TYPE_CHECKING:
    import pandas as pd

OUT = Path("results") / "lessons"
WIDTH_OF_ROWS = 7.0
"""Inches of a figure with two panels of rows, whose titles are long."""


@dataclass(frozen=True)
class Lesson:
    """What a lesson measured and drew."""

    numbers: "pd.DataFrame"
    """A row for each point of the figure: mean, interval, and the number of every seed."""
    sentences: tuple[str, ...]
    """What the figure shows, with its numbers."""
    paths: tuple[Path, ...]
    """The figure, and its numbers as CSV."""
    seconds: float
    """Processor time that measuring took."""


def lesson(
    name: str,
    *,
    env: str | None = None,
    seeds: int | str | Sequence[int] = 5,
    settings: Mapping[str, Any] | None = None,
    formats: Sequence[str] = ("png",),
    theme: Theme = "light",
    out: str | Path | None = None,
) -> Lesson:
    """Measure what a lesson of docs/lessons is about, and draw it with intervals over seeds.

        rlbench.lesson("gae", settings={"critic_epochs": 1}).sentences

    name: one of those that `rlbench lesson` lists, each with its settings. env: another environment than its own.
    out: the folder for the figure, results/lessons by default. Raises UserError, with one line that says what to do.
    """
    options = PlotOptions(formats=(formats,) if isinstance(formats, str) else tuple(formats), theme=theme)
    check_plot_options(options)
    chosen = resolve(find_lesson(name), f"the lesson {name}", settings or {}, see="rlbench lesson")
    counted = parse_seeds(seeds)
    where = env or chosen.default_env
    envs.check(where)
    folder = make_folder(Path(out) if out is not None else OUT, OUT)
    began = time.process_time()
    measured = chosen.measure(where, counted)
    seconds = time.process_time() - began
    numbers = summarise(measured, chosen.panels, counted)
    changes = dict(settings or {})
    sheet = sheet_of(stem(name, chosen.default_env, where, changes), chosen, where, numbers, len(counted), changes)
    if chosen.panels[0].rows:
        options = replace(options, width=WIDTH_OF_ROWS)
    paths = write_sheets(folder, [sheet], options)
    return Lesson(numbers, tuple(chosen.say(Numbers(measured))), tuple(paths), seconds)


def stem(name: str, default_env: str, env: str, changes: Mapping[str, Any]) -> str:
    """The name of the files: what differs from the lesson as it is has a part in it."""
    parts = [name, *([env] if env != default_env else []), *(f"{key}-{value}" for key, value in changes.items())]
    return file_name("_".join(parts))
