"""Algorithms of other packages, found by their entry points.

Listing their names runs none of their code. A plug-in is loaded only when it is asked for by name.
"""

import os
import re
import sys
from collections import defaultdict
from collections.abc import Container
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from rlbench.algorithms.settings import depends_on_budget
from rlbench.errors import Fault, UserError, blame, say_value

GROUP = "rlbench.algorithms"
NEEDED = ("size", "initial", "iterate", "actor")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Plugins(NamedTuple):
    """Installed plug-ins by name."""

    points: dict[str, EntryPoint]
    """The entry points of those that may be loaded."""
    broken: dict[str, str]
    """For each of the others, one line that says why it cannot be used."""


def installed_plugins(taken: Container[str]) -> Plugins:
    """All installed plug-ins, without loading any. Names in `taken` and names that two plug-ins share are refused."""
    found = Plugins({}, {})
    owners: dict[str, dict[str, EntryPoint]] = defaultdict(dict)
    for point in sorted(_points(_places()), key=lambda point: (point.name, point.value)):
        owners[point.name][point.value] = point
    for name, points in owners.items():
        first, *others = points.values()
        if reason := f"{origin(others[0])} has the same name" if others else _bad_name(name, taken):
            found.broken[ascii(name)[1:-1]] = f"{origin(first)}: {reason}"
        else:
            found.points[name] = first
    return found


def _places() -> tuple[tuple[str, int], ...]:
    """The folders from which modules are imported, each with the time at which something was last added to it."""
    found = {}
    for place in sys.path:
        with suppress(OSError):
            found[place] = os.stat(place or ".").st_mtime_ns
    return tuple(found.items())


@lru_cache(maxsize=1)
def _points(places: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001
    """The entry points, read again only after `places` have changed: the metadata of every package is searched."""
    return tuple(entry_points(group=GROUP))


def load_plugin(point: EntryPoint) -> type:
    """Load the class of an algorithm, or raise a UserError that says why it is none. This runs the plug-in's code."""
    try:
        with blame("it cannot be loaded"):
            loaded = point.load()
            reason = why_not_an_algorithm(loaded)
    except Fault as fault:
        reason = str(fault)
    if reason:
        raise UserError(f"{point.name} cannot be used. {origin(point)}: {reason}")
    return loaded


def origin(point: EntryPoint) -> str:
    """A description of the plug-in: its entry point and the package that it comes from."""
    package = point.dist.name if point.dist else "an unknown package"
    return f"plug-in {ascii(point.value)[1:-1]} of {package}"


def _bad_name(name: str, taken: Container[str]) -> str | None:
    if not NAME.fullmatch(name):
        return "a name is lower-case letters, digits, - and _, 40 at most"
    return f"the name is that of rlbench's own {name}" if name in taken else None


def why_not_an_algorithm(loaded: Any) -> str | None:
    """The reason why an object is no algorithm class; None if it is one."""
    if not (isinstance(loaded, type) and is_dataclass(loaded)):
        return "it is not a dataclass"
    if not getattr(loaded, "__dataclass_params__").frozen:  # noqa: B009 (there is no public attribute for it)
        return "its dataclass is not frozen"
    for each in fields(loaded):
        if "meaning" not in each.metadata:
            return f"its field {each.name} is not a setting(...)"
    missing = [name for name in NEEDED if not callable(getattr(loaded, name, None))]
    if missing:
        return f"it has no {' and no '.join(missing)}"
    num_envs = getattr(loaded(), "num_envs", MISSING)
    if num_envs is MISSING:
        return "it has no num_envs"
    if type(num_envs) is not int or num_envs < 1:
        return f"its num_envs is {say_value(num_envs)}, not a whole number of at least 1"
    if not isinstance(depends_on_budget(loaded()), bool):
        return "its depends_on_budget is not true or false; a method of that name needs @property"
    return None
