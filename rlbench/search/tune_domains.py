"""Domains: the values among which a search chooses one setting, read from text, derived from a default, and drawn from.

A domain maps a number of the unit interval to a value. Drawn numbers have three significant digits, so that a setting
can be read and typed, and so that the last bit of a logarithm changes nothing.
"""

import math
import re
from dataclasses import Field, dataclass
from typing import Any, Literal, get_args

from rlbench.algorithms.setting_values import allowed, is_allowed, read, split_alternatives
from rlbench.errors import UserError, nearest, quoted

Scale = Literal["linear", "log", "logit"]
"""How a range is divided: evenly, evenly in log x, or evenly in log(x / (1 - x)), which suits shares such as gamma."""

FACTOR = {int: 4.0, float: 10.0}
"""How many times smaller and larger than the default a derived range reaches. A whole number changes what a run costs
or how its batch is cut, and is searched less far."""
RANGE = re.compile(r"\s*(.+?)\s*\.\.\s*(.+?)\s*(?::\s*([a-z]+)\s*)?")
DIGITS = 3


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float
    scale: Scale
    whole: bool = False

    def at(self, share: float) -> float | int:
        """The value at a share from 0 to 1 of the range."""
        if self.whole:
            top = self.high + 1
            whole = math.floor(_between(self.low, top, share, self.scale))
            return int(min(max(whole, self.low), self.high))
        value = _between(self.low, self.high, share, self.scale)
        return min(max(_rounded(value, self), self.low), self.high)

    def __str__(self) -> str:
        low, high = (f"{each:.0f}" if self.whole else f"{each:g}" for each in (self.low, self.high))
        return f"{low}..{high}:{self.scale}"


@dataclass(frozen=True)
class Alternatives:
    """Single values, each as likely as the others."""

    values: tuple[Any, ...]

    def at(self, share: float) -> Any:
        """The value at a share from 0 to 1 of the list."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def __str__(self) -> str:
        return ("/" if isinstance(self.values[0], tuple) else ",").join(map(say_value, self.values))


Domain = Range | Alternatives


def say_value(value: Any) -> str:
    """A setting's value in the form in which it is typed."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def derive(setting: Field, default: Any) -> Domain | None:
    """A domain around a default; None where the declaration of the setting gives no scale to go by.

    A share between 0 and 1 gets odds from a tenth to ten times the default's, another positive number a logarithmic
    range, and a number that may be negative a linear one. A number whose default is 0 has no scale.
    """
    if setting.metadata["choices"] is not None:
        return Alternatives(tuple(setting.metadata["choices"]))
    if isinstance(default, bool):
        return Alternatives((False, True))
    if isinstance(default, tuple):
        if not default:
            return Alternatives(((), (64, 64)))
        return Alternatives(tuple(tuple(max(1, int(size * by)) for size in default) for by in (0.5, 1, 2)))
    if isinstance(default, str):
        return None
    found = _derive_range(setting, default)
    return found if found and found.low < found.high else None


def _derive_range(setting: Field, default: float) -> Range | None:
    whole, factor = type(setting.default) is int, FACTOR[type(setting.default)]
    low, high = _limits(setting)
    if low == 0 and high == 1 and not whole:
        if not 0 < default < 1:
            return None
        odds = default / (1 - default)
        ends = [_significant(_share(odds * by), "logit", digits=2) for by in (1 / factor, factor)]
        return Range(ends[0], ends[1], "logit")
    if low < 0:
        reach = max(1.0, abs(default))
        return Range(max(low, default - reach), min(high, default + reach), "linear", whole)
    if default <= 0:
        return None
    ends = [max(low, default / factor), min(high, default * factor)]
    if whole:
        return Range(math.ceil(ends[0]), math.floor(ends[1]), "log", whole)
    return Range(_significant(ends[0]), _significant(ends[1]), "log")


def _limits(setting: Field) -> tuple[float, float]:
    """The bounds of a number, whether or not they are allowed themselves."""
    limits = setting.metadata
    lows = [limits[key] for key in ("low", "above") if limits[key] is not None]
    highs = [limits[key] for key in ("high", "below") if limits[key] is not None]
    return max(lows, default=-math.inf), min(highs, default=math.inf)


