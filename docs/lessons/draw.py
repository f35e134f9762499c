"""Make the pictures of the lessons anew, by the commands on their pages: python docs/lessons/draw.py [PAGE ...]

The k-th drawing command of a block makes the k-th picture below it. Runs go to results/ of the folder that this is
started in, and are not trained twice. A block without a picture below it, as of a changed setting, is not run.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
COLOURS = 256
"""Colours of a picture. A palette makes files half as large."""
PART = re.compile(
    r"^```\n(?P<block>rlbench .*?)^```|^!\[[^\]]*\]\((?P<picture>[\w-]+\.png)\)", re.MULTILINE | re.DOTALL
)


def blocks(page: str) -> list[tuple[list[str], list[str]]]:
    """Of each block of commands: the commands, and the pictures between it and the next one."""
    found: list[tuple[list[str], list[str]]] = []
    for part in PART.finditer(page):
        if part["block"]:
            found.append((part["block"].splitlines(), []))
        elif found:
            found[-1][1].append(part["picture"])
    return found


def drawn_by(command: str) -> Path | None:
    """Run a command; the first PNG file that it names, if it draws."""
    root = HERE.parent.parent
    words = [str(root / word) if word.startswith("docs/") else word for word in shlex.split(command)]
    told = subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.PIPE, text=True).stdout
    paths = [line for line in told.splitlines() if line.endswith(".png")]
    return Path(paths[0]) if paths and words[1] in ("lesson", "plot") else None


def shrink(drawn: Path, picture: Path) -> None:
    """Write a picture with few colours."""
    with Image.open(drawn) as full:
        few = full.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(picture, optimize=True)


def main(pages: Sequence[str]) -> None:
    """Run the blocks of these pages, or of all."""
    for path in sorted(HERE.glob("*.md")):
        if pages and path.stem not in pages:
            continue
        for commands, pictures in blocks(path.read_text(encoding="utf-8")):
            if pictures:
                drawn = [made for command in commands if (made := drawn_by(command))]
                for made, picture in zip(drawn, pictures, strict=True):
                    shrink(made, HERE / picture)


if __name__ == "__main__":
    main(sys.argv[1:])
