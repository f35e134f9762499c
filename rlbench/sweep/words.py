"""Parsing the numbers, seeds and names that a person types, and formatting numbers for output."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from rlbench.errors import UserError, quoted

MOST_SEEDS = 10_000
LARGEST_SEED = 2**32 - 1
MOST_STEPS = 10**12
MOST_WORKERS = 1024
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}
_NUMBER = re.compile(r"(\+?(?:\d[\d_]{0,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,3})?)([kmgb]?)", re.ASCII)
"""Few enough digits to evaluate at once: `1e999999999` is short, but stands for a very long number."""
_SEEDS = re.compile(r"(\d{1,20})(?:-(\d{1,20}))?", re.ASCII)


def parse_count(
    text: Any, option: str, *, low: int = 1, high: int = MOST_STEPS, such_as: str = "1M, 300k or 2.5e5"
) -> int:
    """Parse a whole number such as `1M`, `300k`, `1_000_000` or `2.5e5`, exactly: without floating point."""
    number = _read_number(text)
    if number is None or number.denominator > 1 or not low <= number <= high:
        limits = f"at most {high:,}" if number is not None and number > high else f"at least {low}"
        raise UserError(f"{option} is a whole number of {limits}, such as {such_as}, not {quoted(text)}.")
    return int(number)


def parse_seconds(text: Any, option: str, *, low: float, high: float) -> float:
    """Parse a number of seconds."""
    number = _read_number(text)
    if number is None or not Fraction(str(low)) <= number <= high:
        raise UserError(f"{option} is a number of seconds, {low:g} to {high:g}, not {quoted(text)}.")
    return float(number)


def _read_number(text: Any) -> Fraction | None:
    """Parse a number from text or TOML exactly; None where it is not one of reasonable length."""
    if isinstance(text, int):
        return None if isinstance(text, bool) else Fraction(text)
    match = _NUMBER.fullmatch(str(text).strip().lower()) if isinstance(text, str | float) else None
    return Fraction(match[1].replace("_", "")) * _SUFFIXES[match[2]] if match else None


def parse_seeds(text: Any) -> tuple[int, ...]:
    """Parse seeds: a single number counts them (5 is 0 to 4); ranges and lists name them (0-4; 0,3,7; 0-2,9).

    The seeds are sorted, and none may be given twice.
    """
    if isinstance(text, list | tuple):
        parts = [_word(each) for each in text]
    else:
        word = _word(text)
        if re.fullmatch(r"\d{1,20}", word, re.ASCII):
            _check_number_of_seeds(int(word))
            return tuple(range(int(word)))
        parts = split_list(word)
    seeds: list[int] = []
    for part in parts if any(parts) else ():
        match = _SEEDS.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise UserError(f"--seeds is 5 (seeds 0 to 4), a range 0-4 or a list 0,3,7, not {quoted(text)}.")
        if last > LARGEST_SEED:
            raise UserError(f"--seeds: {part} is too large; the largest seed is {LARGEST_SEED}.")
        _check_number_of_seeds(len(seeds) + last - first + 1)
        seeds.extend(range(first, last + 1))
    _check_number_of_seeds(len(seeds))
    _check_no_seed_twice(seeds)
    return tuple(sorted(seeds))


def _word(value: Any) -> str:
    """Text as it is, and any other TOML value as it is quoted in messages."""
    return value.strip() if isinstance(value, str) else quoted(value)


def split_list(text: str) -> list[str]:
    """Split at commas. A trailing comma is allowed: `5,` is a list of one."""
    parts = [part.strip() for part in text.split(",")]
    return parts[:-1] if not parts[-1] else parts


def _check_number_of_seeds(number: int) -> None:
    if number == 0:
        raise UserError("--seeds names no seed. A lone number counts them: 1 is seed 0; 0-0 is seed 0, too.")
    if number > MOST_SEEDS:
        raise UserError(f"--seeds asks for more than {MOST_SEEDS:,} seeds; start several commands for so many.")


def _check_no_seed_twice(seeds: Sequence[int]) -> None:
    seen: set[int] = set()
    for seed in seeds:
        if seed in seen:
            raise UserError(f"--seeds names seed {seed} twice; a seed runs once.")
        seen.add(seed)


def parse_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The names given one by one or separated by commas, in their order, without repeats."""
    names = []
    for text in texts:
        parts = split_list(text)
        if "" in parts:
            raise UserError(f"A name is missing in {quoted(text)}: names are separated by single commas.")
        names += parts
    return tuple(dict.fromkeys(filter(None, names)))


def say_seeds(seeds: Sequence[int]) -> str:
    """Format sorted seeds as --seeds takes them: `0-4,7`; a single seed is shown as its number."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in spans)


def say_range(numbers: Iterable[int]) -> str:
    """`1,000`, or `1,000 to 2,000` where numbers differ."""
    found = sorted(set(numbers))
    return " to ".join(f"{number:,}" for number in dict.fromkeys((*found[:1], *found[-1:])))


def say_time(seconds: float | None) -> str:
    """Format a time as `1:05:00` or `2:30`, and an unknown one as `--:--`."""
    if seconds is None:
        return "--:--"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def say_return(value: float | None) -> str:
    """Format a return: whole above 100, one decimal below."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def say_bytes(number: int) -> str:
    """Format bytes as `1.5 GB`, with at most three digits up to a thousand terabytes."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{number} bytes"
