"""How a figure looks: one place for type, colours and axes, and nothing of the user's own matplotlib settings."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import Formatter, MaxNLocator

from rlbench.analysis.figures.themes import Theme
from rlbench.analysis.text import tick_labels, units

PERSONAL = ("backend", "toolbar", "interactive", "timezone", "webagg", "figure.hooks", "date.", "savefig.directory")
NARROW = 2.3
"""A panel of less width, in inches, has smaller type and fewer ticks."""
TITLE, LABEL, TEXT, TICK, SMALL, NOTE = 9.0, 8.5, 7.5, 7.5, 6.5, 6.2
"""Sizes of type in points. They do not shrink with a figure's width, as it is printed at the size it is made for."""


def settings(theme: Theme) -> dict[str, Any]:
    """What differs from matplotlib's defaults."""
    return {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 8,
        "axes.titlesize": TITLE,
        "axes.labelsize": LABEL,
        "axes.linewidth": 0.7,
        "axes.edgecolor": theme.muted,
        "axes.facecolor": theme.background,
        "axes.labelcolor": theme.ink,
        "axes.titlecolor": theme.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "figure.facecolor": theme.background,
        "savefig.facecolor": theme.background,
        "text.color": theme.ink,
        "grid.color": theme.faint,
        "grid.linewidth": 0.6,
        "xtick.labelsize": TICK,
        "ytick.labelsize": TICK,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "legend.fontsize": TEXT,
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "legend.columnspacing": 1.4,
        "lines.linewidth": 1.4,
        "lines.solid_capstyle": "round",
        "savefig.dpi": "figure",
        "pdf.fonttype": 42,
        "svg.hashsalt": "rlbench",
        "text.usetex": False,
        "text.parse_math": False,  # a `$` in a folder's name is a `$`
    }


@contextmanager
def paper_style(theme: Theme) -> Iterator[None]:
    """matplotlib's defaults and the above, for as long as the block lasts."""
    plain: dict[str, Any] = {
        key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith(PERSONAL)
    }
    ours: Any = {**plain, **settings(theme)}
    with matplotlib.rc_context(ours), quiet_glyphs():
        yield


@contextmanager
def quiet_glyphs() -> Iterator[None]:
    """Without a warning where a label is in a script that the font has not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


class UnitFormatter(Formatter):
    """Ticks as 200k and 1M, with as few digits as keep them apart."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002  (matplotlib's signature)
        return units(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        return tick_labels(values)


def set_ticks(axis: Axes, width: float, height: float) -> None:
    """Round numbers, as many as a panel of so many inches has room for."""
    for scale, size, room in ((axis.xaxis, width, 0.55), (axis.yaxis, height, 0.36)):
        scale.set_major_formatter(UnitFormatter())
        scale.set_major_locator(MaxNLocator(max(2, min(6, int(size / room))), steps=[1, 2, 2.5, 5, 10]))


def luminance(color: str) -> float:
    """Relative luminance, as contrast is reckoned from."""
    return sum(
        weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
        for weight, part in zip((0.2126, 0.7152, 0.0722), to_rgb(color))
    )


def contrast(one: str, other: str) -> float:
    """From 1 (none) to 21 (black on white)."""
    light, dark = sorted((luminance(one) + 0.05, luminance(other) + 0.05), reverse=True)
    return light / dark


def readable(color: str, theme: Theme) -> str:
    """The colour, mixed with the theme's ink until text in it is easy to read."""
    for share in (0.0, 0.15, 0.3, 0.45, 0.6, 0.75):
        mixed = to_hex(tuple((1 - share) * own + share * ink for own, ink in zip(to_rgb(color), to_rgb(theme.ink))))  # type: ignore[arg-type]
        if contrast(mixed, theme.background) >= 4.5:
            return mixed
    return theme.ink
