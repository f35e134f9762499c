"""Algorithms of other packages, found by their entry points. What cannot be used is told of, and harms nothing else."""

import re
from collections import defaultdict
from collections.abc import Container
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from rlbench.algorithms.settings import depends_on_budget

GROUP = "rlbench.algorithms"
NEEDED = ("size", "initial", "iterate", "actor")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Plugins(NamedTuple):
    """By name."""

    usable: dict[str, type]
    broken: dict[str, str]
    """Why each cannot be used, in one line."""


@cache
def installed_plugins(taken: frozenset[str]) -> Plugins:
    """All that are installed; the names in `taken` are not theirs to have, and no two share one."""
    found = Plugins({}, {})
    owners: dict[str, dict[str, EntryPoint]] = defaultdict(dict)
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        owners[point.name][point.value] = point
    for name, points in owners.items():
        first, *others = points.values()
        loaded = f"{_origin(others[0])} has the same name" if others else _load(first, taken)
        if isinstance(loaded, type):
            found.usable[name] = loaded
        else:
            found.broken[ascii(name)[1:-1]] = f"{_origin(first)}: {loaded}"
    return found


def _load(point: EntryPoint, taken: Container[str]) -> type | str:
    """The class, or what is wrong."""
    if not NAME.fullmatch(point.name):
        return "a name is lower-case letters, digits, - and _, 40 at most"
    if point.name in taken:
        return f"the name is that of rlbench's own {point.name}"
    try:
        loaded = point.load()
        return _misfit(loaded) or loaded
    except (Exception, SystemExit) as error:  # whatever it does, the others are to be usable
        return f"it cannot be loaded: {type(error).__name__}: {ascii(' '.join(str(error).split()))[1:-1]}"


def _misfit(loaded: Any) -> str | None:
    """What keeps something from being an algorithm, if anything does."""
    if not (isinstance(loaded, type) and is_dataclass(loaded)):
        return "it is not a dataclass"
    if not getattr(loaded, "__dataclass_params__").frozen:  # noqa: B009 (dataclasses has no other word for it)
        return "its dataclass is not frozen"
    for each in fields(loaded):
        if "meaning" not in each.metadata:
            return f"its field {each.name} is not a setting(...)"
    missing = [name for name in NEEDED if not callable(getattr(loaded, name, None))]
    if not missing and not hasattr(loaded(), "num_envs"):
        missing = ["num_envs"]
    if missing:
        return f"it has no {' and no '.join(missing)}"
    if not isinstance(depends_on_budget(loaded()), bool):
        return "its depends_on_budget is not true or false; a method of that name needs @property"
    return None


def _origin(point: EntryPoint) -> str:
    package = point.dist.name if point.dist else "an unknown package"
    return f"plug-in {ascii(point.value)[1:-1]} of {package}"
