"""A comparison as tables that a person reads."""

import pandas as pd

from rlbench.analysis.frames.differences import ALL
from rlbench.analysis.frames.ranges import of_estimates, say_beyond
from rlbench.analysis.reading.metrics import METRIC_PHRASES, SCORE_NAMES
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.compare import Comparison
from rlbench.analysis.report.grid import Grid
from rlbench.analysis.report.table import CHANGED, DIVERGED, FEW_FOR_IQM, FINAL, marks, named
from rlbench.analysis.report.verdict import p_text
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.divisions import DRAWN, how_many, smallest_p
from rlbench.analysis.statistics.estimates import FEWEST_FOR_IQM, STATISTIC_NAMES
from rlbench.analysis.text import interval_text, listed, number_text, shown, units

BEST = " *: the best and all that are not distinguishable from it."


def title(comparison: Comparison) -> str:
    """What is compared."""
    score = {"final": "Final", "best": "Best", "auc": "Average (area under the curve)"}[comparison.score]
    return f"{score} {METRIC_PHRASES[comparison.metric]}"


def estimates_grid(comparison: Comparison) -> Grid:
    """A row for each environment and algorithm, the best first."""
    estimates = comparison.titles.frame(comparison.estimates)
    statistic = estimates["statistic"].iloc[0]
    rows, above = [], None
    placed = estimates.assign(place=pd.factorize(estimates["env"])[0])
    for row in placed.sort_values(["place", "mean"], ascending=[True, False]).to_dict("records"):
        few = "°" if statistic == "iqm" and row["n"] < FEWEST_FOR_IQM else ""
        rows.append(
            (
                "" if row["env"] == above else shown(row["env"]),
                shown(row["algorithm"]) + (" *" if row["best"] else ""),
                f"{row['n']}{marks(row)}",
                units(row["env_steps"]),
                interval_text(row["value"], row["low"], row["high"]) + few,
                number_text(row["std"], row["value"]),
                *(number_text(row[name], row["value"]) for name in ("median", "iqm") if name != statistic),
            )
        )
        above = row["env"]
    others = tuple(name for name in ("median", "iqm") if name != statistic)
    head = ("environment", "algorithm", "seeds", "steps", f"{statistic} [interval]", "sd", *others)
    caption = [
        f"{SCORE_NAMES[comparison.score]}.{FINAL if comparison.score == 'final' else ''} ",
        f"{STATISTIC_NAMES[statistic].capitalize()} over seeds",
        f", in brackets {named(estimates)}." if set(estimates["interval"]) != {"none"} else ".",
        BEST if estimates["best"].any() else "",
        DIVERGED if estimates["diverged"].any() else "",
        CHANGED if estimates["changed"].any() else "",
        FEW_FOR_IQM if statistic == "iqm" and (estimates["n"] < FEWEST_FOR_IQM).any() else "",
        f" {beyond}" if (beyond := say_beyond(of_estimates(comparison.estimates), comparison.titles.env)) else "",
    ]
    return Grid(head, rows, names=2, caption="".join(caption))


def differences_grid(differences: pd.DataFrame, titles: Titles = PLAIN) -> Grid:
    """A row for each pair."""
    differences = titles.frame(differences)
    rows, above = [], None
    for row in differences.to_dict("records"):
        env = "all environments" if row["env"] == ALL else shown(row["env"])
        rows.append(
            (
                "" if row["env"] == above else env,
                f"{shown(row['a'], 30)} − {shown(row['b'], 30)}" + (" >" if row["better"] else ""),
                interval_text(row["difference"], row["low"], row["high"]),
                bare(row["p"]),
                bare(row["p_corrected"]),
                chance(*(row[f"improvement{end}"] for end in ("", "_low", "_high"))),
            )
        )
        above = row["env"]
    head = ("environment", "difference of means", "value [95 %]", "p", "corrected", "P(better) [95 %]")
    return Grid(head, rows, names=2, caption=method(differences))


