"""Records of a search: what it was asked and what it has found, in one JSON file that is replaced whole.

A record contains no time and no machine, so that records can be compared byte by byte.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlbench.errors import UserError
from rlbench.files import replace_file
from rlbench.json_file import read_object
from rlbench.layout import LARGEST_RECORD


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the record, and make its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(content, indent=1) + "\n").encode())


def as_json(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as it will be when it is read back: tuples become lists."""
    return dict(json.loads(json.dumps(content)))


def refuse_other_plan(path: Path, asked: Mapping[str, Any], what: str, advice: str) -> None:
    """A UserError where the record at `path` has another plan than the one asked for; it names what differs."""
    if not path.exists():
        return
    try:
        there = read_object(path, LARGEST_RECORD)["plan"]
        differing = [key for key in asked if there.get(key) != asked[key]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} cannot be read. Remove it: it is made anew from the runs.") from None
    if differing:
        each = "; ".join(f"{key} {_short(there.get(key))} there, {_short(asked[key])} asked" for key in differing)
        raise UserError(f"{path} holds {what} by another plan: {each}. {advice}")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def move_aside(path: Path) -> None:
    """Rename a file or folder, if it is there, to the first free name that ends in `.old-1`, `.old-2` and so on."""
    number = 1
    while (aside := path.with_name(f"{path.name}.old-{number}")).exists():
        number += 1
    if path.exists():
        path.rename(aside)
