"""What environments and algorithms are called and in which order they are shown, where their results are a suite's.

Runs, frames and files keep the names that folders have; titles are for figures, tables and sentences.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import Run
from rlbench.analysis.text import LONGEST_NAME, shown, shown_path
from rlbench.json_file import is_regular
from rlbench.layout import SUITE_FILE
from rlbench.suite_file import SuiteFile, read_suite_file


@dataclass(frozen=True)
class Titles:
    """Titles and order of a suite; without one every name stands for itself, in the order of the alphabet."""

    suite: SuiteFile | None = None

    def env(self, name: str, limit: int = LONGEST_NAME) -> str:
        """An environment as it is shown."""
        return shown(self._title(name), limit)

    def algorithm(self, name: str, limit: int = LONGEST_NAME) -> str:
        """An algorithm as it is shown. What is put behind a name, to keep runs apart, is kept."""
        label, mark, behind = name.partition(" [")
        return shown(f"{self._title(label)}{mark}{behind}", limit)

    def sorted_envs(self, names: Iterable[str]) -> list[str]:
        """Environments in the order in which they are shown."""
        order = self.suite.envs if self.suite else ()
        return sorted(names, key=lambda name: (_place(name, order), name))

    def sorted_algorithms(self, names: Iterable[str]) -> list[str]:
        """Algorithms in the order in which they are shown."""
        order = self.suite.algorithms if self.suite else ()
        return sorted(names, key=lambda name: (_place(name, order), name))

    def logs(self, logs: Sequence[Log]) -> list[Log]:
        """Runs under their titles and in their order, for sentences about them."""
        if not self.suite:
            return list(logs)
        ordered = sorted(logs, key=lambda log: (self._env_key(log.run.env), self._algorithm_key(log.run.algorithm)))
        return [replace(log, run=self._run(log.run)) for log in ordered]

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame under titles, for tables and sentences: its environments in their order, and rows of algorithms."""
        if not self.suite:
            return frame
        keys = [name for name in ("env", "algorithm") if name in frame]
        ordered = frame.sort_values(keys, key=self._keys, kind="stable", ignore_index=True) if keys else frame
        columns = {"env": self.env, "algorithm": self.algorithm, "a": self.algorithm, "b": self.algorithm}
        columns["better"] = self.algorithm
        return ordered.assign(**{name: ordered[name].map(of) for name, of in columns.items() if name in ordered})

    def _keys(self, column: pd.Series) -> pd.Series:
        of = self._env_key if column.name == "env" else self._algorithm_key
        return column.map(lambda name: of(str(name)))

    def _env_key(self, name: str) -> tuple[int, str]:
        return _place(name, self.suite.envs if self.suite else ()), name

    def _algorithm_key(self, name: str) -> tuple[int, str]:
        return _place(name, self.suite.algorithms if self.suite else ()), name

    def _run(self, run: Run) -> Run:
        return replace(run, env=self.env(run.env), algorithm=self.algorithm(run.algorithm))

    def _title(self, name: str) -> str:
        return self.suite.titles.get(name, name) if self.suite else name


PLAIN = Titles()


def titles_of(runs: Sequence[Run], folders: Sequence[Path]) -> tuple[Titles, list[str]]:
    """The titles of the suite that these runs are of, and notes on files of suites that are not used.

    Of several suites, the one in the first of these folders counts.
    """
    found: list[SuiteFile] = []
    notes = []
    named = [folder.absolute() for folder in folders]
    roots = dict.fromkeys(run.path.parents[2] for run in runs)
    for root in sorted(roots, key=lambda root: named.index(root) if root in named else len(named)):
        path = root / SUITE_FILE
        if not is_regular(path):
            continue
        try:
            found.append(read_suite_file(path))
        except (ValueError, OSError) as error:
            notes.append(f"{shown_path(path)} is ignored: {shown(str(error), 200)}; names stand for themselves")
    for other in found[1:]:
        if other != found[0]:
            notes.append(f"titles are those of the suite {shown(found[0].name)}, not of {shown(other.name)}")
    return Titles(found[0] if found else None), notes


def _place(name: str, order: Sequence[str]) -> int:
    """The place of a name, or of the name of which a list of values made this variant; others come last."""
    label = name.partition(" [")[0]
    if label in order:
        return order.index(label)
    made_of = [each for each in order if "=" in label and label.startswith(f"{each}-")]
    return order.index(max(made_of, key=len)) if made_of else len(order)
