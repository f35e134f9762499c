"""Any other table of returns: CSV, TSV or semicolons, with one run or with many that a column tells apart."""

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rlbench.analysis.reading.importers.contract import (
    MOST_TRANSITIONS,
    MOST_VALUES,
    ROLLING,
    Array,
    Columns,
    Evaluations,
    Part,
    Told,
    Training,
    UnusableError,
)
from rlbench.analysis.reading.importers.text_tables import (
    Row,
    check_names,
    number_in,
    separator_of,
    split,
    table_rows,
    text_lines,
)
from rlbench.analysis.text import listed, shown

TOOL, SHORT = "a table", "csv"
MOST_RUNS = 10_000
USUAL: Mapping[str, tuple[str, ...]] = {
    "steps": (
        "env_steps", "env_step", "total_env_steps", "global_step", "time/total_timesteps", "total_timesteps",
        "misc/total_timesteps", "num_timesteps", "timesteps_total", "timesteps", "timestep", "totalenvinteracts",
        "num_env_steps_sampled_lifetime", "num_env_steps_sampled", "totalenvsteps", "total_steps",
        "transitions", "steps", "step",
    ),
    "return": (
        "return_mean", "episodic_return", "charts/episodic_return", "episode_return", "rollout/ep_rew_mean",
        "ep_rew_mean", "eprewmean", "averageepret", "env_runners/episode_return_mean", "episode_reward_mean",
        "evaluation/averagereturn", "averagereturn", "episode_reward", "mean_episode_return",
        "mean_return", "train_return", "training_return", "returns", "return",
    ),
    "eval": (
        "eval_return_det", "eval/mean_reward", "eval_return", "eval_returns", "evaluation_return", "eval_mean_return",
        "averagetestepret", "test_return", "test/reward", "eval_episode_reward", "eval_reward",
    ),
    "length": ("length_mean", "episode_length", "rollout/ep_len_mean", "ep_len_mean", "eplenmean", "eplen", "length"),
    "seconds": ("wall_time", "time/time_elapsed", "time_elapsed", "elapsed_time", "walltime"),
    "seed": ("seed", "random_seed"),
    "env": ("env", "env_id", "env_name", "environment", "task"),
    "algorithm": ("algorithm", "algo", "exp_name"),
}  # fmt: skip
"""By meaning, names by which a column is known, the surest first. `reward` is not among them: it may be a step's."""
SMOOTHED = (
    "rollout/ep_rew_mean", "ep_rew_mean", "eprewmean", "env_runners/episode_return_mean", "episode_reward_mean",
)  # fmt: skip
"""Columns of Stable-Baselines3, Baselines and RLlib, whose values are means over the last 100 episodes."""
NUMBERS = ("steps", "return", "eval", "length", "seconds")
Who = tuple[str, str, str]
"""Task, algorithm and seed as a row has them; empty where there is no such column."""


@dataclass
class Group:
    """The rows of one run."""

    numbers: dict[str, array] = field(default_factory=lambda: {name: array("d") for name in NUMBERS})


def read_plain_csv(path: Path, columns: Columns) -> list[Part]:
    """Each run of a table as a part."""
    lines = text_lines(path)
    number, header = next(lines)
    separator = separator_of(header)
    names = [name.strip() for name in split(header, separator, number)]
    check_names(names)
    places = find_columns(names, columns)
    groups = read_groups(lines, separator, names, places)
    if not groups:
        raise UnusableError("it has no row below its header")
    used = ", ".join(f"{meaning} = {shown(names[place], 40)}" for meaning, place in places.items())
    what = f"a table ({used})"
    smoothed = "return" in places and names[places["return"]].lower() in SMOOTHED
    return [part_of(path, who, group, what, columns.episodes, smoothed) for who, group in groups.items()]


def find_columns(names: Sequence[str], columns: Columns) -> dict[str, int]:
    """The place of each meaning: the column that the user named, or else the first of the usual names."""
    places = {}
    lowered = [name.lower() for name in names]
    for meaning, usual in USUAL.items():
        named = columns.get(meaning)
        if named is not None and named not in names:
            raise UnusableError(f"it has no column {shown(named, 40)!r}, but {_listed(names)}")
        found = named if named is not None else next((name for name in usual if name in lowered), None)
        if found is not None:
            places[meaning] = names.index(found) if named is not None else lowered.index(found)
    if "steps" not in places:
        raise UnusableError(f"none of its columns ({_listed(names)}) is known to count transitions; "
                            "name it with --column steps=NAME")  # fmt: skip
    if "return" not in places and "eval" not in places:
        raise UnusableError(f"none of its columns ({_listed(names)}) is known to hold returns; "
                            "name it with --column return=NAME or --column eval=NAME")  # fmt: skip
    return places


