"""`rlbench plot --terminal`: what the terminal can show, and the curves printed into it."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from rlbench.analysis.options import PlotOptions, Theme
from rlbench.cli.table import tell
from rlbench.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from rlbench.analysis.figures.terminal import Screen

USED = ("metric", "statistic", "interval", "smooth", "envs", "algorithms", "allow_mixed")
"""Options that a drawing in a terminal has a use for."""
LIGHT_BACKGROUNDS = ("7", "15")
"""White and bright white, as the last number of COLORFGBG, which some terminals set. Others are taken to be dark."""


def plot_in_terminal(folders: Sequence[Path], options: PlotOptions) -> None:
    """Read, draw, print; nothing is written."""
    from rich.console import Console
    from rich.text import Text

    for option in fields(PlotOptions):
        if option.name not in USED and getattr(options, option.name) != option.default:
            raise UserError(f"--terminal draws curves and writes no file: leave out {flag(option.name)}.")
    say, warn = Console(), Console(stderr=True)
    with warn.status("Reading runs"):
        from rlbench.analysis.figures.terminal import draw_curves, read_curves

        curves, column, titles, notes = read_curves(folders, options)
        text = draw_curves(curves, column, options, screen_of(say, (curve.algorithm for curve in curves)), titles)
    tell(warn, notes)
    for line in text.splitlines():
        say.print(Text.from_ansi(line), soft_wrap=True, highlight=False)


def flag(name: str) -> str:
    return "--format" if name == "formats" else f"--{name}"


def screen_of(say: "Console", algorithms: Iterable[str]) -> "Screen":
    """Width, characters and colours of standard output. NO_COLOR is heeded where colours are printed."""
    from rlbench.analysis.figures.terminal import Screen, colours_of

    coloured = say.is_terminal and say.color_system is not None
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    theme: Theme = "light" if background in LIGHT_BACKGROUNDS else "dark"
    return Screen(say.width, colours_of(algorithms, theme) if coloured else None, has_braille())


def has_braille() -> bool:
    try:
        "\u28ff".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
