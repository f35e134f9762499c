"""Runs that must not be drawn or compared as one thing: refused by name, or, where the user wants, kept apart by name.

All runs of an environment must agree in simulator, its version and budget, and all seeds of one curve in their settings
and in the version of rlbench: another version may have another algorithm behind the same name. Two curves may be of two
versions, so that older results stay comparable.
What a run does not tell is no difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rlbench.analysis.reading.runs import UNKNOWN, Run
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError

NOT_SET = "not set"
MAKER = "the program that made them"
VERSION = "the version of rlbench"


@dataclass(frozen=True)
class Difference:
    """One thing in which runs differ that must agree."""

    env: str
    algorithm: str | None
    """The curve within which they differ; None where all runs of the environment must agree."""
    what: str
    values: dict[str, tuple[str, ...]]
    """Each value, and the algorithms that have it."""

    def __str__(self) -> str:
        if self.algorithm is not None:
            who = f"{shown(self.env)} {shown(self.algorithm)}: seeds of one name differ in {self.what}"
            return f"{who}: {listed(self.values, 3)}"
        each = (f"{value} ({listed(map(shown, names), 3)})" for value, names in self.values.items())
        return f"{shown(self.env)}: runs differ in {self.what}: {listed(each)}"


def differences(runs: Iterable[Run]) -> list[Difference]:
    """All of them, those of whole environments first."""
    runs = list(runs)
    return [*of_environments(runs), *of_curves(runs)]


def of_environments(runs: Sequence[Run]) -> Iterator[Difference]:
    """Simulator, versions and budget."""
    values: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        for what, value in run.origin.items():
            if value != UNKNOWN:
                values[run.env, what][value].add(run.algorithm)
    for (env, what), owners in values.items():
        if len(owners) > 1:
            yield Difference(env, None, what, {value: tuple(sorted(owners[value])) for value in sorted(owners)})


def of_curves(runs: Sequence[Run]) -> Iterator[Difference]:
    """The program that made them and its version, and settings of the algorithm. A run without any tells nothing."""
    curves: dict[tuple[str, str], list[Run]] = defaultdict(list)
    makers: dict[tuple[str, str], set[str]] = defaultdict(set)
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for run in runs:
        makers[run.env, run.algorithm].add(maker(run))
        if run.version != UNKNOWN:
            versions[run.env, run.algorithm].add(run.version)
        if run.settings:
            curves[run.env, run.algorithm].append(run)
    for what, found_by_curve in ((MAKER, makers), (VERSION, versions)):
        for (env, algorithm), names in found_by_curve.items():
            if len(names) > 1:
                yield Difference(env, algorithm, what, dict.fromkeys(sorted(names), (algorithm,)))
    for (env, algorithm), members in curves.items():
        if all(run.settings == members[0].settings for run in members):
            continue
        for name in sorted({name for run in members for name in run.settings}):
            found = sorted({run.settings.get(name, NOT_SET) for run in members})
            if len(found) > 1:
                yield Difference(env, algorithm, name, dict.fromkeys(found, (algorithm,)))


def maker(run: Run) -> str:
    """The program that made a run."""
    return run.imported.tool if run.imported else "rlbench"


def refuse_mixed(runs: Iterable[Run]) -> None:
    """One line that says what differs."""
    found = differences(runs)
    if found:
        more = f" (and {len(found) - 1} more such differences)" if len(found) > 1 else ""
        raise UserError(
            f"{found[0]}{more}.",
            "Leave some of these runs out, or take --allow-mixed, which keeps them apart by name.",
        )


def set_apart(runs: Sequence[Run]) -> tuple[list[Run], list[str]]:
    """Each run under a name that says in what it differs, and a note for each difference."""
    found = differences(runs)
    renamed = []
    for run in runs:
        marks = [f"{each.what} {value_of(run, each)}" for each in found if concerns(each, run)]
        renamed.append(replace(run, algorithm=f"{run.algorithm} [{', '.join(marks)}]") if marks else run)
    return renamed, [f"{each}; they are kept apart by name" for each in found]


def concerns(difference: Difference, run: Run) -> bool:
    return run.env == difference.env and difference.algorithm in (None, run.algorithm)


def value_of(run: Run, difference: Difference) -> str:
    if difference.algorithm is None:
        return run.origin.get(difference.what, UNKNOWN)
    if difference.what == MAKER:
        return maker(run)
    if difference.what == VERSION:
        return run.version
    return run.settings.get(difference.what, NOT_SET) if run.settings else UNKNOWN
