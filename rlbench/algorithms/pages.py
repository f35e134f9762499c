"""Settings of the built-in algorithms, parsed from their source files without importing them.

Importing an algorithm imports torch, which takes seconds. Parsing its file takes milliseconds, so that a mistake in a
command is reported at once, and no second list of settings has to be kept up to date.
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
    """What is known of an algorithm without importing torch."""

    title: str
    """The docstring of its module, which names the algorithm and its papers."""
    settings: type
    """A frozen dataclass with the algorithm's name, docstring and settings, without its methods."""


def module_of(name: str) -> str:
    """The name of an algorithm's module: `cma_es` for `cma-es`."""
    return name.replace("-", "_")


@cache
def read_page(name: str) -> Page:
    """Parse the file of a built-in algorithm."""
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
    """The calls in lines `name: type = setting(...)` or `name: type = common.name(...)` of a class, by name."""
    return {
        line.target.id: line.value
        for line in cls.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and isinstance(line.value, ast.Call)
        and _maker(line.value) is not None
    }


def _maker(call: ast.Call) -> Callable[..., Any] | None:
    """The function that such a call refers to: `setting`, or one of common_settings; None for any other call."""
    match call.func:
        case ast.Name(id="setting"):
            return setting
        case ast.Attribute(value=ast.Name(id="common"), attr=name):
            return getattr(common_settings, name, None)
    return None


def _make(call: ast.Call, constants: dict[str, Any]) -> Any:
    """The dataclass field that such a call returns."""
    maker = _maker(call)
    assert maker is not None
    named = {each.arg: _read(each.value, constants) for each in call.keywords if each.arg}
    return maker(*(_read(each, constants) for each in call.args), **named)


def _read(value: ast.expr, constants: dict[str, Any]) -> Any:
    """The value of a literal, of a constant of the module, or of an f-string of such constants."""
    if isinstance(value, ast.Name):
        return constants[value.id]
    if isinstance(value, ast.JoinedStr):
        return "".join(str(_read(each, constants)) for each in value.values)
    if isinstance(value, ast.FormattedValue):
        return _read(value.value, constants)
    return ast.literal_eval(value)
