"""An algorithm's settings: what each is called, what it means, what the paper calls it, and which values make sense."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from rlbench.errors import UserError, nearest


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
    """A field of an algorithm's frozen dataclass. `low`/`high` include their value, `above`/`below` exclude it."""
    bounds = {"low": low, "high": high, "above": above, "below": below}
    return field(default=default, metadata={"symbol": symbol, "meaning": meaning, "choices": choices, **bounds})


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
        yield Described(each.name, each.default, each.metadata["symbol"], each.metadata["meaning"], _allowed(each))


def resolve(algorithm: type, name: str, overrides: Mapping[str, Any]) -> Any:
    """The algorithm with its defaults and the user's values, each checked. Values may be text, as typed, or TOML's."""
    known = {each.name: each for each in fields(algorithm)}
    for key in overrides:
        if key not in known:
            raise UserError(f"{name} has no setting '{key}'.{nearest(key, known)} See: rlbench show {name}")
    return algorithm(**{key: _parse(known[key], name, value) for key, value in overrides.items()})


def depends_on_budget(algorithm: Any) -> bool:
    """Whether, with these settings, an iteration depends on how much of the budget is left.

    It is the algorithm's `depends_on_budget`, an attribute or a property. An algorithm without one does not depend on
    its budget and may not read `Sampler.progress`. A run of one that does cannot be made longer.
    """
    return getattr(algorithm, "depends_on_budget", False)


def _parse(each: Field, algorithm: str, value: Any) -> Any:
    try:
        parsed = _convert(each, value)
    except (ValueError, TypeError):
        parsed = None
    if parsed is None or not _within(each, parsed):
        raise UserError(f"{algorithm}: {each.name} is {_allowed(each)}, not {value!r}. See: rlbench show {algorithm}")
    return parsed


def _convert(each: Field, value: Any) -> Any:
    kind = type(each.default)
    if each.default is MISSING:
        raise TypeError(f"setting {each.name} needs a default")
    if kind is bool:
        return {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}.get(str(value).lower())
    if kind is int:
        number = float(value) if not isinstance(value, bool) else math.nan
        return int(number) if number.is_integer() else None
    if kind is float:
        number = float(value) if not isinstance(value, bool) else math.nan
        return number if math.isfinite(number) else None
    if kind is tuple:
        words = value.split(",") if isinstance(value, str) else value
        sizes = () if value == "none" else tuple(int(part) for part in words)
        return sizes if all(size > 0 for size in sizes) else None
    return value if isinstance(value, str) else None


def _within(each: Field, value: Any) -> bool:
    limits = each.metadata
    if limits["choices"] is not None:
        return value in limits["choices"]
    if isinstance(value, str | bool | tuple):
        return True
    return (
        (limits["low"] is None or value >= limits["low"])
        and (limits["high"] is None or value <= limits["high"])
        and (limits["above"] is None or value > limits["above"])
        and (limits["below"] is None or value < limits["below"])
    )


def _allowed(each: Field) -> str:
    """In words, the values a setting takes: `a number above 0 and at most 1`."""
    limits = each.metadata
    if limits["choices"] is not None:
        return "one of " + ", ".join(limits["choices"])
    kind = type(each.default)
    if kind is bool:
        return "true or false"
    if kind is tuple:
        return "layer sizes such as 64,64, or none"
    if kind is str:
        return "a text"
    words = {"low": "at least", "above": "above", "high": "at most", "below": "below"}
    bounds = [f"{word} {limits[key]:g}" for key, word in words.items() if limits[key] is not None]
    return ("a whole number " if kind is int else "a number ") + " and ".join(bounds)
