"""The interface between a lesson and the command that carries it out."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Measured(NamedTuple):
    """One number for each seed."""

    panel: str
    """The title of the panel that it is drawn in."""
    line: str
    """The line, or the row, that it belongs to."""
    x: float
    """Where on the line; of rows any number."""
    values: Array
    """`[S]`"""


class Axes(NamedTuple):
    """A panel without its lines."""

    title: str
    x_label: str = ""
    log_x: bool = False
    log_y: bool = False
    """Also: that means and intervals over seeds are those of logarithms. Of rows, whose y is drawn to the right."""
    rows: bool = False
    """Whether each line is a single number, drawn as a row."""
    level: float | None = None
    """A line across the panel, to see the others against."""
    lowest: float | None = None
    """Where the y axis begins; None: below all that is drawn."""


class Lesson(Protocol):
    """A frozen dataclass of settings with these attributes; its docstring is the question that it answers."""

    default_env: ClassVar[str]
    title: ClassVar[str]
    """What the figure shows, in a few words."""

    @property
    def panels(self) -> Sequence[Axes]:
        """The figure without its lines."""

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """All numbers of the figure."""

    def say(self, found: "Numbers") -> Sequence[str]:
        """What the figure shows, in sentences with its numbers."""


class Numbers:
    """What was measured, to be looked up by panel, line and x."""

    def __init__(self, measured: Sequence[Measured]) -> None:
        self._values = {(each.panel, each.line, each.x): each.values for each in measured}

    def values(self, panel: str, line: str, x: float = 0.0) -> Array:
        """One number for each seed."""
        return self._values[panel, line, x]

    def places(self, panel: str, line: str) -> list[float]:
        """All x of a line, in their order."""
        return sorted(x for where, name, x in self._values if (where, name) == (panel, line))

    def mean(self, panel: str, line: str, x: float = 0.0) -> float:
        """Over seeds."""
        return float(self._values[panel, line, x].mean())

    def geometric_mean(self, panel: str, line: str, x: float = 0.0) -> float:
        """Over seeds, as panels with a logarithmic axis show it."""
        return float(np.exp(np.log(self._values[panel, line, x]).mean()))
