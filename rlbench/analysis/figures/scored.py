"""What figures of scores begin with: a score of each run, normalised where environments are taken together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.figures.captions import say_seeds
from rlbench.analysis.frames.aggregates import normalised
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import groups
from rlbench.analysis.frames.scores import compared_scores, scores_by_env, shared_environments
from rlbench.analysis.options import Metric, PlotOptions, Score, check_choice
from rlbench.analysis.published import scale
from rlbench.analysis.reading.choice import Readings, refuse_two_versions
from rlbench.analysis.reading.metrics import METRIC_PHRASES, TRAINING
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError

Array = NDArray[np.float64]
SCORE_PHRASES: dict[Score, str] = {
    "final": "final {}",
    "best": "highest {} of each run",
    "auc": "average {} while learning (area under the curve)",
}


@dataclass(frozen=True)
class Scored:
    """Scores of runs by environment and algorithm."""

    logs: Sequence[Log]
    runs: pd.DataFrame
    """A row for each run."""
    values: Mapping[str, Mapping[str, Array]]
    scaled: Mapping[str, Mapping[str, Array]]
    """Normalised where an environment has a scale; of several environments, those that can be taken together."""
    is_normalised: bool
    metric: Metric
    score: Score
    notes: list[str] = field(default_factory=list)
    titles: Titles = PLAIN

    @property
    def phrase(self) -> str:
        """What the score is, as a caption names it."""
        return SCORE_PHRASES[self.score].format(METRIC_PHRASES[self.metric])

    @property
    def counted(self) -> list[Log]:
        """The runs on environments that count in."""
        return [log for log in self.logs if log.run.env in self.scaled]

    @property
    def axis(self) -> str:
        """What an axis of scores is called."""
        return f"normalised {self.score} score" if self.is_normalised else self.phrase

    @property
    def names(self) -> list[str]:
        """Algorithms, in the order in which they are shown."""
        return self.titles.sorted_algorithms({name for found in self.scaled.values() for name in found})


def columns(options: PlotOptions) -> Collection[str]:  # noqa: ARG001  (every kind of figure has this function)
    """What is read beside evaluations."""
    return {TRAINING}


def scored(readings: Readings, options: PlotOptions) -> Scored:
    """The same scores as those of `rlbench compare`, over the same range."""
    check_choice([options.metric] if options.metric else [], Metric, "--metric")
    logs, notes = readings.logs, []
    if len({log.run.algorithm for log in logs}) > 1:
        shared = shared_environments(logs)
        alone = sorted({log.run.env for log in logs} - set(shared))
        if shared and alone:
            notes.append(f"left out, as one algorithm alone has runs there: {listed(map(shown, alone))}")
            logs = [log for log in logs if log.run.env in shared]
    if not options.allow_mixed and options.kind != "final":
        refuse_two_versions(sorted({log.run.env for log in logs}))
    runs = compared_scores(logs, cast(Metric | None, options.metric), options.score)
    values = scores_by_env(runs, options.score)
    if len(values) == 1:
        env = next(iter(values))
        is_scaled = scale(env) is not None and options.kind not in ("improvement", "final")
        scaled = normalised(values)[0] if is_scaled else values
        if not scaled:
            raise UserError(f"{env}: a seed has no {METRIC_PHRASES[runs['metric'].iloc[0]]}. Choose another --metric.")
    else:
        scaled, left_out = normalised(values)
        is_scaled = True
        notes += left_out if options.kind != "final" else []
    notes += comparison_notes(logs, {names: len(members) for names, members in groups(logs).items()})
    return Scored(logs, runs, values, scaled, is_scaled, runs["metric"].iloc[0], options.score, notes, readings.titles)


def together(readings: Readings, options: PlotOptions) -> Scored:
    """Scores of environments that can be taken together; a UserError where there are none."""
    found = scored(readings, options)
    if not found.scaled:
        why = next((note for note in found.notes if note.startswith("left out")), "no environment has all algorithms")
        raise UserError(
            f"No environment can be counted in ({why}).",
            "Choose one with --envs, or --algorithms that share some.",
        )
    return found


def say_scores(found: Scored) -> str:
    """What was scored, on how many environments, with how many seeds."""
    count = len(found.scaled)
    where = f"{count} environments" if count > 1 else found.titles.env(next(iter(found.scaled)))
    sizes = {len(scores) for members in found.scaled.values() for scores in members.values()}
    seeds = say_seeds(sizes, "of each algorithm" if count == 1 else "of each algorithm on each")
    ends = " Normalised: 0 is random actions, 1 a fixed reference score." if found.is_normalised else ""
    weigh = " Environments weigh the same." if count > 1 else ""
    return f"Score: {found.phrase}, on {where}, {seeds[0].lower() + seeds[1:]}{ends}{weigh}{say_left_out(found.notes)}"


def say_left_out(notes: Sequence[str]) -> str:
    """Which environments do not count in, and why, as sentences behind others."""
    return "".join(f" {note[0].upper()}{note[1:]}." for note in notes if note.startswith("left out"))
