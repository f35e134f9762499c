"""An algorithm's settings: what each is called, what it means, what the paper calls it, and which values make sense."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from inspect import Parameter, Signature, signature
from typing import Any

from rlbench.algorithms.setting_values import LARGEST_INTEGER, allowed, allowed_in_python, is_allowed, is_kind, read
from rlbench.errors import UserError, nearest, quoted


def setting(
    default: Any,
    symbol: str,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A field of an algorithm's frozen dataclass. `low`/`high` include their value, `above`/`below` exclude it.

    The dataclass checks its settings whenever one is constructed: any other value is a UserError.
    """
    if not is_kind(default):
        raise TypeError(f"A setting's default is a bool, int, float, str or tuple of layer sizes, not {default!r}")
    bounds = {"low": low, "high": high, "above": above, "below": below}
    metadata = {"symbol": symbol, "meaning": meaning, "choices": choices, **bounds}
    return field(default=_FirstDefault(default), metadata=metadata)


class _FirstDefault:
    """Stands for a setting's default until its class is made, so that the class learns to check its settings.

    Python calls `__set_name__` of every object in a class's body, and a dataclass's field hands the call on to its
    default. So each class that has settings checks them, without a base class or decorator of ours, and `@dataclass`,
    which runs later, finds the real default.
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
            raise UserError(f"{type(algorithm).__name__}: {_refusal(each, value, allowed_in_python(each))}")


@dataclass(frozen=True)
class Described:
    """One setting as `rlbench show` prints it."""

    name: str
    default: Any
    symbol: str
    meaning: str
    allowed: str


def describe(algorithm: type) -> Iterator[Described]:
    """Every setting of an algorithm, in the order its page states them."""
    for each in fields(algorithm):
        yield Described(each.name, each.default, each.metadata["symbol"], each.metadata["meaning"], allowed(each))


def resolve(algorithm: type, name: str, overrides: Mapping[str, Any]) -> Any:
    """The algorithm with its defaults and the user's values, each checked. Values may be text, as typed, or TOML's."""
    known = {each.name: each for each in fields(algorithm)}
    values = {}
    for key, value in overrides.items():
        if key not in known:
            raise UserError(f"{name} has no setting '{key}'.{nearest(key, known)} See: rlbench show {name}")
        values[key] = read(known[key], value)
        if not is_allowed(known[key], values[key]):
            refusal = _refusal(known[key], value, allowed(known[key])) + _how_to_list(known[key], value)
            raise UserError(f"{name}: {refusal}. See: rlbench show {name}")
    try:
        return algorithm(**values)
    except ValueError as error:  # of a plug-in's own check
        raise UserError(f"{name}: {' '.join(str(error).split())}. See: rlbench show {name}") from error


def _refusal(setting: Any, value: Any, values: str) -> str:
    """`gamma is a number at least 0 and at most 1, not 2`; `values` says what the setting may be."""
    try:
        too_large = type(setting.default) is int and int(value) > LARGEST_INTEGER
    except (TypeError, ValueError):
        too_large = False
    limit = f" and at most {LARGEST_INTEGER:,}" if too_large and setting.metadata["high"] is None else ""
    return f"{setting.name} is {values}{limit}, not {quoted(value)}"


def _how_to_list(setting: Any, value: Any) -> str:
    """For a value that may have been meant as several: how several are written."""
    if not isinstance(value, str) or not re.search(r"[/|; ]", value.strip()):
        return ""
    return "; several are written 64,64/32" if type(setting.default) is tuple else "; several have commas between them"


def depends_on_budget(algorithm: Any) -> bool:
    """Whether, with these settings, an iteration depends on how much of the budget is left.

    It is the algorithm's `depends_on_budget`, an attribute or a property. An algorithm without one does not depend on
    its budget and may not read `Sampler.progress`. A run of one that does cannot be made longer.
    """
    return getattr(algorithm, "depends_on_budget", False)


def ways_out_of_the_budget(algorithm: Any) -> list[str]:
    """Settings as `--set` takes them, each of which alone would make the algorithm independent of its budget."""
    found = []
    for each in fields(algorithm):
        value = getattr(algorithm, each.name)
        others = (not value,) if isinstance(value, bool) else (0.0,) if isinstance(value, float) else ()
        for other in each.metadata.get("choices") or others:
            with contextlib.suppress(Exception):  # not allowed, or not by the algorithm's own check
                if not depends_on_budget(replace(algorithm, **{each.name: other})):
                    found.append(f"{each.name}={other if isinstance(other, str) else int(other)}")
    return found
