"""What runs were made on, as far as it may decide their last digits: processors, and changes in the middle of a run."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rlbench.analysis.reading.runs import as_dict
from rlbench.analysis.text import listed, shown


def processor_of(about: dict[str, Any]) -> str:
    """The processor on which a run ended, or is; empty if unknown."""
    name = as_dict(about.get("platform")).get("processor")
    return shown(name, 80) if isinstance(name, str) else ""


def of_several_processors(seeds: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """Notes on algorithms whose runs were made on several processors, and their folders.

    `seeds` are the names of runs by folder of their algorithm and by processor.
    """
    notes: dict[str, list[str]] = defaultdict(list)
    for folder, by_processor in seeds.items():
        if len(by_processor) > 1:
            told = "; ".join(f"{name} ({listed(by_processor[name], most=3)})" for name in sorted(by_processor))
            notes[f"made on different processors, so that last digits may differ: {told}"].append(folder)
    return notes


def say_changes(about: dict[str, Any]) -> list[str]:
    """A line for each time that a run went on by other code or on another processor."""
    changes = about.get("changes")
    lines = []
    for change in changes if isinstance(changes, list) else []:
        what, steps = as_dict(change).get("what"), as_dict(change).get("env_steps")
        told = "; ".join(shown(str(each), 200) for each in what) if isinstance(what, list) else "what is not told"
        lines.append(f"made otherwise from step {shown(str(steps), 20)} on: {told}")
    return lines
