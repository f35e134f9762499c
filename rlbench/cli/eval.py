"""`rlbench eval`: parse, call, print."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rlbench.cli.colours import NOTE
from rlbench.errors import harmless

if TYPE_CHECKING:
    from rich.console import Console

    from rlbench.trained.evaluate import Evaluation

Runs = Annotated[list[Path], typer.Argument(help="Folders of runs, or folders above them.", metavar="RUN")]
OwnEnv = Annotated[
    str | None,
    typer.Option("--env", help="The environment of the runs, where it is a module's: allows to import the module."),
]


def evaluate(
    runs: Runs,
    episodes: Annotated[int, typer.Option(help="Episodes by the mean action, and as many by sampled actions.")] = 100,
    first_seed: Annotated[int, typer.Option(help="Episode k begins with reset(seed=FIRST_SEED + k).")] = 0,
    env: OwnEnv = None,
    write: Annotated[bool, typer.Option("--write", help="Add the episodes to each run, as evaluation.csv.")] = False,
    kind: Annotated[
        Literal["text", "csv", "json"], typer.Option("--format", help="To read, or each episode for a program.")
    ] = "text",
) -> None:
    """Play episodes of trained policies, which anybody can repeat.

    They are the episodes that a loop over gymnasium.make(ID) and rlbench.policy(RUN).act plays, to the bit.
    """
    from rich.console import Console

    warn = Console(stderr=True)
    with warn.status("Loading policies") as status:
        from rlbench.trained import evaluate as module

        done: list[Evaluation] = []

        def on_event(event: object) -> None:
            if isinstance(event, module.Evaluation):
                done.append(event)
                status.update(f"Playing episodes: {len(done)} done, the last of {harmless(str(event))}")
            else:
                warn.print(f"note: {harmless(str(event))}", style=NOTE, markup=False, soft_wrap=True)

        module.evaluate(runs, episodes=episodes, first_seed=first_seed, env=env, write=write, on_event=on_event)
    if kind != "text":
        print_episodes(done, kind)
        return
    print_table(Console(), done, episodes, first_seed)
    if write:
        files = f"{len(done)} files" if len(done) > 1 else "a file"
        warn.print(f"Written: {files} evaluation.csv, beside run.json", highlight=False)


def print_episodes(done: Sequence["Evaluation"], kind: str) -> None:
    """A row for each episode."""
    import pandas as pd

    frame = pd.concat([each.frame() for each in done], ignore_index=True)
    text = frame.to_csv(index=False) if kind == "csv" else frame.to_json(orient="records", indent=1)
    print(text.rstrip("\n"))


def print_table(say: "Console", done: Sequence["Evaluation"], episodes: int, first_seed: int) -> None:
    """A row for each run."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from rlbench.trained.evaluate import say_returns

    if not say.is_terminal:
        say.width = max(say.width, 120)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("environment", "algorithm"):
        table.add_column(name)
    for name in ("seed", "transitions", "mean action", "length", "sampled actions", "length"):
        table.add_column(name, justify="right")
    for each in done:
        about = each.policy
        cells = [str(about.seed), f"{about.env_steps:,}", say_returns(each.mean), f"{each.mean.lengths.mean():.0f}"]
        sampled = each.sampled
        cells += [say_returns(sampled), f"{sampled.lengths.mean():.0f}"] if sampled else ["acts without chance", ""]
        table.add_row(Text(harmless(about.env)), Text(harmless(about.algorithm)), *cells)
    say.print(table)
    last = first_seed + episodes - 1
    say.print(
        f"Returns: mean ± standard deviation over {episodes} episodes, reset(seed={first_seed}) to reset(seed={last}). "
        "Transitions: what the policy was trained with.",
        highlight=False,
        soft_wrap=True,
    )
