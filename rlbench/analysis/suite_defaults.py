"""What is drawn and compared of a suite's results, unless an option says otherwise."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rlbench.analysis.options import ComparisonOptions, Kind, PlotOptions
from rlbench.layout import SUITE_FILE
from rlbench.suite_file import SuiteFile, read_suite_file


def suite_in(folders: Sequence[Path]) -> SuiteFile | None:
    """The suite of the first of these folders that is one's; a file that cannot be used is told of with the runs."""
    for folder in folders:
        with contextlib.suppress(ValueError, OSError):
            return read_suite_file(folder / SUITE_FILE)
    return None


def kinds_in(folders: Sequence[Path]) -> tuple[Kind, ...]:
    """The figures that the suite of these folders is drawn as; learning curves without one."""
    suite = suite_in(folders)
    return suite.kinds if suite and suite.kinds else ("curves",)


def plot_defaults(options: PlotOptions, folders: Sequence[Path]) -> PlotOptions:
    """The options with the suite's metric and baseline, where none is chosen and the kind of figure has them."""
    suite = suite_in(folders)
    if not suite:
        return options
    metric = options.metric or (suite.metric if options.kind != "diagnostics" else None)
    improvement = options.kind == "improvement" and not options.algorithms
    return replace(options, metric=metric, baseline=options.baseline or (suite.baseline if improvement else None))


def comparison_defaults(
    options: ComparisonOptions, folders: Sequence[Path], algorithms: Sequence[str]
) -> ComparisonOptions:
    """The options with the suite's metric, baseline and threshold, where none is chosen.

    Where algorithms are named, they are compared with each other: the suite's baseline is not taken.
    """
    suite = suite_in(folders)
    if not suite:
        return options
    return replace(
        options,
        metric=options.metric or suite.metric,
        baseline=options.baseline or (None if algorithms else suite.baseline),
        threshold=suite.threshold if options.threshold is None else options.threshold,
    )
