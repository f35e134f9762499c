"""`rlbench check`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
) -> int:
    """Verify that results are whole and unchanged.

    It looks at rows, counts, checksums, and records of decisions.

    Exit status: 0 all good, 1 problems, 2 bad input.
    """
    from rlbench.analysis.reading.integrity import check_folders, find_records

    folders = folders or [Path("results")]
    report = check_folders(folders)
    decisions = ""
    if records := find_records(folders):
        from rlbench.analysis.report.decision_records import check_record  # imports NumPy, which runs do not need

        checked = [check_record(path) for path in records]
        report.problems += [problem for each in checked for problem in each.problems]
        report.notes += [note for each in checked for note in each.notes]
        decisions = f"decisions verified: {sum(not each.problems for each in checked)} of {len(checked)}, "
    for note in report.notes:
        print(f"note: {note}")
    for problem in report.problems:
        print(f"problem: {problem}")
    counts = f"notes: {len(report.notes)}, problems: {len(report.problems)}"
    print(f"runs verified: {report.verified} of {report.runs}, {decisions}{counts}")
    return 1 if report.problems else 0
