"""The summary as a person reads it, mean ± standard deviation over seeds, as text to paste."""

import re
from collections.abc import Hashable
from typing import Any

import pandas as pd

from rlbench.analysis.physics import say_physics
from rlbench.analysis.text import plus_minus, units

HEAD = ("environment", "algorithm", "seeds", "steps", "final, mean action", "final, sampled", "maximum, mean action")
NAMES = 2
"""The first columns are names; numbers follow."""
MARKS = {"diverged": "×", "changed": "!"}
CHANGED = " !: progress.csv was changed after its run ended, so these are not the numbers that rlbench wrote."


def cells(summary: pd.DataFrame) -> list[tuple[str, ...]]:
    """A row for each of the summary's; an environment is named once."""
    rows: list[tuple[str, ...]] = []
    above = None
    for row in summary.to_dict("records"):
        rows.append(
            (
                row["env"] if row["env"] != above else "",
                row["algorithm"],
                f"{row['n']}{_marks(row)}",
                units(row["env_steps"]),
                plus_minus(row["eval_det"], row["eval_det_std"]),
                plus_minus(row["eval_stoch"], row["eval_stoch_std"]),
                plus_minus(row["eval_det_max"], row["eval_det_max_std"]),
            )
        )
        above = row["env"]
    return rows


def _marks(row: dict[Hashable, Any]) -> str:
    """Behind the number of seeds: how many of them need a word, which the caption has."""
    marks = [f"{row[column]} {sign}" for column, sign in MARKS.items() if row[column]]
    return f" ({', '.join(marks)})" if marks else ""


def caption(summary: pd.DataFrame) -> str:
    """What the numbers are."""
    kinds = {(row["env"], row["algorithm"]): row["physics"] for row in summary.to_dict("records")}
    return (
        "Evaluation return at the last step that all seeds share (at their own ends, where they share none), "
        "mean ± standard deviation over seeds, "
        "and the maximum of the mean curve. ×: diverged."
        f"{CHANGED if summary['changed'].any() else ''} {say_physics(kinds)}"
    )


def markdown(summary: pd.DataFrame) -> str:
    """A table of GitHub's kind, and the caption."""
    ruler = ["---"] * NAMES + ["---:"] * (len(HEAD) - NAMES)
    lines = [HEAD, ruler, *([_markdown(cell) for cell in row] for row in cells(summary))]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", _markdown(caption(summary))])


def latex(summary: pd.DataFrame) -> str:
    """A tabular that needs no package, and the caption as a comment."""
    columns = "l" * NAMES + "r" * (len(HEAD) - NAMES)
    lines = [" & ".join(map(_latex, row)) + r" \\" for row in (HEAD, *cells(summary))]
    body = [r"\hline", lines[0], r"\hline", *lines[1:], r"\hline"]
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", *body, r"\end{tabular}", f"% {caption(summary)}"])


def csv(summary: pd.DataFrame) -> str:
    """The summary itself, unrounded."""
    return summary.to_csv(index=False).rstrip("\n")


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
}
"""In this order: what is put in is not replaced again."""
