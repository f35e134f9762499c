"""One call from folders to a page."""

from dataclasses import dataclass
from pathlib import Path

from rlbench.analysis.options import ComparisonOptions
from rlbench.analysis.reading.choice import Choice
from rlbench.analysis.report.page.contents import gather
from rlbench.analysis.report.page.write import check_out, write_page


@dataclass(frozen=True)
class Report:
    """What a call of `rlbench.report` made."""

    path: Path
    verdict: list[str]
    """What differs and what cannot be told, or why nothing was compared."""
    cautions: list[str]
    """What a reader must know before believing the page."""


def make_report(choice: Choice, out: Path, options: ComparisonOptions, title: str = "") -> Report:
    """Read the chosen runs and write the page about them."""
    check_out(out)
    contents = gather(choice, options, title)
    write_page(contents, out)
    return Report(out, contents.verdict, contents.cautions)
