"""The two themes of figures: colours for a light and for a dark page."""

from dataclasses import dataclass

from rlbench.analysis import options


@dataclass(frozen=True)
class Theme:
    """The colours of a figure."""

    background: str
    ink: str
    """Of text that must be read."""
    muted: str
    """Of captions, axes and ticks."""
    faint: str
    """Of grids."""
    palette: tuple[str, ...]
    """Colours of algorithms, in the order of `looks.SLOTS`."""


THEMES: dict[options.Theme, Theme] = {
    "light": Theme(
        background="#ffffff",
        ink="#1a1a1a",
        muted="#595959",
        faint="#e6e6e6",
        palette=(
            *("#334bcc", "#940308", "#537d20", "#9c5ffa", "#e88b0e"),
            *("#2bb0f7", "#b1667d", "#0c5952", "#aa178e", "#a4a4a4"),
        ),
    ),
    "dark": Theme(
        background="#16191e",
        ink="#ececec",
        muted="#a9adb3",
        faint="#2c3138",
        palette=(
            *("#6a9af2", "#d05418", "#9bfb78", "#865bf6", "#c2a132"),
            *("#5cd1fb", "#fba6ac", "#319378", "#f059b9", "#e8e8e8"),
        ),
    ),
}
"""Both palettes come from a search for colours of which the two most alike stay apart, for readers with any of the
three kinds of colour blindness too, and which stand out from the background: tests/analysis/figures/test_looks.py."""
