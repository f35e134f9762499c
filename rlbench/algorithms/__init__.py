"""The algorithms, by name. Knowing the names imports neither torch nor plug-ins: `find` imports what it finds."""

from collections.abc import Iterable
from importlib import import_module

from rlbench.algorithms.pages import module_of, read_page
from rlbench.algorithms.plugins import installed_plugins, load_plugin
from rlbench.errors import UserError, nearest

ALGORITHMS = ("a2c", "cem", "cma-es", "cpi", "npg", "policy-iteration", "ppo", "reinforce", "trpo", "trpo-vine")
"""rlbench's own, each on a page of its own: `cma-es` in cma_es.py."""

BUILT_IN = frozenset(ALGORITHMS)


def names() -> tuple[str, ...]:
    """Every algorithm's, plug-ins included, in alphabetical order. No plug-in is loaded."""
    return tuple(sorted({*ALGORITHMS, *installed_plugins(BUILT_IN).points}))


def unusable() -> dict[str, str]:
    """Plug-ins that cannot be run by their very names, and why."""
    return installed_plugins(BUILT_IN).broken


def refuse_unknown(name: str, also: Iterable[str] = ()) -> None:
    """A UserError where there is no such algorithm; one of `also` may have been meant. No plug-in is loaded."""
    if name not in names():
        if name in unusable():
            raise UserError(f"{name} cannot be used. {unusable()[name]}")
        raise UserError(f"There is no algorithm '{name}'.{nearest(name, [*names(), *also])} See: rlbench list")


def find(name: str) -> type:
    """The algorithm of that name. Of all plug-ins only the one that is asked for is loaded."""
    if name in BUILT_IN:
        module = import_module(f"rlbench.algorithms.{module_of(name)}")
        return getattr(module, read_page(name).settings.__name__)
    refuse_unknown(name)
    return load_plugin(installed_plugins(BUILT_IN).points[name])
