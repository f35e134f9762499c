"""Where the runs come from: versions, machines, code and commands, each with the runs that have it."""

import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.runs import Run
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.text import listed, shown, units
from rlbench.layout import IMPORTED, RUN_FILE
from rlbench.run_file import is_imported, read_json, say

MOST_FIELDS = 40
"""Of versions, and of what is told of a machine: a stranger's run.json may hold thousands."""
LONGEST_COMMAND = 600
TEXTS = {"device": "device", "physics": "physics", "git": "git commit"}


@dataclass(frozen=True)
class About:
    """What run.json tells of a run beyond what all analysis reads. Missing and odd values are empty."""

    facts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """Where each setting came from."""
    command: str = ""
    started: str = ""
    ended: str = ""


def read_abouts(runs: Sequence[Run]) -> dict[Path, About]:
    """Of every run, by its folder."""
    return {run.path: read_about(run.path) for run in runs}


def read_about(folder: Path) -> About:
    try:
        about = read_json(folder / RUN_FILE)
    except (ValueError, OSError):
        return About()
    facts = {f"{shown(name)} version": say(value) for name, value in _table(about.get("versions"))}
    facts |= {name: shown(about[key], 200) for key, name in TEXTS.items() if isinstance(about.get(key), str)}
    facts |= {f"machine: {shown(name)}": shown(str(value), 200) for name, value in _table(about.get("platform"))}
    if is_imported(about):
        facts["origin"] = f"imported from {say(about[IMPORTED].get('tool'))}"
    if type(about.get("steps")) is int:
        facts["budget"] = f"{units(about['steps'])} transitions"
    sources = {name: value for name, value in _table(about.get("sources")) if isinstance(value, str)}
    command = about.get("command")
    words = command if isinstance(command, list) and all(isinstance(word, str) for word in command) else []
    started, ended = (
        shown(value) if isinstance(value := about.get(name), str) else "" for name in ("started", "ended")
    )
    return About(facts, sources, shown(shlex.join(words), LONGEST_COMMAND), started, ended)


def _table(value: Any) -> list[tuple[str, Any]]:
    return list(value.items())[:MOST_FIELDS] if isinstance(value, dict) else []


def origins_grid(runs: Sequence[Run], abouts: Mapping[Path, About]) -> Grid:
    """A row for each fact and value, with the runs that have it."""
    holders: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for name, value in abouts[run.path].facts.items():
            holders[name][value].append(run)
    rows = [
        (name, value, who(members, runs))
        for name, values in holders.items()
        for value, members in sorted(values.items())
    ]
    dates = [about for about in abouts.values() if about.started]
    if dates:
        rows.append(("first run started", min(about.started for about in dates), ""))
        rows.append(("last run ended", max(about.ended for about in dates) or "–", ""))
    return Grid(("quantity", "value", "runs"), rows, names=3)


def who(members: Sequence[Run], runs: Sequence[Run]) -> str:
    """Which runs, in few words."""
    if len(members) == len(runs):
        return f"all {len(runs)}" if len(runs) > 1 else "the only one"
    names = dict.fromkeys(f"{shown(run.env)} {shown(run.algorithm)}" for run in members)
    return f"{len(members)} of {len(runs)}: {listed(names, 4)}"


def commands(abouts: Mapping[Path, About]) -> list[str]:
    """Every command that made some of the runs, once."""
    return sorted({about.command for about in abouts.values()} - {""})
