"""The options of launchers, parsed: which one, and what a batch system is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlbench.errors import UserError, nearest, quoted
from rlbench.sweep.words import parse_count

LOCAL, SLURM = "local", "slurm"
LAUNCHERS = {LOCAL: "rlbench.sweep.launchers.local", SLURM: "rlbench.sweep.launchers.slurm"}
"""The module of each launcher, which has a function `launch`."""

OF_BATCH_SYSTEMS = ("partition", "account", "time", "memory", "submit")
LEAST_MINUTES = 5
"""The signal that ends a task comes two to three minutes before its limit, and a task should do more than load."""
_WORD = re.compile(r"[A-Za-z0-9_.,:@+-]{1,100}")
_TIME = re.compile(r"(?:(\d{1,3})-)?(\d{1,4})(?::(\d{1,2}))?(?::(\d{1,2}))?")


@dataclass(frozen=True)
class Launching:
    """How a sweep is launched."""

    launcher: str = LOCAL
    partition: str = ""
    account: str = ""
    time: str = ""
    """Longest time of a task, as Slurm takes it."""
    memory: str = ""
    """Memory of a task, as Slurm takes it; empty: by rlbench's estimate."""
    submit: bool = False
    tasks: int | None = None
    """Tasks at a time; None: as many as there are cores."""


def read_launching(word: Mapping[str, Any]) -> Launching:
    """The parsed options; a UserError where one is wrong or belongs to another launcher."""
    name = LOCAL if word["launcher"] is None else word["launcher"]
    if name not in LAUNCHERS:
        hint = nearest(name, LAUNCHERS) if isinstance(name, str) else ""
        raise UserError(f"--launcher is one of {', '.join(LAUNCHERS)}, not {quoted(name)}.{hint}")
    given = {key: value for key in OF_BATCH_SYSTEMS if (value := word[key]) not in (None, False)}
    if name == LOCAL:
        for key in given:
            raise UserError(f"--{key} is for --launcher slurm; without that, jobs run on this machine.")
        return Launching()
    for key, value in given.items():
        if key != "submit" and not (isinstance(value, str) and _WORD.fullmatch(value)):
            raise UserError(f"--{key} is one word for Slurm's --{_SLURMS.get(key, key)}, not {quoted(value)}.")
    if "submit" in given and given["submit"] is not True:
        raise UserError(f"submit is true or false, not {quoted(given['submit'])}.")
    if word["device"] not in (None, "auto", "cpu"):
        raise UserError(f"--launcher slurm asks for cores, and cannot ask for GPUs yet: not --device {word['device']}.")
    _refuse_short(given.get("time"))
    tasks = None if word["workers"] is None else parse_count(word["workers"], "--workers", high=100_000)
    return Launching(name, **given, tasks=tasks)


_SLURMS = {"memory": "mem"}


def _refuse_short(time: Any) -> None:
    """A UserError for a time limit that is none or too short. Slurm reads M, M:S, H:M:S, D-H, D-H:M and D-H:M:S."""
    if time is None:
        return
    match = _TIME.fullmatch(time)
    if not match:
        raise UserError(f"--time is minutes, hours:minutes:seconds or days-hours, as in 12:00:00, not {quoted(time)}.")
    days, first, second, third = (None if each is None else int(each) for each in match.groups())
    if days is not None:
        minutes = (days * 24 + (first or 0)) * 60 + (second or 0)
    else:
        minutes = (first or 0) if third is None else (first or 0) * 60 + (second or 0)
    if minutes < LEAST_MINUTES:
        raise UserError(f"--time {time} is less than {LEAST_MINUTES} minutes, which a task needs to begin and to end.")
