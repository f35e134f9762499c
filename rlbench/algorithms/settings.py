"""An algorithm's settings: what each is called, what it means, what the paper calls it, and which values make sense."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rlbench.algorithms.setting_checks import CheckingDefault, refusal
from rlbench.algorithms.setting_values import allowed, is_allowed, is_kind, read
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
    """A field of an algorithm's frozen dataclass. `low`/`high` include their value, `above`/`below` exclude it.

    The dataclass checks its settings whenever one is constructed: any other value is a UserError.
    """
    if not is_kind(default):
        raise TypeError(f"A setting's default is a bool, int, float, str or tuple of layer sizes, not {default!r}")
    bounds = {"low": low, "high": high, "above": above, "below": below}
    metadata = {"symbol": symbol, "meaning": meaning, "choices": choices, **bounds}
    return field(default=CheckingDefault(default), metadata=metadata)


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


def resolve(algorithm: type, name: str, overrides: Mapping[str, Any], see: str = "") -> Any:
    """The algorithm with its defaults and the user's values, each checked. Values may be text, as typed, or TOML's.

    `see` is the command that lists the settings.
    """
    see = see or f"rlbench show {name}"
    known = {each.name: each for each in fields(algorithm)}
    values = {}
    for key, value in overrides.items():
        if key not in known:
            raise UserError(f"{name} has no setting '{key}'.{nearest(key, known)} See: {see}")
        values[key] = read(known[key], value)
        if not is_allowed(known[key], values[key]):
            why = refusal(known[key], value, allowed(known[key])) + _how_to_list(known[key], value)
            raise UserError(f"{name}: {why}. See: {see}")
    try:
        return algorithm(**values)
    except ValueError as error:  # of a plug-in's own check
        raise UserError(f"{name}: {' '.join(str(error).split())}. See: {see}") from error


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
