"""The options of launchers, parsed: which one, and what a cluster is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlbench.errors import UserError, harmless, nearest, quoted
from rlbench.sweep.words import parse_count

LOCAL, RAY, SLURM = "local", "ray", "slurm"
LAUNCHERS = {
    LOCAL: "rlbench.sweep.launchers.local",
    RAY: "rlbench.sweep.launchers.ray",
    SLURM: "rlbench.sweep.launchers.slurm",
}
"""The module of each launcher, which has a function `launch`."""

OPTIONS = {RAY: ("address",), SLURM: ("partition", "account", "time", "memory", "submit")}
"""The options that belong to one launcher."""
LEAST_MINUTES = 5
"""The signal that ends a task comes two to three minutes before its limit, and a task should do more than load."""
_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,250}:\d{1,5}|\[[0-9a-fA-F:.]{2,45}\]:\d{1,5}")
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
    address: str = ""
    """Of the Ray cluster to join: HOST:PORT, or auto for the one of this machine; empty: a Ray of our own."""
    tasks: int | None = None
    """Jobs at a time; None: as many as there are cores."""


def read_launching(word: Mapping[str, Any]) -> Launching:
    """The parsed options; a UserError where one is wrong or belongs to another launcher."""
    name = LOCAL if word["launcher"] is None else word["launcher"]
    if name not in LAUNCHERS:
        hint = nearest(name, LAUNCHERS) if isinstance(name, str) else ""
        raise UserError(f"--launcher is one of {', '.join(LAUNCHERS)}, not {quoted(name)}.{hint}")
    for owner, keys in OPTIONS.items():
        for key in keys if owner != name else ():
            if word[key] not in (None, False):
                raise UserError(f"--{key} is for --launcher {owner}, not for {name}.")
    if name == LOCAL:
        return Launching()
    tasks = None if word["workers"] is None else parse_count(word["workers"], "--workers", high=100_000)
    if name == RAY:
        return Launching(name, address=_address(word["address"]), tasks=tasks)
    given = {key: value for key in OPTIONS[SLURM] if (value := word[key]) not in (None, False)}
    for key, value in given.items():
        if key != "submit" and not (isinstance(value, str) and _WORD.fullmatch(value)):
            raise UserError(f"--{key} is one word for Slurm's --{_SLURMS.get(key, key)}, not {quoted(value)}.")
    if "submit" in given and given["submit"] is not True:
        raise UserError(f"submit is true or false, not {quoted(given['submit'])}.")
    if word["device"] not in (None, "auto", "cpu"):
        raise UserError(f"--launcher slurm asks for cores, and cannot ask for GPUs yet: not --device {word['device']}.")
    _refuse_short(given.get("time"))
    return Launching(name, **given, tasks=tasks)


_SLURMS = {"memory": "mem"}


def _address(word: Any) -> str:
    """The address of a Ray cluster; a UserError for anything else, which Ray would tell late and at length."""
    if word is None:
        return ""
    if isinstance(word, str) and "://" in word:
        what = "Ray Client is no longer maintained" if word.startswith("ray:") else "this is no address of a node"
        raise UserError(
            f"--address {harmless(word)[:100]}: {what}.",
            "On a node of the cluster: --address auto; from outside: ray job submit --address "
            "http://HOST:8265 -- rlbench run ... --launcher ray",
        )
    if word != "auto" and not (isinstance(word, str) and _ADDRESS.fullmatch(word)):
        raise UserError(f"--address is HOST:PORT, or auto for the Ray of this machine, not {quoted(word)}.")
    return str(word)


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
