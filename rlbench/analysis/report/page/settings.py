"""Which settings each algorithm was run with, and where they differ: tables with a column for each algorithm."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rlbench.analysis.reading.runs import Run
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.report.page.origins import About
from rlbench.analysis.text import listed, shown

CHOSEN = " •"
NONE = "–"
Values = Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
"""By setting, algorithm and value: the environments where it has this value."""


def settings_grids(runs: Sequence[Run], abouts: Mapping[Any, About], titles: Titles = PLAIN) -> dict[str, Grid]:
    """`differing`: settings that algorithms share and that differ, or that a user chose. `all`: every setting."""
    algorithms = titles.sorted_algorithms({run.algorithm for run in runs if run.settings})
    values: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for run in runs:
        sources = abouts[run.path].sources
        for name, value in run.settings.items():
            mark = CHOSEN if sources.get(name, "default") != "default" else ""
            values[name][run.algorithm][f"{shown(value)}{mark}"].add(titles.env(run.env))
    rows = {name: tuple(cell(found.get(each, {})) for each in algorithms) for name, found in sorted(values.items())}
    chosen = f" {CHOSEN.strip()}: chosen by the user, not a default."
    caption = f"{NONE}: the algorithm has no such setting."
    caption += chosen if any(CHOSEN in text for row in rows.values() for text in row) else ""
    head = ("setting", *map(titles.algorithm, algorithms))
    kinds = {"differing": [name for name, row in rows.items() if differs(row)], "all": list(rows)}
    return {
        kind: Grid(head, [(shown(name), *rows[name]) for name in names], len(head), caption)
        for kind, names in kinds.items()
        if names
    }


def cell(found: Mapping[str, set[str]]) -> str:
    """The value; where it differs between environments, each with its environments."""
    if len(found) < 2:
        return next(iter(found), NONE)
    return "; ".join(f"{value} ({listed(map(shown, sorted(envs)), 3)})" for value, envs in sorted(found.items()))


def differs(row: Sequence[str]) -> bool:
    """Whether two algorithms have it with different values, or somebody chose a value."""
    told = {text for text in row if text != NONE}
    return len(told) > 1 or any(CHOSEN in text or "; " in text for text in told)
