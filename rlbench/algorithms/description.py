"""Descriptions of algorithms, as plain data, for `rlbench list` and `rlbench show`."""

import inspect
import sys
from dataclasses import dataclass

from rlbench.algorithms import BUILT_IN, find
from rlbench.algorithms.pages import read_page
from rlbench.algorithms.settings import Described, describe
from rlbench.errors import harmless


@dataclass(frozen=True)
class Description:
    """What an algorithm's docstrings and settings say."""

    summary: str
    """One line."""
    paper: str
    settings: tuple[Described, ...]


def describe_algorithm(name: str) -> Description:
    """Describe an algorithm. A built-in one is parsed without importing torch; a plug-in is loaded."""
    if name in BUILT_IN:
        page = read_page(name)
        found, title = page.settings, page.title
    else:
        found = find(name)
        title = inspect.getdoc(sys.modules[found.__module__]) or ""
    own, title = (_shown(each) for each in (inspect.getdoc(found) or "", title))
    return Description(own.partition("\n")[0], _paper(own, title), tuple(describe(found)))


def _paper(own: str, title: str) -> str:
    """The docstring of the class, followed by that of its module without the first line."""
    rest = title.partition("\n")[2].strip()
    return f"{own}\n\n{rest}" if rest and rest not in own else own


def _shown(text: str) -> str:
    """Text of several lines, with control characters spelt out."""
    return "\n".join(map(harmless, text.split("\n")))
