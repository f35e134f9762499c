"""Values of settings: which are allowed, how a message describes them, and how they are parsed from text and TOML.

The type of a setting is that of its default: bool, int, float, str, or a tuple of layer sizes.
"""

import re
import sys
from dataclasses import Field
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from rlbench.errors import UserError

LARGEST_INTEGER = 10**9
"""Upper limit of layer sizes, and of whole numbers without a limit of their own: more would fit in no memory."""
MOST_LAYERS = 100

_NUMBER = re.compile(r"[+-]?(\d[\d_]{0,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
"""Digits and exponent are limited: `1e999999999` is short, but its exact value is a billion digits long."""
_TRUTHS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def is_kind(default: Any) -> bool:
    """Whether a default has one of the types that a setting may have."""
    return isinstance(default, bool | int | float | str) or _are_sizes(default)


def is_allowed(setting: Field, value: Any) -> bool:
    """Whether a value has the setting's type and is within its limits."""
    kind, choices = type(setting.default), setting.metadata["choices"]
    if kind is bool:
        return isinstance(value, bool)
    if kind is tuple:
        return _are_sizes(value)
    if kind is str:
        return isinstance(value, str) and (choices is None or value in choices)
    if kind is int:
        return _is_whole(value) and _is_within(setting, value)
    return isinstance(value, Real) and not isinstance(value, bool) and _is_within(setting, value)


def allowed(setting: Field) -> str:
    """The allowed values in words, such as `a number above 0 and at most 1`."""
    kind, limits = type(setting.default), setting.metadata
    if limits["choices"] is not None:
        return "one of " + ", ".join(limits["choices"])
    if kind is bool:
        return "true or false"
    if kind is tuple:
        return "layer sizes such as 64,64, or none"
    if kind is str:
        return "a text"
    words = {"low": "at least", "above": "above", "high": "at most", "below": "below"}
    bounds = [f"{word} {limits[key]:g}" for key, word in words.items() if limits[key] is not None]
    return ("a whole number " if kind is int else "a number ") + " and ".join(bounds)


def allowed_in_python(setting: Field) -> str:
    """The same for an object constructed in Python, where layer sizes are a tuple and not text."""
    return "a tuple of layer sizes such as (64, 64), or ()" if type(setting.default) is tuple else allowed(setting)


def read(setting: Field, value: Any) -> Any:
    """Convert a typed or TOML value to the setting's type; None where that is impossible."""
    kind = type(setting.default)
    if kind is bool:
        return _TRUTHS.get(str(value).lower())
    if kind is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        return () if value == "none" else tuple(map(_read_whole, parts)) if isinstance(parts, list | tuple) else None
    if kind is int:
        return _read_whole(value)
    if kind is float:
        number = _read_number(value)
        return None if number is None or abs(number) > sys.float_info.max else float(number)
    return value


def split_alternatives(setting: Field, value: Any) -> list[Any]:
    """The single values where several are given for one setting; empty where `value` is one value.

    Typed values are separated by commas; layer sizes, which contain commas, by `/`. In TOML they are a list, for layer
    sizes a list of lists. Free text is always one value.
    """
    layers = type(setting.default) is tuple
    if isinstance(value, str):
        separator = "/" if layers else ","
        whole = type(setting.default) is str and setting.metadata["choices"] is None
        return value.split(separator) if separator in value and not whole else []
    if not isinstance(value, list | tuple):
        return []
    if not value and not layers:
        raise UserError(f"Setting {setting.name} has an empty list of values. Name one at least, or leave it out.")
    return [] if layers and not any(isinstance(part, list | tuple) for part in value) else list(value)


def _read_whole(value: Any) -> int | None:
    number = _read_number(value)
    return int(number) if number is not None and number.denominator == 1 else None


def _read_number(value: Any) -> Fraction | None:
    """The exact value: a float would round large whole numbers."""
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value.strip())
        return Fraction(match[0].replace("_", "")) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(value) if abs(value) <= sys.float_info.max else None  # finite


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _are_sizes(value: Any) -> bool:
    fits = isinstance(value, tuple) and len(value) <= MOST_LAYERS
    return fits and all(_is_whole(size) and 0 < size <= LARGEST_INTEGER for size in value)


def _is_within(setting: Field, number: Any) -> bool:
    limits = setting.metadata
    largest = LARGEST_INTEGER if type(setting.default) is int and limits["high"] is None else sys.float_info.max
    return (
        -largest <= number <= largest
        and (limits["low"] is None or number >= limits["low"])
        and (limits["high"] is None or number <= limits["high"])
        and (limits["above"] is None or number > limits["above"])
        and (limits["below"] is None or number < limits["below"])
    )
