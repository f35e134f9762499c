"""How a figure looks: one place for colours, marks and type, and nothing of the user's own matplotlib settings."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import seaborn
from matplotlib.ticker import Formatter

from rlbench.analysis.text import tick_labels, units

ORDER = (0, 3, 2, 4, 1, 9, 5, 7, 6)  # of seaborn's colour-blind palette: neighbours far apart, yellow left out
MARKERS = (("o", 4.4), ("s", 4.2), ("^", 5.0), ("D", 4.0), ("v", 5.0), ("P", 5.4), ("<", 5.0), (">", 5.0), ("*", 6.6))
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)))  # one for each round of the colours
GREY = "0.4"

RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.edgecolor": "0.25",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.color": "0.25",
    "ytick.color": "0.25",
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "legend.columnspacing": 1.4,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.hashsalt": "rlbench",
    "text.usetex": False,
    "text.parse_math": False,  # a `$` in a folder's name is a `$`
}
PERSONAL = ("backend", "toolbar", "interactive", "timezone", "webagg", "figure.hooks", "date.", "savefig.directory")


@dataclass(frozen=True)
class Look:
    """How one algorithm is drawn, the same in every panel and figure."""

    color: tuple[float, float, float]
    marker: str
    size: float
    dash: Any
    turn: float
    """Where its first mark sits, so that marks of different curves do not lie on each other."""


def looks(algorithms: Sequence[str]) -> dict[str, Look]:
    palette = seaborn.color_palette("colorblind")
    colors = [palette[index] for index in ORDER]
    count = max(1, len(algorithms))
    return {
        name: Look(
            color=colors[i % len(colors)],
            marker=MARKERS[i % len(MARKERS)][0],
            size=MARKERS[i % len(MARKERS)][1],
            dash=DASHES[i // len(colors) % len(DASHES)],
            turn=i / count,
        )
        for i, name in enumerate(algorithms)
    }


@contextmanager
def paper_style() -> Iterator[None]:
    """matplotlib's defaults and the above, for as long as the block lasts."""
    plain: dict[str, Any] = {
        key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith(PERSONAL)
    }
    settings: Any = {**plain, **RC}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # a label in a script it has not
        yield


class UnitFormatter(Formatter):
    """Ticks as 200k and 1M, with as few digits as keep them apart."""

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002  (matplotlib's signature)
        return units(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        return tick_labels(values)
