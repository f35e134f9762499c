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
ALIKE = {
    BLUE: (GREEN, PURPLE, TEAL, PINK),
    RED: (GREEN, TEAL, PINK),
    GREEN: (BLUE, RED, SKY, ROSE, GREY),
    PURPLE: (BLUE, TEAL),
    GOLD: (ROSE,),
    SKY: (GREEN, GREY),
    ROSE: (GREEN, GOLD),
    TEAL: (BLUE, RED, PURPLE, PINK),
    PINK: (BLUE, RED, TEAL),
    GREY: (GREEN, SKY),
}
"""Of each colour, those nearest to it: less than .11 apart in Oklab for some reader, in one theme or the other."""
HIGHEST = 1 << 16
Place = tuple[int, int, int]
"""Colour, marker and dash, each a number."""


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
    """How each of these algorithms is drawn. No two look the same.

    rlbench's own have a fixed look. Any other has the colour that its name's hash says, unless that is taken among
    these algorithms or hard to tell from one that is: then the next colour that is neither.
    """
    names = sorted(set(algorithms))
    taken: dict[str, Place] = {name: OWN[name] for name in names if name in OWN}
    for name in names:
        if name not in taken:
            taken[name] = free_place(name, set(taken.values()))
    count = max(1, len(names))
    return {name: look(*taken[name], theme, turn=place / count) for place, name in enumerate(names)}


def free_place(name: str, taken: set[Place]) -> Place:
    """The look of an algorithm that is not rlbench's own: a free colour, then a free dash of a colour that is taken."""
    hashed = int.from_bytes(hashlib.sha256(name.encode(errors="surrogatepass")).digest()[:4], "big")
    start = hashed % len(RARE)
    order = [*RARE[start:], *RARE[:start], *(slot for slot in SLOTS if slot not in RARE)]
    present = {color for color, _, _ in taken}
    for dash in range(len(DASHES)):
        free = [slot for slot in order if (slot, dash) not in {(color, dash) for color, _, dash in taken}]
        if free:
            color = min(free, key=lambda slot: len(present.intersection(ALIKE[slot])))
            return color, free_marker(hashed, color, taken), dash
    for attempt in range(HIGHEST):  # every colour has every dash: only the marker is left to differ
        rest, dash = divmod(attempt, len(DASHES))
        place = order[rest % len(SLOTS)], (hashed + rest // len(SLOTS)) % len(MARKERS), dash
        if place not in taken:
            return place
    return order[0], 0, 0  # so many lines cannot be told apart by anything


def free_marker(hashed: int, color: int, taken: set[Place]) -> int:
    """A marker that nobody has, or else nobody of this colour."""
    order = [(hashed // len(SLOTS) + place) % len(MARKERS) for place in range(len(MARKERS))]
    anybodys = {marker for _, marker, _ in taken}
    of_color = {marker for each, marker, _ in taken if each == color}
    return min(order, key=lambda marker: (marker in of_color, marker in anybodys))


def look(color: int, marker: int, dash: int, theme: Theme, turn: float) -> Look:
    shape, size = MARKERS[marker]
    return Look(theme.palette[color], shape, size, DASHES[dash], turn)
