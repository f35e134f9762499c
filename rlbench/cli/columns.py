"""Tables in plain columns anywhere, or ruled ones in a terminal."""

import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rlbench.cli.live import is_terminal
from rlbench.cli.streams import tell

if TYPE_CHECKING:
    from rlbench.sweep.state import Row

HEADINGS = ("environment", "algorithm", "seeds", "steps", "evaluated, mean action", "evaluated, sampled")
MEANING = (
    "evaluated: the last evaluation, 10 episodes a seed from starts that all seeds\n"
    "share; mean ± standard deviation over seeds. The training returns shown above\n"
    "are those of the episodes it learns from, with sampled actions."
)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells in columns, two spaces apart."""
    widths = [max(len(word) for word in column) for column in zip_longest(*rows, fillvalue="")]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]


def print_results(rows: "Sequence[Row]") -> None:
    """Print final evaluations, mean ± standard deviation over seeds, and say on standard error what they are."""
    cells = [(row.env, row.algorithm, row.seeds, f"{row.env_steps:,}", row.det, row.stoch) for row in rows]
    if not is_terminal(sys.stdout):
        print("\n".join(columns([HEADINGS, *cells])), flush=True)
        tell(f"\n{MEANING}")
        return

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if index < 2 else "right")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
    Console(stderr=True).print(Text(MEANING, "dim"))
