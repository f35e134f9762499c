"""Spinning Up's progress.txt, a row for each epoch, and config.json beside it."""

import math
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from rlbench.analysis.reading.importers.contract import (
    MOST_SETTINGS,
    MOST_TRANSITIONS,
    MOST_VALUES,
    Array,
    Evaluations,
    Part,
    Told,
    Training,
    UnusableError,
)
from rlbench.analysis.reading.importers.text_tables import check_names, first_line, number_in, table_rows, text_lines
from rlbench.json_file import is_regular, read_object
from rlbench.run_file import LARGEST_RUN_FILE

TOOL, SHORT = "Spinning Up", "spinningup"
STEPS, RETURN, TEST = "TotalEnvInteracts", "AverageEpRet", "AverageTestEpRet"
USED = (STEPS, RETURN, "MaxEpRet", "MinEpRet", "EpLen", "Time", TEST, "StdTestEpRet", "TestEpLen")
OF_THE_RUN = ("seed", "exp_name", "env_name", "save_freq")


def is_spinning_up(path: Path) -> bool:
    """Whether the header has the columns of an EpochLogger that counts transitions."""
    try:
        names = first_line(path).split("\t")
    except (OSError, UnusableError):
        return False
    return STEPS in names and (RETURN in names or TEST in names)


def read_spinning_up(path: Path) -> Part:
    """One run."""
    columns = read_columns(path)
    steps = columns[STEPS]
    if not len(steps):
        raise UnusableError("progress.txt has no row yet")
    if not ((steps >= 0) & (steps <= MOST_TRANSITIONS)).all() or (np.diff(steps) <= 0).any():
        raise UnusableError(f"progress.txt: {STEPS} does not rise")
    training = evaluations = None
    if not np.isnan(columns[RETURN]).all():
        training = Training(
            steps=steps,
            returns=columns[RETURN],
            lengths=columns["EpLen"],
            seconds=columns["Time"],
            end=float(steps[-1]),
            single=False,
            manner="means over the episodes of one epoch",
            low=columns["MinEpRet"],
            high=columns["MaxEpRet"],
        )
    if not np.isnan(columns[TEST]).all():
        evaluations = Evaluations(steps, columns[TEST], columns["StdTestEpRet"], columns["TestEpLen"], "det")
    config = path.parent / "config.json"
    told = read_config(config)
    note = (
        "Spinning Up's on-policy algorithms cut episodes at the end of an epoch and count only those that had ended, "
        "which are the shorter ones"
    )
    files = (path, config) if is_regular(config) else (path,)
    return Part(TOOL, SHORT, "progress.txt of Spinning Up", files, told, training, evaluations, (note,))


def read_columns(path: Path) -> dict[str, Array]:
    """The columns that are used; those that are not there are NaN."""
    lines = text_lines(path)
    names = next(lines)[1].rstrip("\r\n").split("\t")
    check_names(names)
    places = {name: names.index(name) for name in USED if name in names}
    found = {name: array("d") for name in places}
    for row in table_rows(lines, "\t", len(names)):
        if not row.whole:
            break
        for name, place in places.items():
            found[name].append(number_in(row.cells[place], name, row.number))
        if len(found[STEPS]) > MOST_VALUES:
            raise UnusableError(f"it has more than {MOST_VALUES:,} rows")
    empty = np.full(len(found[STEPS]), np.nan)
    return {name: np.array(found[name]) if name in found else empty for name in USED}


def read_config(path: Path) -> Told:
    """What config.json tells. Its task is the memory address of a function, unless a grid of experiments named it."""
    try:
        config = read_object(path, LARGEST_RUN_FILE)
    except (OSError, ValueError):
        return Told()
    where = "config.json"
    env, seed, name = config.get("env_name"), config.get("seed"), config.get("exp_name")
    epochs, steps = config.get("epochs"), config.get("steps_per_epoch")
    budget = epochs * steps if isinstance(epochs, int) and isinstance(steps, int) else 0
    return Told(
        env=env if isinstance(env, str) and env else None,
        seed=seed if type(seed) is int and 0 <= seed < 1 << 32 else None,
        algorithm=name if isinstance(name, str) and name else None,
        budget=budget if 0 < budget <= MOST_TRANSITIONS else None,
        settings=settings_in(config),
        where=dict.fromkeys(("env", "seed", "algorithm", "budget"), where),
    )


def settings_in(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Plain values alone: objects are written with their addresses in memory, which differ from run to run."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key in OF_THE_RUN or key in ("logger", "logger_kwargs") or " at 0x" in key:
            continue
        if isinstance(value, dict) and not prefix:
            found |= settings_in(value, f"{key[:100]}.")
        elif is_plain(value) or (isinstance(value, list) and len(value) <= 20 and all(map(is_plain, value))):
            found[prefix + key[:100]] = value
    return dict(list(found.items())[:MOST_SETTINGS])


def is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 200 and " at 0x" not in value
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
