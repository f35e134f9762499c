"""`rlbench show NAME`: an algorithm's paper and settings, an environment, or a suite."""

from typing import Annotated, Any

import typer

from rlbench.cli.completion import complete_shown


def show(
    algorithm: Annotated[
        str,
        typer.Argument(
            help="An algorithm or environment of rlbench list, a suite of rlbench list --suites, or a suite's file.",
            show_default=False,
            metavar="NAME",
            autocompletion=complete_shown,
        ),
    ],
) -> None:
    """An algorithm with its settings, an environment, or a suite.

    Each setting has its default, symbol, meaning and allowed values.

    Of an environment: what it observes and takes, how it is simulated, and how fast that is on this machine.

    Of a suite: what it trains, and what that costs on this machine.
    """
    from rlbench.sweep.suite import is_suite

    if is_suite(algorithm):
        from rlbench.cli.suites import show_suites

        show_suites([algorithm])
        return
    from rlbench.algorithms import names, unusable

    if algorithm not in (*names(), *unusable()):
        show_environment(algorithm)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rlbench.sweep.descriptions import description

    found = description(algorithm)
    console = Console()
    console.print(Text(algorithm, "bold"))
    for paragraph in found.paper.split("\n\n"):
        console.print(Text(" ".join(paragraph.split())))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("setting", "default", "symbol"):
        table.add_column(heading, no_wrap=True)
    table.add_column("meaning; allowed values")
    for each in found.settings:
        meaning = Text.assemble(each.meaning, "; ", (each.allowed, "dim"))
        table.add_row(Text(each.name, "bold"), Text(say_value(each.default)), Text(each.symbol), meaning)
    console.print(table)
    console.print(Text(f"Change one: rlbench run {algorithm} --env ID --set NAME=VALUE", "dim"))


def show_environment(env_id: str) -> None:
    """One environment: what its code says of it, and a line for each property."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rlbench.errors import harmless
    from rlbench.sweep.descriptions import environment_description, refuse_unknown_name

    refuse_unknown_name(env_id)
    found = environment_description(env_id)
    console = Console()
    console.print(Text(harmless(found.id), "bold"))
    if found.about:
        console.print(Text(harmless(found.about)))
    table = Table.grid(padding=(0, 2))
    for heading, text in found.rows:
        table.add_row(Text(heading, "bold"), Text(harmless(text)))
    console.print(table)


def say_value(value: Any) -> str:
    """A default value in the form that --set takes."""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value) or "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
