"""`rlbench lesson`: parse, call, print."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import FORMATS, Theme
from rlbench.cli.completion import complete_env, complete_lesson
from rlbench.cli.drawing import into_files
from rlbench.sweep.words import parse_names

if TYPE_CHECKING:
    from rich.console import Console


def lesson(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A lesson; without one, all of them are listed, each with its settings.",
            show_default=False,
            autocompletion=complete_lesson,
        ),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option(
            "--env",
            "-e",
            metavar="ID",
            help="Another environment than the lesson's own.",
            autocompletion=complete_env,
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(metavar="SEEDS", help="5 is seeds 0 to 4; or 0-4, 0,3,7, 0-2,9.")] = "5",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the lesson.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"Of {', '.join(FORMATS)}; repeat, or put commas.", show_default="png"),
    ] = None,
    theme: Annotated[Theme, typer.Option(help="For a light or a dark page.")] = "light",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write.", show_default="results/lessons")
    ] = None,
) -> None:
    """Measure what a lesson is about, and draw it.

    Lessons are about estimators of a gradient, steps, solvers and bounds. Each measures at one policy, or on tables,
    with the functions that the algorithms are made of, in a minute or so.
    """
    from rich.console import Console

    say, warn = Console(), Console(stderr=True)
    if name is None:
        list_lessons(say)
        return
    with warn.status(f"Measuring {name}"), into_files():
        from rlbench.lessons.face import lesson as carry_out
        from rlbench.sweep.request import read_assignments

        made = carry_out(
            name,
            env=env,
            seeds=seeds,
            settings=read_assignments(settings or []),
            formats=parse_names(formats or ()) or ("png",),
            theme=theme,
            out=out,
        )
    for line in made.sentences:
        say.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)
    for path in made.paths:
        print(path)
    print(f"Measured in {made.seconds:.0f} seconds of processor time", file=sys.stderr)


def list_lessons(say: "Console") -> None:
    """Every lesson: its question, its environment, its settings."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from rlbench.algorithms.settings import describe
    from rlbench.cli.show import say_value
    from rlbench.lessons import LESSONS, find_lesson

    for name in LESSONS:
        found = find_lesson(name)
        question = (found.__doc__ or "").partition("\n")[0]
        say.print(Text.assemble((name, "bold"), f": {question}", (f" --env {found.default_env}", "dim")))
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=False, show_edge=False)
        for each in describe(found):
            meaning = Text.assemble(each.meaning, "; ", (each.allowed, "dim"))
            table.add_row(f"  {each.name}", Text(say_value(each.default)), meaning)
        say.print(table)
        say.print()
    say.print(Text("Carry one out: rlbench lesson NAME --set KEY=VALUE. What each shows: docs/lessons", "dim"))
