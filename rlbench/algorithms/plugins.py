"""Algorithms of other packages. A plug-in is loaded only when it is asked for by name."""

import re
from collections.abc import Container
from dataclasses import MISSING, fields, is_dataclass
from importlib.metadata import EntryPoint
from typing import Any

from rlbench.algorithms.settings import depends_on_budget
from rlbench.entry_points import Naming, Plugins, find_plugins, load
from rlbench.errors import say_value

GROUP = "rlbench.algorithms"
NEEDED = ("size", "initial", "iterate", "actor")
FORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def installed_plugins(taken: Container[str]) -> Plugins:
    """All installed plug-ins, without loading any. Names in `taken` are refused."""
    return find_plugins(GROUP, Naming(FORM, "lower-case letters, digits, - and _, 40 at most", taken))


def load_plugin(point: EntryPoint) -> type:
    """Load the class of an algorithm, or raise a UserError that says why it is none. This runs the plug-in's code."""
    return load(point, why_not_an_algorithm)


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
