"""`rlbench list`: the algorithms and the environments, or the suites."""

import sys
from typing import Annotated

import typer

EVERY_OTHER = "Any other Gymnasium id works too if its observations are a Box and its actions a Box or Discrete."


def list_all(
    names: Annotated[bool, typer.Option("--names", help="Only the names, one a line.")] = False,
    suites: Annotated[
        bool, typer.Option("--suites", help="The suites in their place, with their cost on this machine.")
    ] = False,
) -> None:
    """The algorithms, each in a line, and the environments."""
    if suites:
        from rlbench.cli.suites import list_suites
        from rlbench.sweep.suite import suite_names

        if names:
            print("\n".join(suite_names()))
        else:
            list_suites()
        return
    from rlbench.algorithms import names as all_names
    from rlbench.algorithms import unusable
    from rlbench.envs import list_tasks
    from rlbench.envs.own_tasks import installed_tasks
    from rlbench.sweep.descriptions import descriptions

    for name, why in unusable().items():
        print(f"warning: {name} cannot be used. {why}", file=sys.stderr)
    tasks = installed_tasks()
    for name, why in tasks.broken.items():
        print(f"warning: {name} cannot be used. {why}", file=sys.stderr)
    usable: dict[str, str] = {}
    for name, found in descriptions(all_names()):
        if isinstance(found, str):
            print(f"warning: {found}", file=sys.stderr)
        else:
            usable[name] = found.summary
    if names:
        print("\n".join(usable))
        return

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("algorithm", no_wrap=True)
    table.add_column("what it is")
    for name, summary in usable.items():
        table.add_row(Text(name, "bold"), Text(summary))
    console.print(table)
    console.print(Text("environments (MuJoCo tasks)", "bold"))
    console.print(Text("  ".join(list_tasks())))
    if tasks.points:
        console.print(Text("environments (tasks of other packages)", "bold"))
        console.print(Text("  ".join(sorted(tasks.points))))
    console.print(Text(EVERY_OTHER))
    console.print(Text("\nOne algorithm's settings: rlbench show NAME. Whole studies: rlbench list --suites", "dim"))
