"""The file that a suite keeps beside its results, so that they are shown in its order and under its titles."""

import contextlib
from pathlib import Path

from rlbench.errors import UserError
from rlbench.files import replace_file
from rlbench.layout import SUITE_FILE
from rlbench.suite_file import SuiteFile, read_suite_file, suite_text
from rlbench.sweep.request import Request


def refuse_other_suite(request: Request) -> None:
    """A UserError where the results folder is another suite's."""
    there = kept_suite(request.out)
    if request.suite and there and there.name != request.suite.name and not request.fresh:
        raise UserError(
            f"--out {request.out} holds the suite {there.name}.",
            f"Choose another --out for {request.suite.name}, so that each keeps its own titles.",
        )


def kept_suite(out: Path) -> SuiteFile | None:
    """The suite whose results are in a folder; None where there is none, or its file cannot be used."""
    with contextlib.suppress(ValueError, OSError):
        return read_suite_file(out / SUITE_FILE)
    return None


def keep_suite(request: Request) -> None:
    """Write the suite of a request beside its results."""
    if request.suite:
        replace_file(request.out / SUITE_FILE, suite_text(request.suite.file).encode())