def parse_domain(setting: Field, word: Any) -> Domain:
    """The domain that a person gave: `LOW..HIGH`, `LOW..HIGH:log`, or several values as --set takes them.

    A UserError where it makes no sense, or reaches beyond what the setting allows.
    """
    where = f"--search {setting.name}={word if isinstance(word, str) else quoted(word)}"
    match = RANGE.fullmatch(word) if isinstance(word, str) else None
    if match:
        return _parse_range(setting, match[1], match[2], match[3], where)
    if isinstance(word, str) and type(setting.default) is tuple:
        word = word.replace("|", "/")
    if isinstance(word, str) and type(setting.default) is str and setting.metadata["choices"] is None:
        parts: list[Any] = [part.strip() for part in word.split(",")]
    else:
        parts = split_alternatives(setting, word)
    parts = [part.strip() if isinstance(part, str) else part for part in parts]
    if len(parts) < 2:
        example = "64,64/256,256" if type(setting.default) is tuple else "a range 0.1..10 or values 1,2,5"
        raise UserError(f"{where}: a search needs several values, such as {example}. One value is for --fix.")
    return Alternatives(_distinct(tuple(_read(setting, part, where) for part in parts), where))


def _distinct(values: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise UserError(f"{where}: {say_value(value)} is there twice. Name each value once.")
    return values


def _parse_range(setting: Field, first: str, last: str, scale: str | None, where: str) -> Range:
    kind = type(setting.default)
    if kind not in (int, float):
        raise UserError(
            f"{where}: {setting.name} is {allowed(setting)}, and has no range.",
            "Name its values one by one.",
        )
    low, high = (_read(setting, part, where) for part in (first, last))
    if not low < high:
        raise UserError(f"{where}: a range begins with its smaller end, and {first} is not below {last}.")
    known: tuple[Scale, ...] = get_args(Scale)
    if scale is not None and scale not in known:
        raise UserError(f"{where}: no scale '{scale}'.{nearest(scale, known)} Choose of {', '.join(known)}.")
    plain: Scale = "log" if low > 0 and high >= 10 * low else "linear"
    chosen = next((each for each in known if each == scale), plain)
    _check_scale(chosen, low, high, kind, where)
    return Range(low, high, chosen, kind is int)


def _check_scale(scale: Scale, low: float, high: float, kind: type, where: str) -> None:
    """A UserError where a range reaches to where its scale has no numbers."""
    if scale == "log" and low <= 0:
        raise UserError(f"{where}: a logarithmic range lies above 0. Begin above it, or take :linear.")
    if scale == "logit" and not (low > 0 and high < 1 and kind is float):
        raise UserError(
            f"{where}: a logit range lies between 0 and 1, without them.",
            "Move its ends, or take :linear.",
        )


def _read(setting: Field, part: Any, where: str) -> Any:
    value = read(setting, part)
    if not is_allowed(setting, value):
        raise UserError(f"{where}: {setting.name} is {allowed(setting)}, not {quoted(part)}.")
    return value


def _between(low: float, high: float, share: float, scale: Scale) -> float:
    if scale == "log":
        return low * (high / low) ** share
    if scale == "logit":
        odds = [each / (1 - each) for each in (low, high)]
        return _share(odds[0] * (odds[1] / odds[0]) ** share)
    return low + share * (high - low)


def _share(odds: float) -> float:
    return odds / (1 + odds)


def _rounded(value: float, domain: Range) -> float:
    """Three significant digits; on a linear scale, those of the range's width."""
    if domain.scale == "linear":
        return round(value, DIGITS - 1 - math.floor(math.log10(domain.high - domain.low)))
    return _significant(value, domain.scale)


def _significant(value: float, scale: Scale = "log", digits: int = DIGITS) -> float:
    """The value with so many significant digits; on a logit scale with so many in its distance from 1, if above 1/2."""
    size = 1 - value if scale == "logit" and value > 0.5 else value
    return round(value, digits - 1 - math.floor(math.log10(size)))


def as_toml(value: Any) -> str:
    """A domain or a setting's value as TOML."""
    if isinstance(value, Range):
        return f'"{value}"'
    if isinstance(value, Alternatives):
        return f"[{', '.join(map(as_toml, value.values))}]"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
    return repr(value)
