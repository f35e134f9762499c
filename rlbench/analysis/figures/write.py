"""Figures and their numbers into files. Each is written beside and renamed, and never through a link."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from rlbench.analysis.figures.sheet import Sheet, compose
from rlbench.analysis.figures.style import paper_style
from rlbench.analysis.figures.themes import THEMES
from rlbench.analysis.options import PlotOptions, Theme
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.layout import PLOTS_FOLDER


def make_folder(out: Path | None, first: Path) -> Path:
    """`out`, or `plots/` in the first folder of results."""
    folder = out or first / PLOTS_FOLDER
    if out is None and folder.is_symlink():
        raise UserError(
            f"{shown_path(folder)} is a link to another place.",
            "Name the folder to write into with --out.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(cannot_write(folder, error)) from None
    return folder


def cannot_write(folder: Path, error: OSError) -> str:
    return f"Cannot write to {shown_path(folder)}: {error.strerror}. Name another folder with --out."


def write_sheets(out: Path, sheets: Sequence[Sheet], options: PlotOptions) -> list[Path]:
    """Every sheet in every format, its numbers beside it. One figure at a time is in memory."""
    try:
        return [path for sheet in sheets for path in write_sheet(out / sheet.name, sheet, options)]
    except OSError as error:
        raise UserError(cannot_write(out, error)) from None


def write_sheet(stem: Path, sheet: Sheet, options: PlotOptions) -> list[Path]:
    figure = compose(sheet, options.theme, options.width)
    paths = []
    for kind in dict.fromkeys(options.formats):
        path = stem.with_name(f"{stem.name}.{kind}")
        save(figure, path, kind, options.theme)
        paths.append(path)
    return [*paths, write_csv(sheet.numbers, stem.with_name(f"{stem.name}.csv"))]


def save(figure: Figure, path: Path, kind: str, theme: Theme = "light") -> None:
    """One figure in one format, without a date, so that the same numbers give the same bytes."""
    undated: dict[str, Any] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with paper_style(THEMES[theme]), beside.open("xb") as file:
        figure.savefig(file, format=kind, metadata=undated[kind])
    beside.replace(path)


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """A UserError where it cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        with beside.open("x", newline="", encoding="utf-8") as file:
            table.to_csv(file, index=False)
        beside.replace(path)
    except OSError as error:
        raise UserError(cannot_write(path.parent, error)) from None
    return path
