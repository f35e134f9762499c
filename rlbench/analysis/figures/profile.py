"""Performance profiles: the share of runs that score higher than each threshold (Agarwal et al. 2021)."""

from collections.abc import Sequence

from rlbench.analysis.figures.captions import say_runs
from rlbench.analysis.figures.panels import Line, LinePanel
from rlbench.analysis.figures.scored import columns, say_scores, together
from rlbench.analysis.figures.sheet import Sheet
from rlbench.analysis.figures.stems import stem
from rlbench.analysis.frames.profiles import profile_frame
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Readings
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.statistics import RESAMPLES
from rlbench.analysis.text import listed

__all__ = ["columns", "sheets"]


def sheets(readings: Readings, options: PlotOptions) -> tuple[list[Sheet], list[str]]:
    """One panel."""
    found = together(readings, options)
    frame = profile_frame(found.scaled)
    lines = []
    titles = found.titles
    for name, part in frame.groupby("algorithm", sort=True):
        x, y, low, high = (part[column].to_numpy(float) for column in ("threshold", "share", "low", "high"))
        lines.append(Line(str(name), x, y, low, high, stepped=True))
    bands = (frame["low"] < frame["high"]).any()
    band = f"Band: 95 % stratified bootstrap interval at each threshold (percentile, {RESAMPLES:,} resamples)."
    band = band if bands else "There is no band to see: one seed, or runs that score alike."
    count = len(found.scaled)
    title = f"{count} environments" if count > 1 else titles.env(next(iter(found.scaled)))
    sheet = Sheet(
        name=stem("profile", options, found.metric),
        panels=[LinePanel(title, lines, from_zero=False, share=True)],
        says=f"shares of runs by {found.phrase}",
        numbers=frame.assign(metric=found.metric, score=found.score),
        caption=f"Share of runs with a score above each threshold. {band} "
        f"{say_hidden(lines, titles)}"
        f"{say_scores(found)} {say_runs(titles.logs(found.counted))}",
        x_label=f"threshold of the {found.axis}" if found.is_normalised else f"threshold: {found.axis}",
        y_label="share of runs above it",
        names={name: titles.algorithm(name, 48) for name in found.names},
        at_ends=False,
    )
    return [sheet], [*readings.notes, *found.notes]


def say_hidden(lines: Sequence[Line], titles: Titles) -> str:
    """Which lines are covered by a line of the same shares."""
    covered: dict[tuple[bytes, bytes], list[str]] = {}
    for line in lines:
        covered.setdefault((line.x.tobytes(), line.y.tobytes()), []).append(titles.algorithm(line.name, 30))
    same = [listed(names, 5) for names in covered.values() if len(names) > 1]
    return "".join(f"One line above the other, as their shares are equal: {names}. " for names in same)
