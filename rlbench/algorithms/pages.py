"""What the pages of rlbench's own algorithms say of their settings, read out of the source without running it.

An algorithm's page imports torch, which takes seconds. Names, meanings and limits of settings are plain words in it,
and reading them takes milliseconds: a mistake in a command is answered at once, and there is no second list of settings
that could say something else than the page does.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import rlbench.algorithms.common_settings as common_settings
from rlbench.algorithms.settings import setting

PAGES = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """What can be known of an algorithm without torch."""

    title: str
    """The docstring of its module: what it is, and its papers."""
    settings: type
    """A frozen dataclass with the algorithm's name, docstring and settings, and none of its functions."""


def module_of(name: str) -> str:
    """The module of an algorithm: `cma-es` is in `cma_es`."""
    return name.replace("-", "_")


@cache
def read_page(name: str) -> Page:
    """The page of one of rlbench's own algorithms."""
    source = ast.parse((PAGES / f"{module_of(name)}.py").read_text(encoding="utf-8"))
    constants = {
        target.id: line.value.value
        for line in source.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    [(cls, lines)] = [
        (each, lines) for each in source.body if isinstance(each, ast.ClassDef) and (lines := _setting_lines(each))
    ]
    settings = {name: _make(call, constants) for name, call in lines.items()}
    body = {"__doc__": ast.get_docstring(cls), "__annotations__": dict.fromkeys(settings, Any), **settings}
    return Page(ast.get_docstring(source) or "", dataclass(frozen=True)(type(cls.name, (), body)))


def _setting_lines(cls: ast.ClassDef) -> dict[str, ast.Call]:
    """The lines `name: type = setting(...)`, or `= common.name(...)`, of a class."""
    return {
        line.target.id: line.value
        for line in cls.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and isinstance(line.value, ast.Call)
        and _maker(line.value) is not None
    }


def _maker(call: ast.Call) -> Callable[..., Any] | None:
    """What makes the setting of such a line: `setting`, or one of those that algorithms have in common."""
    match call.func:
        case ast.Name(id="setting"):
            return setting
        case ast.Attribute(value=ast.Name(id="common"), attr=name):
            return getattr(common_settings, name, None)
    return None


def _make(call: ast.Call, constants: dict[str, Any]) -> Any:
    """The field that such a line makes."""
    maker = _maker(call)
    assert maker is not None
    named = {each.arg: _read(each.value, constants) for each in call.keywords if each.arg}
    return maker(*(_read(each, constants) for each in call.args), **named)


def _read(value: ast.expr, constants: dict[str, Any]) -> Any:
    """A value written out, a constant of the module, or a text with such constants in it."""
    if isinstance(value, ast.Name):
        return constants[value.id]
    if isinstance(value, ast.JoinedStr):
        return "".join(str(_read(each, constants)) for each in value.values)
    if isinstance(value, ast.FormattedValue):
        return _read(value.value, constants)
    return ast.literal_eval(value)
