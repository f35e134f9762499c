"""Runs -> everything that the page says, from the frames that `compare`, `table` and `plot` show."""

from collections.abc import Sequence
from dataclasses import dataclass

from rlbench.analysis.frames.checks import comparison_notes
from rlbench.analysis.frames.curves import groups
from rlbench.analysis.options import ComparisonOptions, Metric, Score
from rlbench.analysis.reading.choice import Choice, Readings, read
from rlbench.analysis.reading.metrics import EVAL_DET, METRIC_PHRASES, SCORE_NAMES, TRAINING, column_of
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.titles import PLAIN, Titles
from rlbench.analysis.report.compare import Comparison, check_options, compare_readings
from rlbench.analysis.report.page.cautions import cautions
from rlbench.analysis.report.page.chosen_figures import pictures_of
from rlbench.analysis.report.page.comparison_tables import difference_tables, result_tables
from rlbench.analysis.report.page.origins import commands, origins_grid, read_abouts
from rlbench.analysis.report.page.pictures import Entry, Picture
from rlbench.analysis.report.page.runs import runs_grid
from rlbench.analysis.report.page.settings import settings_grids
from rlbench.analysis.report.page.tables import HtmlTable, html_table
from rlbench.analysis.text import listed, units
from rlbench.errors import UserError

TITLE = "Comparison of policy-optimization algorithms"
SETTINGS = {"differing": "Settings that differ", "all": "All settings"}


@dataclass(frozen=True)
class Contents:
    """What the page says, in its order."""

    title: str
    about: list[str]
    """What was compared: a line each."""
    verdict: list[str]
    """What differs and what cannot be told, or why nothing was compared."""
    pairs: list[str]
    """A sentence for each pair, where they are so many that the verdict names leaders only."""
    limits: list[str]
    cautions: list[str]
    results: list[HtmlTable]
    differences: list[HtmlTable]
    legend: list[Entry]
    pictures: list[Picture]
    """Empty where no run has a value to draw yet."""
    settings: list[HtmlTable]
    origins: HtmlTable
    commands: list[str]
    runs: HtmlTable


def gather(choice: Choice, options: ComparisonOptions, title: str = "") -> Contents:
    """Read the chosen runs, and say of them all that can be said."""
    check_options(options)
    readings = read(choice, {TRAINING})
    logs, titles = readings.logs, readings.titles
    made, why_not = compared(readings, choice, options)
    metric = made.metric if made else metric_of(logs, options.metric)
    legend, pictures, curve_notes = pictures_of(
        readings, options, together=made is not None and len(made.aggregates) > 0
    )
    notes = made.notes if made else [*readings.notes, *comparison_notes(logs, seed_counts(logs))]
    abouts = read_abouts(readings.runs)
    settings = settings_grids(readings.runs, abouts, titles)
    return Contents(
        title=title or (titles.suite.title if titles.suite else TITLE),
        about=what_was_compared(logs, metric, options.score, titles),
        verdict=made.conclusion if made else [why_not],
        pairs=made.verdicts if made and made.conclusion != made.verdicts else [],
        limits=made.limits if made else [],
        cautions=list(dict.fromkeys([*cautions(titles.logs(logs), abouts, column_of(metric)), *notes, *curve_notes])),
        results=result_tables(logs, made, options, titles),
        differences=difference_tables(made) if made else [],
        legend=legend,
        pictures=pictures,
        settings=[html_table(SETTINGS[kind], each) for kind, each in settings.items()],
        origins=html_table("Versions, machines and dates", origins_grid(readings.runs, abouts)),
        commands=commands(abouts),
        runs=html_table("Every run", runs_grid(logs, metric, options.score, titles)),
    )


def compared(readings: Readings, choice: Choice, options: ComparisonOptions) -> tuple[Comparison | None, str]:
    """The comparison, or why there is none. What was asked for by name is refused as `rlbench compare` refuses it."""
    names = sorted({log.run.algorithm for log in readings.logs})
    if len(names) == 1 and options.baseline is None:
        return None, f"There is one algorithm, {readings.titles.algorithm(names[0])}, and nothing to compare it with."
    try:
        made = compare_readings(readings, choice.allow_mixed, options)
    except UserError as error:
        if options.metric or options.baseline:
            raise
        return None, f"Nothing was compared. {error}"
    return made, ""


def metric_of(logs: Sequence[Log], asked: Metric | None) -> Metric:
    """What is shown of runs that cannot be compared: chosen as if they could."""
    return asked or ("eval-det" if all(EVAL_DET in log.series for log in logs) else "return")


def seed_counts(logs: Sequence[Log]) -> dict[tuple[str, str], int]:
    return {names: len(members) for names, members in groups(logs).items()}


def what_was_compared(logs: Sequence[Log], metric: Metric, score: Score, titles: Titles = PLAIN) -> list[str]:
    """Algorithms, environments, seeds, transitions and the score, in a line each."""
    counts = sorted(set(seed_counts(logs).values()))
    algorithms = titles.sorted_algorithms({log.run.algorithm for log in logs})
    envs = titles.sorted_envs({log.run.env for log in logs})
    seeds = counted(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
    return [
        f"{counted(len(algorithms), 'algorithm')}: {listed(map(titles.algorithm, algorithms), 20)}",
        f"{counted(len(envs), 'environment')}: {listed(map(titles.env, envs), 20)}",
        f"{counted(len(logs), 'run')}: {seeds} of each algorithm on an environment, each of up to "
        f"{units(max(log.end for log in logs))} simulator transitions",
        f"{SCORE_NAMES[score]}, of {METRIC_PHRASES[metric]}",
    ]


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"
