"""An algorithm in words: what `rlbench list` and `rlbench show` print, as plain data."""

import inspect
import sys
from dataclasses import dataclass

from rlbench.algorithms import find
from rlbench.algorithms.settings import Described, describe


@dataclass(frozen=True)
class Description:
    """What an algorithm's own page says."""

    summary: str
    """One line."""
    paper: str
    settings: tuple[Described, ...]


def describe_algorithm(name: str) -> Description:
    """The algorithm of that name. A plug-in is loaded for it."""
    found = find(name)
    summary = (found.__doc__ or "").strip().partition("\n")[0]
    return Description(summary, _paper(found), tuple(describe(found)))


def _paper(algorithm: type) -> str:
    """What the class says, and what its file says of the paper."""
    module = inspect.getdoc(sys.modules[algorithm.__module__]) or ""
    own = inspect.getdoc(algorithm) or ""
    rest = module.partition("\n")[2].strip()
    return f"{own}\n\n{rest}" if rest and rest not in own else own
