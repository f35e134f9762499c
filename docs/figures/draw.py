"""Draw the pictures of docs/plots.md and of the README anew, from results/reference: make figures."""

import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

import rlbench

HERE = Path(__file__).parent
REFERENCE = HERE.parent.parent / "results" / "reference"
COLOURS = 256
"""Colours of a picture. A palette makes files half as large; it covers rare colours too, as those of thin lines are."""
PICTURES: dict[str, dict[str, Any]] = {
    "hopper-v4": {"kind": "curves"},
    "final": {"kind": "final", "width": 4.5},
    "profile": {"kind": "profile", "width": 4.5},
    "aggregate": {"kind": "aggregate", "width": 4.5},
    "improvement": {"kind": "improvement", "width": 4.5, "algorithms": ("trpo", "ppo", "npg", "cem", "cma-es")},
    "efficiency": {"kind": "efficiency", "x": "wall", "width": 4.5},
    "diagnostics": {"kind": "diagnostics", "width": 5.2, "algorithms": ("trpo", "ppo", "npg", "trpo-vine")},
}


def draw(name: str, options: dict[str, Any]) -> None:
    """One picture, with few colours."""
    with tempfile.TemporaryDirectory() as folder:
        made = rlbench.plot(REFERENCE, **options, formats=("png",), out=folder)
        [drawn] = [path for path in made.paths if path.suffix == ".png"]
        with Image.open(drawn) as picture:
            few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    for name, options in PICTURES.items():
        draw(name, options)
