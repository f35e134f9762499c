"""The words a person types for numbers, and how numbers are said back to them."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from rlbench.errors import UserError

MOST_SEEDS = 10_000
LARGEST_SEED = 2**32 - 1
MOST_STEPS = 10**12
_SUFFIXES = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9}


def parse_count(text: Any, option: str, *, low: int = 1) -> int:
    """`1M`, `300k`, `1_000_000` and `2.5e5` are whole numbers, said exactly: no float is involved."""
    word = str(text).strip().lower().replace("_", "")
    factor = _SUFFIXES.get(word[-1:], 1)
    try:
        number = Decimal(word[:-1] if factor > 1 else word) * factor
        whole = number.is_finite() and number == number.to_integral_value()
    except InvalidOperation:
        whole = False
    if isinstance(text, bool) or not whole or not low <= number <= MOST_STEPS:
        raise UserError(f"{option} is a whole number of at least {low}, such as 1M, 300k or 2.5e5, not {text!r}.")
    return int(number)


def parse_seeds(text: Any) -> tuple[int, ...]:
    """A lone number counts seeds (5 is 0 to 4); ranges and lists name them (0-4; 0,3,7; 0-2,9). Sorted, none twice."""
    if isinstance(text, list | tuple):
        text = ",".join(str(each) for each in text) + ","
    word = str(text).strip()
    if re.fullmatch(r"\d+", word):
        _check_number_of_seeds(int(word))
        return tuple(range(int(word)))
    seeds: list[int] = []
    for part in filter(None, (part.strip() for part in word.split(","))):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise UserError(f"--seeds is 5 (seeds 0 to 4), a range 0-4 or a list 0,3,7, not {word!r}.")
        if last > LARGEST_SEED:
            raise UserError(f"--seeds: {part} is too large; the largest seed is {LARGEST_SEED}.")
        _check_number_of_seeds(len(seeds) + last - first + 1)
        seeds.extend(range(first, last + 1))
    _check_number_of_seeds(len(seeds))
    _check_no_seed_twice(seeds)
    return tuple(sorted(seeds))


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
    """Names given one by one or after commas, in their order, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in (part.strip() for part in text.split(",")) if name))


def say_seeds(seeds: Sequence[int]) -> str:
    """`0-4,7`: the short word for a sorted list of seeds, as --seeds takes it (save that a lone seed stays alone)."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][1] + 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in spans)


def say_time(seconds: float | None) -> str:
    """`1:05:00` or `2:30`; nothing known is `--:--`."""
    if seconds is None:
        return "--:--"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def say_return(value: float | None) -> str:
    """A return in few letters: whole above 100, one decimal below."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def say_bytes(number: int) -> str:
    """`1.5 GB`: three digits at most."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number} bytes"
