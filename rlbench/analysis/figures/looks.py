"""How an algorithm is drawn: the same colour, mark and line in every figure, whatever else is drawn."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rlbench.analysis.figures.themes import Theme

BLUE, RED, GREEN, PURPLE, GOLD, SKY, ROSE, TEAL, PINK, GREY = SLOTS = range(10)
"""Places in a theme's palette."""
MARKERS = (("o", 4.4), ("s", 4.2), ("^", 5.0), ("D", 4.0), ("v", 5.0), ("P", 5.4), ("<", 5.0), (">", 5.0), ("X", 5.2))
"""Shapes, and sizes that look alike."""
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)))
"""One for each round of the colours."""

OWN = {
    "trpo": (BLUE, 0, 0),
    "ppo": (RED, 1, 0),
    "npg": (GREEN, 2, 0),
    "a2c": (PURPLE, 3, 0),
    "cem": (GOLD, 4, 0),
    "cma-es": (SKY, 5, 0),
    "trpo-vine": (PINK, 6, 0),
    "acktr": (TEAL, 7, 0),
    "reinforce": (GREY, 8, 0),
    "policy-iteration": (BLUE, 3, 1),
    "cpi": (RED, 4, 1),
}
"""Colour, marker and dash of rlbench's own algorithms."""
RARE = (ROSE, TEAL, PINK, GREY, SKY)
"""Colours that other algorithms take first: rlbench's own that have them are drawn less often."""
HIGHEST = 1 << 16


@dataclass(frozen=True)
class Look:
    """How one algorithm is drawn."""

    color: str
    marker: str
    size: float
    dash: Any
    turn: float
    """Where its first mark sits, so that marks of different lines do not lie on each other."""


def looks(algorithms: Iterable[str], theme: Theme) -> dict[str, Look]:
    """rlbench's own algorithms have a look of their own; any other one has that of its name's hash.

    Where that colour is taken among these algorithms, the next free one is taken, so that no two look the same.
    """
    names = sorted(set(algorithms))
    taken: dict[str, tuple[int, int, int]] = {name: OWN[name] for name in names if name in OWN}
    for name in names:
        if name not in taken:
            taken[name] = free_place(name, set(taken.values()))
    count = max(1, len(names))
    return {name: look(*taken[name], theme, turn=place / count) for place, name in enumerate(names)}


def free_place(name: str, taken: set[tuple[int, int, int]]) -> tuple[int, int, int]:
    """The place of a name that is not one of ours: of free colours in the first round, then in the next ones."""
    hashed = int.from_bytes(hashlib.sha256(name.encode(errors="surrogatepass")).digest()[:4], "big")
    start = hashed % len(RARE)
    order = [*RARE[start:], *RARE[:start], *(slot for slot in SLOTS if slot not in RARE)]
    for attempt in range(HIGHEST):
        turned = attempt // len(SLOTS)
        color = order[attempt % len(SLOTS)]
        marker = (hashed // len(SLOTS) + turned) % len(MARKERS)
        dash = turned % len(DASHES)
        alike = {(c, d) for c, _, d in taken} if turned < len(DASHES) else taken
        if ((color, dash) if turned < len(DASHES) else (color, marker, dash)) not in alike:
            return color, marker, dash
    return hashed % len(SLOTS), 0, 0  # so many lines cannot be told apart by anything


def look(color: int, marker: int, dash: int, theme: Theme, turn: float) -> Look:
    shape, size = MARKERS[marker]
    return Look(theme.palette[color], shape, size, DASHES[dash], turn)
