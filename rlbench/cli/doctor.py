"""`rlbench doctor`: parse, call, print."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rlbench.cli.colours import BAD, GOOD, NOTE

if TYPE_CHECKING:
    from rlbench.health.check import Check

STYLES = {"pass": GOOD, "warn": NOTE, "fail": f"bold {BAD}"}


def doctor(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder that results shall go to.")] = Path("results"),
    kind: Annotated[Literal["text", "json"], typer.Option("--format", help="To read, or for a program.")] = "text",
) -> int:
    """Look whether this machine is fit, and how to mend what is not.

    It looks at packages, cores and limits, GPU, rendering, folders, and 100 steps of a task.

    Each line is pass, warn or fail, and the line below says what mends it.

    Exit status: 0 all passed, 3 the worst is a warning, 1 something failed, 2 bad input.
    """
    from rlbench.health.face import doctor as examine

    if kind == "json":
        import json

        health = examine(out)
        print(json.dumps(health.as_record(), indent=1))
        return health.status
    health = examine(out, on_check=show)
    counts = Counter(check.outcome for check in health.checks)
    print(f"{counts['pass']} passed, {counts['warn']} warned, {counts['fail']} failed")
    return health.status


def show(check: "Check") -> None:
    """Print a check, and below it what mends it."""
    from rich.console import Console
    from rich.text import Text

    say = Console(highlight=False)
    line = Text.assemble((check.outcome, STYLES[check.outcome]), f"  {check.name}: {check.found}")
    say.print(line, soft_wrap=True)
    if check.hint:
        say.print(Text(f"      hint: {check.hint}"), soft_wrap=True)
