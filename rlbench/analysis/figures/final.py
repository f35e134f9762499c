"""Where runs ended: every seed a dot, the estimate and its interval over them, and published results beside."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd

from rlbench.analysis.figures.captions import say_runs, say_seeds, sentences
from rlbench.analysis.figures.rows import Mark, Row, RowPanel
from rlbench.analysis.figures.scored import Scored, columns, scored
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.stems import stem
from rlbench.analysis.frames.estimates import estimate_frame
from rlbench.analysis.frames.published import published_frame
from rlbench.analysis.frames.ranges import of_estimates, say_beyond
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.statistics.estimates import STATISTIC_NAMES
from rlbench.analysis.statistics.intervals import check_interval, interval_names
from rlbench.analysis.text import shown

__all__ = ["columns", "sheets"]
SHAPES = {"D": "◆◇", "s": "■□", "^": "▲△", "v": "▼▽"}
"""Markers of published results, one for each source, and the letters that stand for them: filled and hollow."""
COLUMNS = ("env", "algorithm", "what", "seed", "value", "low", "high", "status", "source", "alike")


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """A panel for each environment, a row for each algorithm; the best on average is above."""
    statistic = options.statistic or "mean"
    check_interval(statistic, options.interval)
    found = scored(readings, options)
    estimates = estimate_frame(found.runs, (options.score,), statistic, options.interval)
    published = published_frame(found.logs)
    published = published.assign(
        alike=(published["our_metric"] == found.metric) & (published["score"] == options.score),
        untold=published["metric"] == "",
    )
    shapes = dict(zip(sorted(published["source"].unique()), cycle(SHAPES)))
    published = published.assign(shape=published["source"].map(shapes))
    names = ranked(estimates)
    parts = dict(iter(estimates.groupby("env", sort=True)))
    envs = found.titles.sorted_envs(map(str, parts))
    panels = [panel(env, names, parts[env], found, published) for env in envs]
    beyond = say_beyond(of_estimates(estimates), found.titles.env)
    runs = say_runs(found.titles.logs(found.logs))
    said = [say_marks(found, estimates, options), beyond, *say_published(published), runs]
    sheet = Sheet(
        name=stem("final", options, found.metric),
        panels=panels,
        says=found.phrase,
        numbers=numbers(found, estimates, published),
        caption=sentences(*said),
        x_label=found.phrase,
        together=names,
    )
    return [sheet], [*readings.notes, *found.notes]


def ranked(estimates: pd.DataFrame) -> list[str]:
    """Algorithms by their mean rank over environments."""
    ranks = estimates.assign(rank=estimates.groupby("env")["mean"].rank(ascending=False, pct=True))
    mean = ranks.groupby("algorithm", sort=True)["rank"].mean().fillna(2.0)
    return [str(name) for name in mean.sort_values(kind="stable").index]


def panel(env: object, names: Sequence[str], part: pd.DataFrame, found: Scored, published: pd.DataFrame) -> RowPanel:
    """One environment."""
    rows, notes = [], []
    of_env = {row["algorithm"]: row for row in part.to_dict("records")}
    for name in names:
        called = found.titles.algorithm(name, 30)
        runs = found.runs[(found.runs["env"] == env) & (found.runs["algorithm"] == name)]
        scores = runs[found.score].to_numpy(float)
        diverged = (runs["status"] == "diverged").to_numpy()
        told = np.isfinite(scores)
        theirs = published[(published["env"] == env) & (published["algorithm"] == name)]
        row: Mapping = of_env.get(name, {"value": np.nan, "low": np.nan, "high": np.nan})
        rows.append(
            Row(
                name=name,
                label=called,
                value=row["value"],
                low=row["low"],
                high=row["high"],
                dots=scores[told & ~diverged],
                crosses=scores[told & diverged],
                marks=[
                    Mark(each["published"], each["alike"], each["std"], each["shape"])
                    for each in theirs.to_dict("records")
                ],
            )
        )
        if name not in of_env:
            notes.append(f"no runs: {shown(called, 20)}")
        elif not told.all():
            notes.append(f"{shown(called, 20)}: no value of {len(told) - told.sum()} of {len(told)} seeds")
    more = [f"and {len(notes) - 3} more"] if len(notes) > 3 else []
    return RowPanel(found.titles.env(str(env)), rows, "\n".join(notes[:3] + more))


def say_marks(found: Scored, estimates: pd.DataFrame, options: PlotOptions) -> str:
    """What dots, marks and bars are."""
    statistic, counts = options.statistic or "mean", estimates["n"].unique().tolist()
    crosses = ", ×: one that diverged, at its last finite value" if estimates["diverged"].any() else ""
    words = f"Dot: the {found.phrase} of a seed{crosses}; {say_seeds(counts, 'an algorithm')}"
    if max(counts) == 1:
        return words
    bar = f", bar: {interval_names(options.interval, statistic, counts)}" if options.interval != "none" else ""
    return f"{words} Mark: {STATISTIC_NAMES[statistic]}{bar}."


def say_published(published: pd.DataFrame) -> list[str]:
    """What published marks are, and how each source measured."""
    if not len(published):
        return []
    bars = "; line: standard deviation over their seeds" if published["std"].notna().any() else ""
    sources = []
    for source, rows in published.groupby("source", sort=True):
        first = rows.iloc[0]
        sign = SHAPES[first["shape"]][0 if first["alike"] else 1]
        many = f"{first['seeds']} seed{'s' if first['seeds'] > 1 else ''}"
        published_error = first["spread"] == "se" and rows["std"].notna().any()
        worked_out = "; deviation worked out from the standard error it publishes" if published_error else ""
        sources.append(f"{sign} {source}: {first['version']} of the tasks, {many}, {first['measured']}{worked_out}.")
    head = "Published results stand below ours: filled where measured as ours here, hollow where measured otherwise"
    return [f"{head}{bars}.", *sources]


def numbers(found: Scored, estimates: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Seeds, estimates and published results below one another."""
    seeds = found.runs.rename(columns={found.score: "value"}).assign(what="seed")
    ours = estimates.rename(columns={"statistic": "what"})
    theirs = pd.DataFrame(
        {
            **{name: published[name] for name in ("env", "algorithm", "source", "alike")},
            "what": "published",
            "value": published["published"],
            "low": published["published"] - published["std"],
            "high": published["published"] + published["std"],
        }
    )
    parts = [part.reindex(columns=list(COLUMNS)).astype(object) for part in (seeds, ours, theirs) if len(part)]
    whole = pd.concat(parts, ignore_index=True).infer_objects()
    return whole.assign(metric=found.metric, score=found.score)
