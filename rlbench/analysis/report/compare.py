"""Which algorithm is better: everything that `rlbench compare` prints, as numbers and sentences."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.frames.aggregates import aggregate_frame, normalised
from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import groups
from rlbench.analysis.frames.differences import aggregate_difference_frame, difference_frame, pairs_of
from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.published import published_frame
from rlbench.analysis.frames.scores import compared_scores, scores_by_env, shared_environments
from rlbench.analysis.frames.thresholds import threshold_frame
from rlbench.analysis.options import ComparisonOptions, Metric, Score, check_choice
from rlbench.analysis.reading.choice import Choice, Readings, read, refuse_two_versions
from rlbench.analysis.reading.metrics import column_of
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.verdict import leader_of_all, leaders, limits, sentences
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.intervals import check_interval
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError, nearest

Array = NDArray[np.float64]
MOST_PAIRS = 2_000
"""Each takes 5 ms with five seeds and 45 ms with ten or more. Of so many, hardly any p is small enough for Holm."""

MOST_SENTENCES = 10
"""Of more comparisons the tables tell, and only leaders have a sentence."""


@dataclass(frozen=True)
class Comparison:
    """What can be said of some algorithms, and what it rests on."""

    metric: Metric
    score: Score
    estimates: pd.DataFrame
    """A row for each environment and algorithm; `best` marks the best and all not distinguishable from it."""
    differences: pd.DataFrame
    """A row for each pair on each environment; see `difference_frame`."""
    aggregates: pd.DataFrame
    """Normalised scores over environments, a row for each algorithm; empty for a single environment."""
    aggregate_differences: pd.DataFrame
    """As `differences`, over all environments together."""
    thresholds: pd.DataFrame
    """How far each algorithm had to train to reach the threshold; empty where none was asked for."""
    scores: pd.DataFrame
    """What all of it was computed from: a row for each run."""
    verdicts: list[str]
    """A sentence for each difference."""
    limits: list[str]
    """What so many seeds can and cannot tell."""
    published: pd.DataFrame | None = None
    """Others' results beside ours, where they were asked for; see `published_frame`."""
    notes: list[str] = field(default_factory=list)
    """What the reader should be told about the runs."""
    titles: Titles = PLAIN
    """What environments and algorithms are called where a person reads them."""

    @property
    def conclusion(self) -> list[str]:
        """The verdicts; of more than MOST_SENTENCES, the leader of each environment and of all together."""
        if len(self.verdicts) <= MOST_SENTENCES:
            return self.verdicts
        differences, together = (self.titles.frame(each) for each in (self.differences, self.aggregate_differences))
        return [*leaders(self.titles.frame(self.estimates), differences), *leader_of_all(together)]


NOTHING_CHOSEN = ComparisonOptions()


def make_comparison(choice: Choice, options: ComparisonOptions = NOTHING_CHOSEN) -> Comparison:
    """Read the chosen runs and compare them."""
    check_options(options)
    return compare_readings(read(choice, {column_of("return")}), choice.allow_mixed, options)


def check_options(options: ComparisonOptions) -> None:
    """Refuse options that no comparison has, before any file is read."""
    check_choice([options.metric] if options.metric else [], Metric, "--metric")
    check_choice([options.score], Score, "--score")
    check_interval(options.statistic, options.interval)
    threshold = options.threshold
    if threshold is not None and not (isinstance(threshold, Real) and np.isfinite(threshold)):
        raise UserError("--threshold is a return, such as 3000.")


def compare_readings(readings: Readings, allow_mixed: bool, options: ComparisonOptions) -> Comparison:
    """Compare runs that have been read. A UserError says why they cannot be compared."""
    score, statistic, baseline = options.score, options.statistic, options.baseline
    logs, titles = comparable(readings.logs, allow_mixed), readings.titles
    runs = compared_scores(logs, options.metric, score)
    metric = runs["metric"].iloc[0]
    values = scores_by_env(runs, score)
    check_baseline(baseline, {name for found in values.values() for name in found})
    check_size(values, baseline)
    differences = difference_frame(values, baseline)
    scaled, scale_notes = normalised(values) if len(values) > 1 else ({}, [])
    together = len(scaled) > 1
    aggregate_differences = aggregate_difference_frame(scaled, baseline) if together else differences[:0]
    estimates = estimate_frame(runs, (score,), statistic, options.interval)
    return Comparison(
        metric=metric,
        score=score,
        estimates=estimates.assign(best=marked_best(estimates, differences, baseline)),
        differences=differences,
        aggregates=aggregate_frame(scaled if together else {}, statistic),
        aggregate_differences=aggregate_differences,
        thresholds=threshold_frame(logs, metric, options.threshold),
        scores=runs,
        verdicts=[*sentences(titles.frame(differences)), *sentences(titles.frame(aggregate_differences))],
        limits=limits(differences, runs),
        published=published_frame(logs) if options.published else None,
        notes=[
            *readings.notes,
            *scale_notes,
            *comparison_notes(logs, {names: len(members) for names, members in groups(logs).items()}),
        ],
        titles=titles,
    )


def comparable(logs: Sequence[Log], allow_mixed: bool) -> list[Log]:
    """The runs on environments that at least two of the algorithms share."""
    names = sorted({log.run.algorithm for log in logs})
    if len(names) < 2:
        raise UserError(f"A comparison needs two algorithms, and there is one: {shown(names[0])}. Name another.")
    shared = shared_environments(logs)
    if not shared:
        envs = {name: sorted({log.run.env for log in logs if log.run.algorithm == name}) for name in names}
        where = (f"{shown(name)} on {listed(envs[name], 3)}" for name in names)
        raise UserError(f"No environment has two of these algorithms: {listed(where)}.")
    if not allow_mixed:
        refuse_two_versions(shared)
    return [log for log in logs if log.run.env in shared]


def check_baseline(baseline: str | None, names: set[str]) -> None:
    if baseline is not None and baseline not in names:
        raise UserError(
            f"No {shown(baseline)!r} is compared.{shown(nearest(baseline, sorted(names)))} "
            f"--baseline is one of {listed(map(shown, sorted(names)), 10)}."
        )


def check_size(values: Mapping[str, Mapping[str, Array]], baseline: str | None) -> None:
    """Refuse what would take minutes in silence, and could tell hardly any difference, however large."""
    pairs = sum(1 for found in values.values() for _ in pairs_of(list(found), baseline))
    if pairs > MOST_PAIRS:
        fewer = "Name fewer algorithms" + (", or compare with one only: --baseline" if baseline is None else "")
        raise UserError(f"{pairs:,} pairs are too many to compare; {MOST_PAIRS:,} can be. {fewer}, or choose --envs.")


def marked_best(estimates: pd.DataFrame, differences: pd.DataFrame, baseline: str | None) -> Array:
    """Whether each algorithm is the best of its environment or not distinguishable from it.

    False for all where this cannot be told: only comparisons with a baseline were made, or there are so few seeds for
    so many comparisons that no difference, however large, could be told.
    """
    able = set(differences.loc[differences["smallest_p"] <= ALPHA, "env"])
    beaten: Mapping[str, set[str]] = defaultdict(set)
    for row in differences[differences["better"] != ""].to_dict("records"):
        beaten[row["env"]].add((row["a"], row["b"]))  # type: ignore[arg-type]
    tops = estimates.sort_values("mean").groupby("env")["algorithm"].last()
    pairs = zip(estimates["env"], estimates["algorithm"], estimates["mean"])
    return np.array(
        [
            baseline is None and env in able and mean == mean and (tops[env], name) not in beaten[env]
            for env, name, mean in pairs
        ]
    )
