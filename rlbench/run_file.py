"""run.json: how it is read, and what it must say. Training and analysis both read it through this module."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, harmless
from rlbench.json_file import read_object
from rlbench.layout import IMPORTED, RUN_FILE, RUN_FORMAT, STATUSES

LARGEST_RUN_FILE = 1 << 20
"""Bytes. A larger file is not read: it is no run's."""

Check = tuple[Callable[[Any], bool], str]
"""Whether a value is of the kind that a field has, and the name of that kind."""


def _of(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in kinds  # True is not a whole number


def _numbers(value: Any) -> bool:
    return type(value) is dict and all(type(each) in (int, float) for each in value.values())


def _texts(value: Any) -> bool:
    return type(value) is list and all(type(each) is str for each in value)


def _checksums(value: Any) -> bool:
    return type(value) is dict and all(map(is_checksum, value.values()))


def is_checksum(value: Any) -> bool:
    """Whether a value is the length and the SHA-256 of a file, as run.json and checkpoints have them."""
    return type(value) is dict and type(value.get("bytes")) is int and type(value.get("sha256")) is str


def _tables(value: Any) -> bool:
    return type(value) is list and all(type(each) is dict for each in value)


def _code(value: Any) -> bool:
    """`rlbench` is a table, every other part a list of them."""
    return type(value) is dict and all(
        type(each) is dict if name == "rlbench" else _tables(each) for name, each in value.items()
    )


TEXT: Check = (_of(str), "a text")
COUNT: Check = (lambda value: type(value) is int and value >= 0, "a whole number")
TABLE: Check = (_of(dict), "a table")

REQUIRED: dict[str, Check] = {
    "status": (lambda value: type(value) is str and value in STATUSES, f"one of {', '.join(STATUSES)}"),
    "algorithm": TEXT,
    "env": TEXT,
    "seed": COUNT,
    "steps": COUNT,
    "env_steps": COUNT,
    "eval_every": COUNT,
    "settings": TABLE,
    "versions": TABLE,
}
"""Fields that every run.json has."""

OPTIONAL: dict[str, Check] = {
    "label": TEXT,
    "device": TEXT,
    "physics": TEXT,
    "code": (_code, "a table of modules"),
    "platform": TABLE,
    "git": TEXT,
    "started": TEXT,
    "ended": TEXT,
    "command": (_texts, "a list of texts"),
    "sources": TABLE,
    "iteration": COUNT,
    "evaluation": (_numbers, "a table of numbers"),
    "files": (_checksums, "a table of checksums"),
    "row_every": COUNT,
    "lengthened": (_tables, "a list of tables"),
    "changes": (_tables, "a list of tables"),
    "peak_memory": COUNT,
    IMPORTED: TABLE,
}
"""Fields that may be missing or null: earlier versions, or runs that have not ended, have no value for them."""

UNKNOWN_OF_IMPORTED = ("steps", "eval_every")
"""Required fields that are null where another tool's files, of which a run was imported, do not tell them."""


def label_of(about: dict[str, Any]) -> Any:
    """What the run's folder and curve are called. Earlier versions knew no variants, and wrote no label."""
    return about.get("algorithm") if about.get("label") is None else about["label"]


def is_imported(about: dict[str, Any]) -> bool:
    """Whether run.json is of a run that another tool made."""
    return type(about.get(IMPORTED)) is dict


def read_json(path: Path) -> dict[str, Any]:
    """run.json as a dictionary; a ValueError says in a few words why it is none."""
    return read_object(path, LARGEST_RUN_FILE)


def read_run_file(folder: Path) -> dict[str, Any] | None:
    """The checked content of a folder's run.json; None if there is no such file. A UserError if it cannot be used."""
    path = folder / RUN_FILE
    if not os.path.lexists(path):
        return None
    advice = "Restore it from a copy; to train its seed anew, move its folder away"
    try:
        content = read_json(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}. Look at its permissions") from error
    except ValueError as error:
        raise UserError(f"{path} cannot be used: {error}. {advice}") from error
    if told := format_fault(content):
        raise UserError(f"{path} is not of this version of rlbench: {told}. Choose another --out")
    for told in faults(content):
        raise UserError(f"{path}: {told}. {advice}")
    return content


def faults(about: dict[str, Any]) -> Iterator[str]:
    """A line for each field that is missing or of another kind than it should be. The format is another question."""
    may_be_unknown = UNKNOWN_OF_IMPORTED if is_imported(about) else ()
    for name, (fits, kind) in REQUIRED.items():
        if not fits(about.get(name)) and not (name in may_be_unknown and about.get(name) is None):
            yield f"{name} is {say(about.get(name))}, and not {kind}"
    for name, (fits, kind) in OPTIONAL.items():
        if about.get(name) is not None and not fits(about[name]):
            yield f"{name} is {say(about[name])}, and not {kind}"


def format_fault(about: dict[str, Any]) -> str | None:
    """What is wrong with the format number, if anything is."""
    if about.get("format") == RUN_FORMAT and type(about["format"]) is int:
        return None
    return f"format {say(about.get('format'))}, and this rlbench knows {RUN_FORMAT}"


def say(value: Any) -> str:
    """A value out of run.json, short and without control characters; `missing` for None."""
    if value is None:
        return "missing"
    text = harmless(str(value)) if isinstance(value, int | float | str) else type(value).__name__
    return text if len(text) <= 40 else f"{text[:19]}…{text[-19:]}"
