"""suite.json: what a suite says of its results, kept beside them. Training writes it, and analysis reads it.

It has the suite's title, the order of its environments and algorithms and their titles, and what is drawn and compared
unless an option says otherwise. Reading it runs nothing; one that cannot be used is reported in a few words.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from rlbench.errors import nearest, say_value
from rlbench.json_file import read_object

SUITE_FORMAT = 1
LARGEST_SUITE_FILE = 1 << 20
"""Bytes. A larger file is not read: it is no suite's."""
LONGEST_TITLE = 120
MOST_NAMES = 10_000

Metric = Literal["eval-det", "eval-stoch", "return"]
"""Returns that runs are compared by."""
Kind = Literal["curves", "profile", "aggregate", "improvement", "efficiency", "final", "diagnostics"]
"""What `rlbench plot` can draw."""


@dataclass(frozen=True)
class SuiteFile:
    """A suite, as far as its results are concerned."""

    name: str
    title: str
    envs: tuple[str, ...]
    """Environments, in the order in which they are shown."""
    algorithms: tuple[str, ...]
    """Algorithms and variants, in the order in which they are shown."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What environments and algorithms are called, where not by their names."""
    kinds: tuple[Kind, ...] = ()
    """Figures that `rlbench plot` draws."""
    metric: Metric | None = None
    baseline: str | None = None
    """The one algorithm that the others are compared with."""
    threshold: float | None = None
    """A return; comparisons tell when each algorithm reached it."""


def is_title(value: Any) -> bool:
    """Whether a value is one line of printable text that is not too long to be a title."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TITLE and value.isprintable()


def analysis_faults(table: Mapping[str, Any]) -> Iterator[str]:
    """A line for each of `kinds`, `metric`, `baseline` and `threshold` that is not what it should be."""
    kinds, metric = table.get("kinds", ()), table.get("metric")
    if not isinstance(kinds, list | tuple):
        yield f'kinds is a list of figures, such as ["curves", "final"], not {say_value(kinds)}'
    else:
        yield from (_no_choice("kinds", kind, get_args(Kind)) for kind in kinds if not _is_one(kind, get_args(Kind)))
    if metric is not None and not _is_one(metric, get_args(Metric)):
        yield _no_choice("metric", metric, get_args(Metric))
    if table.get("baseline") is not None and not isinstance(table["baseline"], str):
        yield f"baseline is the name of an algorithm, not {say_value(table['baseline'])}"
    threshold = table.get("threshold")
    if threshold is not None and not (type(threshold) in (int, float) and math.isfinite(threshold)):
        yield f"threshold is a return, such as 3000, not {say_value(threshold)}"


def suite_text(suite: SuiteFile) -> str:
    """The content of suite.json."""
    return json.dumps({"format": SUITE_FORMAT, **asdict(suite)}, indent=1, ensure_ascii=False) + "\n"


def read_suite_file(path: Path) -> SuiteFile:
    """The suite in a file; a ValueError says in a few words why it cannot be used."""
    content = read_object(path, LARGEST_SUITE_FILE)
    if content.get("format") != SUITE_FORMAT:
        raise ValueError(f"its format is not {SUITE_FORMAT}, the one that this rlbench knows")
    for fault in _faults(content):
        raise ValueError(fault)
    return SuiteFile(
        name=content["name"],
        title=content["title"],
        envs=tuple(content["envs"]),
        algorithms=tuple(content["algorithms"]),
        titles=content.get("titles", {}),
        kinds=tuple(content.get("kinds", ())),
        **{key: content.get(key) for key in ("metric", "baseline", "threshold")},
    )


def _faults(content: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "title"):
        if not is_title(content.get(key)):
            yield f"{key} is {say_value(content.get(key))}, and not a line of text"
    for key in ("envs", "algorithms"):
        if not _is_list_of_names(content.get(key)):
            yield f"{key} is not a list of names"
    titles = content.get("titles", {})
    if not (isinstance(titles, dict) and len(titles) <= MOST_NAMES and all(map(is_title, titles.values()))):
        yield "titles is not a table of lines of text"
    yield from analysis_faults(content)


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_NAMES and all(isinstance(each, str) for each in value)


def _is_one(value: Any, choices: tuple[str, ...]) -> bool:
    return isinstance(value, str) and value in choices


def _no_choice(key: str, value: Any, choices: tuple[str, ...]) -> str:
    hint = nearest(value, choices) if isinstance(value, str) else ""
    return f"{key} has no {say_value(value)}.{hint} Choose of {', '.join(choices)}"
