"""`rlbench check`: parse, call, print."""

from pathlib import Path
from typing import Annotated

import typer

from rlbench.cli.streams import tell


def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
) -> int:
    """Verify that results are whole and unchanged.

    It looks at rows, counts, checksums, and records of decisions and searches.

    Exit status: 0 all good, 1 problems, 2 bad input.
    """
    from rlbench.analysis.reading.integrity import check_folders
    from rlbench.analysis.reading.records import find_decisions, find_searches, with_inner_folders

    folders = folders or [Path("results")]
    report = check_folders(with_inner_folders(folders))
    counts = ""
    decisions, searches = find_decisions(folders), find_searches(folders)
    if decisions or searches:
        from rlbench.analysis.report.decision_records import check_record  # imports NumPy, which runs do not need
        from rlbench.analysis.report.search_records import check_search

        for name, look_at, paths in (("decisions", check_record, decisions), ("searches", check_search, searches)):
            checked = [look_at(path) for path in paths]
            report.problems += [problem for each in checked for problem in each.problems]
            report.notes += [note for each in checked for note in each.notes]
            if paths:
                counts += f"{name} verified: {sum(not each.problems for each in checked)} of {len(checked)}, "
    for note in report.notes:
        tell(f"note: {note}")
    for problem in report.problems:
        print(f"problem: {problem}")
    counts += f"notes: {len(report.notes)}, problems: {len(report.problems)}"
    print(f"runs verified: {report.verified} of {report.runs}, {counts}")
    return 1 if report.problems else 0
