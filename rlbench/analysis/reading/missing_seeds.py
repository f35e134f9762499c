"""Seeds that are not among the runs of an algorithm, although they ought to be: means without them are others."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rlbench.analysis.text import listed

MOST = 10_000
"""More seeds are not looked for: a stranger's run.json may ask for any number."""


def of_missing_seeds(groups: Mapping[str, Mapping[int, dict[str, Any]]]) -> dict[str, list[str]]:
    """Notes on algorithms that lack seeds, and their folders. `groups` has run.json by folder and seed."""
    notes: dict[str, list[str]] = defaultdict(list)
    for folder, runs in groups.items():
        expected = {seed for about in runs.values() for seed in asked_for(about.get("command"))}
        expected |= set(range(min(runs), min(max(runs), min(runs) + MOST)))
        if missing := sorted(expected - set(runs)):
            names = listed([f"seed-{seed}" for seed in missing], most=3)
            notes[f"without {names}: asked for, or between seeds that are there; means are of the others"].append(
                folder
            )
    return notes


def asked_for(command: object) -> Iterable[int]:
    """The seeds that a command line names by --seeds; none where it has no such words."""
    if not isinstance(command, list) or "--seeds" not in command[:-1]:
        return ()
    words = command[command.index("--seeds") + 1]
    if not isinstance(words, str) or not re.fullmatch(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*", words):
        return ()
    if words.isdigit():
        return range(min(int(words), MOST))
    ends = [(int(low), int(high or low)) for low, _, high in (part.partition("-") for part in words.split(","))]
    return {seed for low, high in ends for seed in range(low, min(high, low + MOST) + 1)}
