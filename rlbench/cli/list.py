"""`rlbench list`: the algorithms and the environments."""

import sys
from typing import Annotated

import typer

EVERY_OTHER = "Any other Gymnasium id works too if its observations are a Box and its actions a Box or Discrete."


def list_all(
    names: Annotated[bool, typer.Option("--names", help="Only the algorithms' names, one a line.")] = False,
) -> None:
    """The algorithms, each in a line, and the environments."""
    from rlbench.algorithms import algorithms, unusable
    from rlbench.envs import list_tasks

    for name, why in unusable().items():
        print(f"warning: {name} cannot be used. {why}", file=sys.stderr)
    if names:
        print("\n".join(algorithms()))
        return

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("algorithm", no_wrap=True)
    table.add_column("what it is")
    for name, algorithm in algorithms().items():
        table.add_row(Text(name, "bold"), Text(first_line(algorithm)))
    console.print(table)
    console.print(Text("environments (MuJoCo tasks)", "bold"))
    console.print(Text("  ".join(list_tasks())))
    console.print(Text(EVERY_OTHER))
    console.print(Text("\nOne algorithm's settings: rlbench show NAME", "dim"))


def first_line(algorithm: type) -> str:
    """What a class says it is."""
    return (algorithm.__doc__ or "").strip().partition("\n")[0]
