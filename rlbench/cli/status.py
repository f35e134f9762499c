"""`rlbench status`: parse, call, print."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rlbench.cli.streams import tell

if TYPE_CHECKING:
    from rlbench.analysis.status import Group, Status

ORDER = ("running", "waiting", "queued", "failed", "dead", "diverged", "stopped", "not begun", "finished")
HEADINGS = ("environment", "algorithm", "seeds", "state", "done", "steps/s", "left", "where")


def status(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Results folders.", show_default="results", metavar="FOLDER")
    ] = None,
    kind: Annotated[Literal["text", "json"], typer.Option("--format", help="To read, or for a program.")] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> int:
    """Print how runs stand.

    What is done, what is running where and how fast, what failed and where its log is.

    Files alone are read, so that it works in another terminal or on another machine that shares the folder.

    Exit status: 0 all good so far, 1 a job failed, a seed diverged or its process is gone, 2 bad input.
    """
    from rlbench.analysis import status as reading

    found = reading.status(folders or [Path("results")])
    if as_json or kind == "json":
        import json

        print(json.dumps(found.as_record(), indent=1))
    else:
        show(found)
    return 1 if found.troubles else 0


def show(found: "Status") -> None:
    """Print the table, what is wrong, and the sum; notes go to standard error."""
    from rlbench.cli.columns import columns

    groups = sorted(found.groups, key=lambda group: ORDER.index(group.state))
    print("\n".join(columns([HEADINGS, *map(cells, groups)])))
    for group in groups:
        for line in troubles(group):
            print(line)
    for driver in found.drivers:
        print(f"at work: {driver}")
    for note in found.notes:
        tell(f"note: {note}")
    print(summary(found))


def cells(group: "Group") -> tuple[str, ...]:
    """The line of one group in the table."""
    from rlbench.sweep.words import say_seeds, say_time

    rate = "" if group.rate is None else f"{group.rate:,.0f}"
    left = "" if group.seconds_left is None else say_time(group.seconds_left)
    where = say_owner(group) if group.state == "running" else ""
    return group.env, group.label, say_seeds(group.seeds), group.state, f"{group.fraction:.0%}", rate, left, where


def say_owner(group: "Group") -> str:
    """The process that works on a group, or did."""
    return f"process {group.process} on {group.host}{f' ({group.job})' if group.job else ''}"


def troubles(group: "Group") -> list[str]:
    """Lines on what is wrong with a group, if anything is."""
    from rlbench.sweep.words import say_seeds, say_time

    name = f"{group.env} {group.label} {say_seeds(group.seeds)}"
    match group.state:
        case "failed":
            return [f"failed: {name}: {group.reason}{f'; its log: {group.log}' if group.log else ''}"]
        case "diverged":
            return [f"diverged: {name}: numbers that are not finite"]
        case "dead" if group.host:
            ago = say_time(group.silent)
            return [f"dead: {name}: {say_owner(group)} is gone, last heard of {ago} ago; the same command goes on"]
        case "dead":
            return [f"dead: {name}: nobody is at work on it, and it has not ended; the same command goes on"]
    return []


def summary(found: "Status") -> str:
    """The last line: counts, rate and time left."""
    from rlbench.sweep.words import say_time

    counts = found.counts
    words = [f"{len(found.seeds)} {'run' if len(found.seeds) == 1 else 'runs'}"]
    words += [f"{counts[state]} {state}" for state in ORDER if state in counts]
    if found.rate:
        words.append(f"{found.rate:,.0f} steps/s")
    if found.seconds_left is not None:
        words.append(f"{say_time(found.seconds_left)} left")
    return ", ".join(words)