def _listed(names: Sequence[str]) -> str:
    return listed((shown(name, 40) for name in names), 8)


def read_groups(
    lines: Iterator[tuple[int, str]], separator: str, names: Sequence[str], places: Mapping[str, int]
) -> dict[Who, Group]:
    """The rows of each run in the order of the file."""
    groups: dict[Who, Group] = {}
    told = [places.get(meaning) for meaning in ("env", "algorithm", "seed")]
    for count, row in enumerate(table_rows(lines, separator, len(names))):
        if count == MOST_VALUES:
            raise UnusableError(f"it has more than {MOST_VALUES:,} rows")
        who = tuple("" if place is None else row.cells[place].strip()[:200] for place in told)
        group = groups.get(who)  # type: ignore[arg-type]
        if group is None:
            if len(groups) == MOST_RUNS:
                raise UnusableError(f"it has more than {MOST_RUNS:,} runs")
            group = groups.setdefault(who, Group())  # type: ignore[arg-type]
        add_row(row, group, names, places)
    return groups


def add_row(row: Row, group: Group, names: Sequence[str], places: Mapping[str, int]) -> None:
    """Add one row, unless it has no number of transitions, as when other things were logged in it."""
    cells, number = row.cells, row.number
    steps = number_in(cells[places["steps"]], names[places["steps"]], number)
    if steps != steps:
        return
    if not 0 <= steps <= MOST_TRANSITIONS or steps != int(steps):
        raise UnusableError(f"line {row.number}: {steps:g} is no number of transitions")
    before = group.numbers["steps"]
    if before and steps < before[-1]:
        raise UnusableError(
            f"line {row.number}: the steps go back from {before[-1]:g} to {steps:g}; if these are several runs, name "
            "the column that tells them apart with --column seed=NAME"
        )
    before.append(steps)
    for name in NUMBERS[1:]:
        place = places.get(name)
        group.numbers[name].append(math.nan if place is None else number_in(cells[place], names[place], number))


def part_of(path: Path, who: Who, group: Group, what: str, episodes: bool, smoothed: bool) -> Part:
    """One run."""
    numbers = {name: np.array(values) for name, values in group.numbers.items()}
    env, algorithm, seed = who
    where = {name: "a column" for name, value in zip(("env", "algorithm", "seed"), who) if value}
    told = Told(env or None, whole_seed(seed), algorithm or None, where=where)
    return Part(
        TOOL, SHORT, what, (path,), told, training_of(numbers, episodes, smoothed), evaluations_of(numbers)
    )  # fmt: skip


def whole_seed(text: str) -> int | None:
    """A column's seed; pandas writes whole numbers of a column with gaps as 3.0."""
    if not text:
        return None
    digits = text.removesuffix(".0")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10 or int(digits) >= 1 << 32:
        raise UnusableError(f"{shown(text, 40)!r} is no seed, which is a whole number from 0 to {(1 << 32) - 1:,}")
    return int(digits)


def training_of(numbers: Mapping[str, Array], episodes: bool, smoothed: bool) -> Training | None:
    measured = ~np.isnan(numbers["return"])
    if not measured.any():
        return None
    return Training(
        steps=numbers["steps"][measured],
        returns=numbers["return"][measured],
        lengths=numbers["length"][measured],
        seconds=numbers["seconds"][measured],
        end=float(numbers["steps"][-1]),
        single=episodes,
        manner="episodes" if episodes else ROLLING if smoothed else "values as the table has them",
        rolling=smoothed and not episodes,
    )


def evaluations_of(numbers: Mapping[str, Array]) -> Evaluations | None:
    measured = ~np.isnan(numbers["eval"])
    if not measured.any():
        return None
    steps = numbers["steps"][measured]
    return Evaluations(steps, numbers["eval"][measured], np.full(len(steps), np.nan), np.full(len(steps), np.nan))
