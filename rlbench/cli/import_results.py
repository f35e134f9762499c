"""`rlbench import`: parse, call, print."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rlbench.cli.streams import tell
from rlbench.errors import UserError, harmless, quoted
from rlbench.sweep.words import LARGEST_SEED, parse_count

if TYPE_CHECKING:
    from rlbench.analysis.reading.importers.importing import Imported, Imports


def import_results(
    folders: Annotated[list[Path], typer.Argument(help="Folders (or files) that other tools wrote.", metavar="FOLDER")],
    out: Annotated[Path, typer.Option(help="The results folder to bring them into.")] = Path("results"),
    name: Annotated[
        str | None, typer.Option(help="What the curve is called, such as ppo-sb3.", show_default="of the tool")
    ] = None,
    env: Annotated[str | None, typer.Option(help="The task, where the files do not tell it.", metavar="ID")] = None,
    seed: Annotated[str | None, typer.Option(help="The seed, where the files do not tell it.", metavar="N")] = None,
    steps: Annotated[
        str | None, typer.Option(help="The budget in transitions, where the files do not tell it.", metavar="N")
    ] = None,
    versions: Annotated[
        list[str] | None,
        typer.Option("--version", help="What it ran with, such as mujoco=3.1.0; repeat.", metavar="NAME=VERSION"),
    ] = None,
    evaluations: Annotated[
        Literal["det", "stoch"],
        typer.Option(help="How evaluations acted, where the files do not tell: by mean or by sampled actions."),
    ] = "det",
    window: Annotated[
        str, typer.Option(help="Transitions over which single training episodes are averaged.", metavar="N")
    ] = "2048",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="The name of a table's column or of an event file's tag, such as return=score, for: steps, return, "
            "eval, length, seconds, seed, env, algorithm; repeat.",
            metavar="MEANING=NAME",
        ),
    ] = None,
    episodes: Annotated[bool, typer.Option("--episodes", help="Each row of a table is one episode.")] = False,
    steps_per_iteration: Annotated[
        str | None, typer.Option(help="Transitions of an iteration, where a tool counts those.", metavar="N")
    ] = None,
) -> int:
    """Bring results of other tools beside these.

    They are written into a results folder, to compare them. Nothing of them is run.

    It reads logs of Stable-Baselines3, CleanRL, Tianshou, rsl_rl and Spinning Up, and any table (CSV). See:
    docs/import.md

    Exit status: 0 all imported, 1 some were left out, 2 bad input.
    """
    from rlbench.analysis.reading.importers.importing import import_results as bring_in

    refuse_own_name(name)
    made = bring_in(
        folders,
        out=out,
        name=name,
        env=env,
        seed=parse_count(seed, "--seed", low=0, high=LARGEST_SEED) if seed is not None else None,
        steps=parse_count(steps, "--steps") if steps is not None else None,
        versions=pairs(versions or (), "--version", "mujoco=3.1.0"),
        evaluations=evaluations,
        window=parse_count(window, "--window"),
        columns=pairs(columns or (), "--column", "return=score"),
        episodes=episodes,
        steps_per_iteration=parse_count(steps_per_iteration, "--steps-per-iteration") if steps_per_iteration else None,
    )
    show(made)
    return 1 if made.left_out else 0


def refuse_own_name(name: str | None) -> None:
    """A name of rlbench's own would mix two programs' runs in one curve."""
    from rlbench.algorithms import BUILT_IN

    if name in BUILT_IN:
        raise UserError(f"--name {name} is an algorithm of rlbench's own. Choose another, such as {name}-sb3.")


def pairs(texts: list[str] | tuple[str, ...], option: str, example: str) -> dict[str, str]:
    """`NAME=VALUE` words as a table."""
    found = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise UserError(f"{option} takes NAME=VALUE, such as {example}, not {quoted(text)}.")
        if len(text) > 400 or not text.isprintable():
            raise UserError(f"{option} takes a short NAME=VALUE, such as {example}, not {quoted(text)}.")
        found[key.strip()] = value.strip()
    return found


def show(made: "Imports") -> None:
    """Print a line for each run; on standard error, what should be known of them, and what was left out."""
    for run in made.runs:
        print(harmless(line_of(run)))
    sys.stdout.flush()
    for run_note, count in of_runs(made):
        tell(harmless(f"note: {run_note}{count}"))
    for note in made.notes:
        tell(harmless(f"note: {note}"))
    for line in made.left_out:
        tell(harmless(f"left out: {line}"))
    counts = {state: sum(run.state == state for run in made.runs) for state in ("new", "updated", "unchanged")}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    print(f"imported: {len(made.runs)} ({words}), left out: {len(made.left_out)}")


def line_of(run: "Imported") -> str:
    """What became of one run."""
    seed = f"seed {run.seed}" + (" (unknown; numbered)" if "seed" in run.unknown else f" (from {run.where['seed']})")
    return (
        f"{run.state}: {run.source} is {run.what}: {run.env} (from {run.where['env']}), {seed} -> {run.path}, "
        f"{run.rows:,} rows to {run.env_steps:,} transitions"
    )


def of_runs(made: "Imports") -> list[tuple[str, str]]:
    """What is to be said of several runs is said once, with their number."""
    about: dict[str, int] = defaultdict(int)
    for run in made.runs:
        for note in run.notes:
            about[note] += 1
        if unknown := [each for each in run.unknown if each != "seed"]:
            about[f"{run.name}: the files do not tell {', '.join(unknown)}; said to be unknown in run.json"] += 1
    total = len(made.runs)
    return [(note, f" ({count} of {total} runs)" if total > 1 else "") for note, count in about.items()]
