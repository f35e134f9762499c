"""Folders -> the chosen runs and the numbers of each: how every command that compares begins."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rlbench.analysis.reading.metrics import EVAL_DET, EVAL_STOCH
from rlbench.analysis.reading.mixed import refuse_mixed, set_apart
from rlbench.analysis.reading.progress import Log, read_logs
from rlbench.analysis.reading.runs import Run, find_runs
from rlbench.analysis.reading.titles import PLAIN, Titles, titles_of
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError, nearest


@dataclass(frozen=True)
class Choice:
    """Which runs are meant."""

    folders: tuple[Path, ...] = (Path("results"),)
    envs: tuple[str, ...] = ()
    """Only these environments; all where empty."""
    algorithms: tuple[str, ...] = ()
    """Only these algorithms or labels; all where empty."""
    allow_mixed: bool = False
    """Whether runs that must not be mixed are kept apart by name rather than refused."""


@dataclass(frozen=True)
class Readings:
    """What was read."""

    runs: list[Run]
    """All that were chosen, those without a row among them."""
    logs: list[Log]
    notes: list[str] = field(default_factory=list)
    """What could not be read, and what was kept apart."""
    labels: tuple[str, ...] = ()
    """Of every run in the folders, those that were not chosen among them."""
    titles: Titles = PLAIN
    """What environments and algorithms are called, and in which order they are shown."""


def read(choice: Choice, columns: Collection[str] = ()) -> Readings:
    """The chosen runs, and their evaluations and other `columns` of progress.csv."""
    runs, notes = find_runs(choice.folders)
    labels = tuple(sorted({run.algorithm for run in runs}))
    runs = chosen(runs, choice.envs, choice.algorithms)
    if choice.allow_mixed:
        runs, apart = set_apart(runs)
        notes += apart
    else:
        refuse_mixed(runs)
    logs, unread = read_logs(runs, {EVAL_DET, EVAL_STOCH, *columns})
    if not logs:
        raise UserError(f"None of the {len(runs)} runs has a complete row yet: {listed(unread, 2)}. Try again later.")
    titles, unused = titles_of(runs, choice.folders)
    return Readings(runs, logs, [*notes, *unread, *unused], labels, titles)


def chosen(runs: Sequence[Run], envs: tuple[str, ...], algorithms: tuple[str, ...]) -> list[Run]:
    """The runs that pass the filters; a name that no run has is refused."""
    filters: list[tuple[str, tuple[str, ...], Callable[[Run], tuple[str, ...]]]] = [
        ("environment", envs, lambda run: (run.env,)),
        ("algorithm", algorithms, lambda run: (run.algorithm, run.path.parent.name)),  # the label, and its folder
    ]
    kept = list(runs)
    for what, names, of in filters:
        known = {name for run in runs for name in of(run)}
        for name in names:
            if name not in known:
                some = listed(map(shown, sorted({of(run)[0] for run in runs})), 10)
                hint = shown(nearest(name, sorted(known)))
                raise UserError(f"No run of {what} {shown(name)!r}.{hint} There are: {some}.")
        kept = [run for run in kept if not names or not set(names).isdisjoint(of(run))]
    if not kept:
        raise UserError("No run is of these environments and these algorithms both. Leave one filter out.")
    return kept


def refuse_two_versions(envs: Sequence[str]) -> None:
    """Versions of one task have other rewards or observations, and would count twice in an aggregate."""
    versions: dict[str, list[str]] = defaultdict(list)
    for env in envs:
        versions[re.sub(r"-v\d+$", "", env)].append(env)
    for members in versions.values():
        if len(members) > 1:
            raise UserError(
                f"{listed(map(shown, members))} are versions of one task.",
                "Choose one with --envs, or take --allow-mixed, which compares on each.",
            )
