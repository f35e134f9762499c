"""Checks of settings whenever an algorithm is constructed, a plug-in too, which does nothing for it.

`@dataclass` knows nothing of limits, and a plug-in shall need no base class or decorator of ours. What Python does call
is `__set_name__` of every object in a class's body: the default of a `setting(...)` uses the call to give the class its
checks. This module is the only one that changes classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from inspect import Parameter, Signature, signature
from typing import Any

from rlbench.algorithms.setting_values import LARGEST_INTEGER, allowed_in_python, is_allowed
from rlbench.errors import UserError, nearest, quoted


class CheckingDefault:
    """Stands for a setting's default until its class is made; `@dataclass`, which runs later, finds the real default.

    A dataclass's field hands `__set_name__` on to its default.
    """

    def __init__(self, default: Any) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        vars(owner)[name].default = self._default
        _check_names_when_constructed(owner)
        _check_values_when_constructed(owner)


class _SignatureOfInit:
    """The signature of a class's `__init__`, which `inspect` and editors would otherwise read from its `__new__`."""

    def __get__(self, _: Any, owner: type) -> Signature:
        own = signature(owner.__init__)  # type: ignore[misc]
        return own.replace(parameters=list(own.parameters.values())[1:])


def _check_names_when_constructed(owner: type) -> None:
    """Check the names of arguments in `__new__`: the dataclass's `__init__` would raise a bare TypeError."""
    following: Callable[..., Any] = owner.__new__
    if hasattr(following, "checks_names"):
        return

    def __new__(cls: type, *values: Any, **named: Any) -> Any:
        _check_arguments(cls, values, named)
        return following(cls) if following is object.__new__ else following(cls, *values, **named)

    __new__.checks_names = True  # type: ignore[attr-defined]
    owner.__new__ = staticmethod(__new__)  # type: ignore[assignment]
    owner.__signature__ = _SignatureOfInit()  # type: ignore[attr-defined]


def _check_arguments(algorithm: type, values: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """A UserError for a name that is no setting, for too many values, and for a setting that is given twice."""
    parameters = signature(algorithm).parameters.values()
    if any(each.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD) for each in parameters):
        return  # a plug-in's own `__init__`
    names = [each.name for each in parameters]
    who = algorithm.__name__
    for name in named:
        if name not in names:
            raise UserError(f"{who} has no setting '{name}'.{nearest(name, names)}{_where_listed(algorithm)}")
    if len(values) > len(names):
        raise UserError(f"{who}: {len(values)} values are given for {len(names)} settings. Give each by its name.")
    for name in names[: len(values)]:
        if name in named:
            raise UserError(f"{who}: {name} is given twice, by its place and by its name. Give it once.")


def _where_listed(algorithm: type) -> str:
    """How to list the settings of a built-in algorithm; empty for a plug-in, whose own name is not known here."""
    package, _, module = algorithm.__module__.rpartition(".")
    return f" See: rlbench show {module.replace('_', '-')}" if package == "rlbench.algorithms" else ""


def _check_values_when_constructed(owner: type) -> None:
    """Check the settings' values before the class's own `__post_init__`."""
    following: Callable[..., None] | None = getattr(owner, "__post_init__", None)
    if hasattr(following, "checks_settings"):
        return

    def __post_init__(self: Any, *arguments: Any) -> None:
        check(self)
        if following is not None:
            following(self, *arguments)

    __post_init__.checks_settings = True  # type: ignore[attr-defined]
    owner.__post_init__ = __post_init__  # type: ignore[attr-defined]


def check(algorithm: Any) -> None:
    """A UserError where a setting has a value that it cannot have."""
    for each in fields(algorithm):
        value = getattr(algorithm, each.name)
        if "meaning" in each.metadata and not is_allowed(each, value):
            raise UserError(f"{type(algorithm).__name__}: {refusal(each, value, allowed_in_python(each))}")


def refusal(setting: Any, value: Any, values: str) -> str:
    """`gamma is a number at least 0 and at most 1, not 2`; `values` says what the setting may be."""
    try:
        too_large = type(setting.default) is int and int(value) > LARGEST_INTEGER
    except (TypeError, ValueError):
        too_large = False
    limit = f" and at most {LARGEST_INTEGER:,}" if too_large and setting.metadata["high"] is None else ""
    return f"{setting.name} is {values}{limit}, not {quoted(value)}"
