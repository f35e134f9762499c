"""Names and numbers as a person may see them. Names come from folders of strangers: they are data, never commands."""

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

LONGEST_NAME = 80
SUFFIXES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def shown(name: str | Path, limit: int = LONGEST_NAME) -> str:
    """`name` with every control, format and bidirectional character escaped, cut in its middle to `limit`."""
    raw = str(name)
    if len(raw) > 2 * limit:
        raw = raw[:limit] + raw[-limit:]
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in raw)
    if len(text) <= limit:
        return text
    half = (limit - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def shown_path(path: str | Path) -> str:
    """A path in full, fit for a terminal."""
    return shown(path, limit=4096)


def file_name(name: str) -> str:
    """A name that is a plain file name on every system: letters, digits, dot, dash, underscore."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:100] or "unnamed"


def units(value: float, digits: int = 3) -> str:
    """200000 -> `200k`, 1500000 -> `1.5M`; smaller numbers as they are."""
    value = float(f"{value:.{digits}g}")
    for size, suffix in SUFFIXES:
        if abs(value) >= size:
            return f"{value / size:.{digits + 1}g}{suffix}".replace("-", "−")
    return f"{value:.{digits + 1}g}".replace("-", "−")


def tick_labels(values: Sequence[float]) -> list[str]:
    """Labels of one axis: as few digits as keep them apart, and one manner for all of them."""
    if max((abs(value) for value in values), default=0) < 1e4:
        return [f"{value:.6g}".replace("-", "−") for value in values]
    for digits in range(3, 12):
        labels = [units(value, digits) for value in values]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{value:.16g}".replace("-", "−") for value in values]


def listed(names: Iterable[str], most: int = 5) -> str:
    """`a, b, c and 4 more`."""
    every = list(names)
    rest = len(every) - most
    return ", ".join(every[:most]) + (f" and {rest} more" if rest > 0 else "")


def number_text(value: float, like: float = math.nan) -> str:
    """`3120`, or a dash where there is nothing; as many decimals as suit `like`, or else the value itself."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value if math.isnan(like) else like)
    text = f"{value:.{0 if size >= 100 else 1 if size >= 10 else 3}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def interval_text(value: float, low: float, high: float) -> str:
    """`3120 [2900, 3340]`, or the value alone where there is no interval."""
    if math.isnan(value) or math.isnan(low):
        return number_text(value)
    largest = max((abs(each) for each in (value, low, high) if math.isfinite(each)), default=math.nan)
    return f"{number_text(value, largest)} [{number_text(low, largest)}, {number_text(high, largest)}]"
