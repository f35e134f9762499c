"""What other packages bring, found by their entry points. Listing the names runs none of their code."""

import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Container
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from rlbench.errors import Fault, UserError, blame


class Plugins(NamedTuple):
    """Installed plug-ins by name."""

    points: dict[str, EntryPoint]
    """The entry points of those that may be loaded."""
    broken: dict[str, str]
    """For each of the others, one line that says why it cannot be used."""


class Naming(NamedTuple):
    """What plug-ins of a kind may be called."""

    form: re.Pattern[str]
    says: str
    """The form in words."""
    taken: Container[str]
    """rlbench's own names, which are refused."""


def find_plugins(group: str, naming: Naming) -> Plugins:
    """All installed plug-ins of a group, without loading any. Names that two of them share are refused."""
    found = Plugins({}, {})
    owners: dict[str, dict[str, EntryPoint]] = defaultdict(dict)
    for point in sorted(installed(group, _places()), key=lambda point: (point.name, point.value)):
        owners[point.name][point.value] = point
    for name, points in owners.items():
        first, *others = points.values()
        if reason := f"{origin(others[0])} has the same name" if others else _bad_name(name, naming):
            found.broken[ascii(name)[1:-1]] = f"{origin(first)}: {reason}"
        else:
            found.points[name] = first
    return found


def load(point: EntryPoint, why_not: Callable[[Any], str | None]) -> Any:
    """Load what an entry point names, or raise a UserError that says why it cannot be used. This runs its code."""
    try:
        with blame("it cannot be loaded"):
            loaded = point.load()
            reason = why_not(loaded)
    except Fault as fault:
        reason = str(fault)
    if reason:
        raise UserError(f"{point.name} cannot be used. {origin(point)}: {reason}")
    return loaded


def origin(point: EntryPoint) -> str:
    """A description of the plug-in: its entry point and the package that it comes from."""
    package = point.dist.name if point.dist else "an unknown package"
    return f"plug-in {ascii(point.value)[1:-1]} of {package}"


def _places() -> tuple[tuple[str, int], ...]:
    """The folders from which modules are imported, each with the time at which something was last added to it."""
    found = {}
    for place in sys.path:
        with suppress(OSError):
            found[place] = os.stat(place or ".").st_mtime_ns
    return tuple(found.items())


@lru_cache(maxsize=4)
def installed(group: str, places: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001
    """The entry points, read again only after `places` have changed: the metadata of every package is searched."""
    return tuple(entry_points(group=group))


def _bad_name(name: str, naming: Naming) -> str | None:
    if not naming.form.fullmatch(name):
        return f"a name is {naming.says}"
    return f"the name is that of rlbench's own {name}" if name in naming.taken else None
