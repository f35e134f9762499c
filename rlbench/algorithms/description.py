"""An algorithm in words: what `rlbench list` and `rlbench show` print, as plain data."""

import inspect
import sys
from dataclasses import dataclass

from rlbench.algorithms import BUILT_IN, find
from rlbench.algorithms.pages import read_page
from rlbench.algorithms.settings import Described, describe
from rlbench.errors import harmless


@dataclass(frozen=True)
class Description:
    """What an algorithm's own page says."""

    summary: str
    """One line."""
    paper: str
    settings: tuple[Described, ...]


def describe_algorithm(name: str) -> Description:
    """The algorithm of that name: of rlbench's own its page is read, which needs no torch; a plug-in is loaded."""
    if name in BUILT_IN:
        page = read_page(name)
        found, title = page.settings, page.title
    else:
        found = find(name)
        title = inspect.getdoc(sys.modules[found.__module__]) or ""
    own, title = (_shown(each) for each in (inspect.getdoc(found) or "", title))
    return Description(own.partition("\n")[0], _paper(own, title), tuple(describe(found)))


def _paper(own: str, title: str) -> str:
    """What the class says, and what its file says of the paper."""
    rest = title.partition("\n")[2].strip()
    return f"{own}\n\n{rest}" if rest and rest not in own else own


def _shown(text: str) -> str:
    """Several lines, none of which gives the terminal an order."""
    return "\n".join(map(harmless, text.split("\n")))
