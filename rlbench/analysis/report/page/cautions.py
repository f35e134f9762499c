"""What a reader must know before believing the page, each in a line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from rlbench.analysis.frames.curves import SAME_LENGTH, groups
from rlbench.analysis.frames.scores import common_end
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.report.page.origins import About
from rlbench.analysis.report.verdict import FEW_SEEDS
from rlbench.analysis.text import listed, shown, units


def cautions(logs: Sequence[Log], abouts: Mapping[Path, About], column: str) -> list[str]:
    """Few seeds, diverged seeds, unequal lengths, mixed versions and machines."""
    return [*few_seeds(logs), *diverged(logs), *unequal_lengths(logs, column), *mixed_origins(logs, abouts)]


def few_seeds(logs: Sequence[Log]) -> Iterator[str]:
    """Curves of fewer seeds than intervals need."""
    few: dict[int, list[str]] = defaultdict(list)
    members = groups(logs)
    for (env, algorithm), runs in members.items():
        if len(runs) < FEW_SEEDS:
            few[len(runs)].append(f"{shown(algorithm)} on {shown(env)}")
    for count, names in sorted(few.items()):
        seeds = f"{count} seed{'s' if count > 1 else ''}"
        whose = "each algorithm" if len(names) == len(members) else listed(names, 4)
        yield f"few seeds: {seeds} of {whose}. Intervals are only rough with fewer than {FEW_SEEDS}"


def diverged(logs: Sequence[Log]) -> Iterator[str]:
    """Runs whose numbers stopped being finite."""
    names = [f"{log.run.name} at {units(log.end)} transitions" for log in logs if log.run.status == "diverged"]
    if names:
        what = "it counts with its" if len(names) == 1 else "they count with their"
        yield f"diverged: {listed(names)}; {what} last finite value"


def unequal_lengths(logs: Sequence[Log], column: str) -> Iterator[str]:
    """Environments whose runs do not reach equally far."""
    by_env: dict[str, list[Log]] = defaultdict(list)
    for log in logs:
        by_env[log.run.env].append(log)
    for env, members in by_env.items():
        ends: dict[str, list[float]] = defaultdict(list)
        for log in members:
            ends[log.run.algorithm].append(log.end)
        shortest, longest = min(map(min, ends.values())), max(map(max, ends.values()))
        end = common_end([log for log in members if column in log.series], column)
        if shortest < (1 - SAME_LENGTH) * longest and np.isfinite(end):
            each = (f"{shown(name)} {units(min(reached))}" for name, reached in sorted(ends.items()))
            yield f"{shown(env)}: unequal lengths, compared at {units(end)} transitions: {listed(each, 10)}"


def mixed_origins(logs: Sequence[Log], abouts: Mapping[Path, About]) -> Iterator[str]:
    """Versions, code, devices and physics that differ between runs of one environment; machines may."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for log in logs:
        for name, value in abouts[log.run.path].facts.items():
            if name.startswith("machine"):
                continue
            found[log.run.env][name].add(value)
    mixed: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for env, facts in found.items():
        for name, values in facts.items():
            if len(values) > 1:
                mixed[name, tuple(sorted(values))].append(shown(env))
    for (name, kinds), envs in mixed.items():
        yield f"{listed(envs, 3)}: runs differ in {name}: {listed(kinds, 3)}"
