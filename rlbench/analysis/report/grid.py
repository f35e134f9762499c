"""A table as text: cells that a person reads, and the same as Markdown or LaTeX to paste."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """Rows of cells under a head, and what the numbers are."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    names: int
    """So many first columns are names, set to the left; numbers follow, set to the right."""
    caption: str = ""


def markdown(grid: Grid) -> str:
    """A table of GitHub's kind, and the caption."""
    ruler = ["---"] * grid.names + ["---:"] * (len(grid.head) - grid.names)
    head, *rows = ([_markdown(cell) for cell in row] for row in (grid.head, *grid.rows))
    lines = [head, ruler, *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{text}\n\n{_markdown(grid.caption)}" if grid.caption else text


def latex(grid: Grid) -> str:
    """A tabular that needs no package, and the caption as a comment."""
    columns = "l" * grid.names + "r" * (len(grid.head) - grid.names)
    lines = [" & ".join(map(_latex, row)) + r" \\" for row in (grid.head, *grid.rows)]
    body = [r"\hline", lines[0], r"\hline", *lines[1:], r"\hline"]
    caption = [f"% {grid.caption}"] if grid.caption else []
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", *body, r"\end{tabular}", *caption])


def _markdown(cell: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]~&$])", r"\\\1", cell)


def _latex(cell: str) -> str:
    for sign, meaning in _LATEX.items():
        cell = cell.replace(sign, meaning)
    return f"{{}}{cell}" if cell.startswith(("[", "*")) else cell  # else it would be an option of the line before


_LATEX = {
    "\\": "\0",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\0": r"\textbackslash{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "…": r"\dots{}",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "∞": r"$\infty$",
}
"""In this order: what is put in is not replaced again."""
