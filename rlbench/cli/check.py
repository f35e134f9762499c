"""`rlbench check`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
) -> int:
    """Verify that results are whole: rows, counts, checksums. Exit status: 0 all good, 1 problems, 2 bad input."""
    from rlbench.analysis.reading.integrity import check_folders

    report = check_folders(folders or [Path("results")])
    for note in report.notes:
        print(f"note: {note}")
    for problem in report.problems:
        print(f"problem: {problem}")
    counts = f"notes: {len(report.notes)}, problems: {len(report.problems)}"
    print(f"runs verified: {report.verified} of {report.runs}, {counts}")
    return 1 if report.problems else 0