def chance(value: float, low: float, high: float) -> str:
    """A probability and its interval, in two decimals."""
    return "–" if value != value else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def bare(p: float) -> str:
    """p without the sign of equality."""
    return "–" if p != p else p_text(p).removeprefix("= ").replace("< ", "<")


def method(differences: pd.DataFrame) -> str:
    """How differences were judged, for the caption of a table in a paper."""
    tested = differences[differences["p"].notna()]
    if not len(tested):
        return "–: not tested, which takes at least two seeds of each algorithm, all with a value."
    counts = {how_many(((a, b),)) for a, b in zip(tested["n_a"], tested["n_b"])}
    together = (differences["env"] == ALL).any()
    if together or max(counts) > DRAWN:
        kind = f"permutation test of Welch's statistic (all divisions of the seeds, or {DRAWN:,} random ones)"
    else:
        kind = "exact permutation test of Welch's statistic"
    powerless = any(smallest_p((a, b)) > ALPHA for a, b in zip(tested["n_a"], tested["n_b"]))
    interval = (
        "Welch's t interval where too few seeds reject anything"
        if powerless
        else "all differences that this test does not reject"
    )
    return (
        f"p: {kind}; the interval of the difference is {interval}; corrected: Holm, "
        f"{len(tested)} comparison{'s' if len(tested) != 1 else ''}; >: differ at 5 %. P(better): chance that a run of "
        "the first has a higher score than a run of the second, interval of Newcombe."
    )


def aggregates_grid(comparison: Comparison) -> Grid:
    """A row for each algorithm, over all environments."""
    frame = comparison.titles.frame(comparison.aggregates)
    statistic = frame["statistic"].iloc[0]
    few = statistic == "iqm" and (frame["n"] < FEWEST_FOR_IQM).any()
    rows = [
        (
            shown(row["algorithm"]),
            str(row["n"]),
            interval_text(row["value"], row["low"], row["high"]) + ("°" if few else ""),
        )
        for row in frame.sort_values("value", ascending=False).to_dict("records")
    ]
    caption = (
        f"Normalised scores over {frame['environments'].iloc[0]} environments: 0 is random actions, 1 a fixed "
        f"reference score (docs/statistics.md). In brackets {interval_of(frame)}.{FEW_FOR_IQM if few else ''}"
    )
    return Grid(("all environments", "runs", f"{statistic} [interval]"), rows, names=1, caption=caption)


def interval_of(aggregates: pd.DataFrame) -> str:
    """Every method that a row's interval has; of several, with the numbers of runs that have it."""
    counts = aggregates.groupby("interval", sort=False)["n"].unique()
    if len(counts) == 1:
        return str(counts.index[0])
    return "; ".join(f"{name} where runs = {listed(map(str, sorted(n)), 10)}" for name, n in counts.items())


def thresholds_grid(comparison: Comparison) -> Grid:
    """A row for each environment and algorithm."""
    rows, above = [], None
    for row in comparison.titles.frame(comparison.thresholds).to_dict("records"):
        rows.append(
            (
                "" if row["env"] == above else shown(row["env"]),
                shown(row["algorithm"]),
                f"{row['reached']} of {row['n']}",
                units(row["median_steps"]) if row["median_steps"] < float("inf") else "not reached",
                number_text(row["median_seconds"]) if row["median_seconds"] < float("inf") else "–",
            )
        )
        above = row["env"]
    threshold = number_text(float(comparison.thresholds["threshold"].iloc[0]))
    head = ("environment", "algorithm", f"seeds that reach {threshold}", "median steps", "median seconds")
    caption = (
        f"Until the first {METRIC_PHRASES[comparison.metric]} of at least {threshold}. Medians are over all seeds; one "
        "that never reached it counts as later than any other. Seconds: how long its process had been at work, on all "
        "seeds that it trains together (timing.csv)."
    )
    return Grid(head, rows, names=2, caption=caption)
