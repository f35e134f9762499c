"""`rlbench bench`: parse, call, print."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.cli.live import is_terminal
from rlbench.cli.run import Algorithms, Env, Set
from rlbench.cli.streams import keep_going_without_a_reader, tell

if TYPE_CHECKING:
    from rlbench.sweep.bench import Measured

MOST_SECONDS, MOST_REPEATS = 86_400, 1000
HEADINGS = (
    *("environment", "algorithm", "workers", "bare/s", "rlbench/s", "share", "low to high"),
    *("physics", "worlds", "policy", "sampling", "update", "files", "eval", "start", "memory"),
)
LINE = "{:<26}{:<17}{:>7}{:>9}{:>10}{:>7}{:>12}  {:>7}{:>7}{:>7}{:>9}{:>7}{:>6}  {:>7}{:>6}{:>8}"

WIDTH = len(LINE.format(*HEADINGS))
"""Narrower terminals get a few lines for each measurement."""


def bench(
    algorithm: Algorithms = None,
    env: Env = None,
    seeds: Annotated[str, typer.Option(metavar="SEEDS", help="6 is seeds 0 to 5; or 0-4, 0,3,7, 0-2,9.")] = "6",
    workers: Annotated[
        str | None,
        typer.Option(metavar="N,M", help="Numbers of processes to try. (default: 1, half, all cores)"),
    ] = None,
    seconds: Annotated[str, typer.Option(metavar="SECONDS", help="Approximate length of a measurement.")] = "4",
    repeats: Annotated[str, typer.Option(metavar="N", help="Measurements of each; the median one is shown.")] = "3",
    settings: Set = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the table goes as CSV.")] = Path("results/bench.csv"),
) -> None:
    """Measure how fast this machine is, and where the time goes.

    It measures the bare simulator, and whole sweeps.

    Without names it measures every algorithm that can learn on Hopper-v4.

    bare/s: transitions per second of the simulator alone, on all cores, measured under random actions.

    rlbench/s: transitions per second of all seeds of the sweep.

    share: rlbench/s ÷ bare/s; then its lowest and highest repeat.

    physics to files: the workers' time in the simulator, in the rest of stepping worlds, acting and so on.

    eval: seconds of one evaluation. start: seconds to the first step. memory: peak memory of a worker.
    """
    from rlbench.sweep.bench import best, measure, read_counts, write_table
    from rlbench.sweep.lookup import suitable
    from rlbench.sweep.names import refuse_unknown_environments, refuse_wrong_names
    from rlbench.sweep.request import RawOptions, read_assignments, read_request
    from rlbench.sweep.words import parse_count, parse_names, parse_seconds

    keep_going_without_a_reader()
    length = parse_seconds(seconds, "--seconds", low=0.1, high=MOST_SECONDS)
    times = parse_count(repeats, "--repeats", high=MOST_REPEATS)

    envs = env or ["Hopper-v4"]
    refuse_unknown_environments(parse_names(envs))
    words = RawOptions(
        algorithms=algorithm or suitable(envs),
        env=envs,
        seeds=seeds,
        device="cpu",
        settings=read_assignments(settings or []),
    )
    request = read_request(words, None)
    refuse_wrong_names(request)
    counts = read_counts(workers, request.cores)
    measuring, results = measure(request, counts, length, times), list["Measured"]()
    write_table(out, results)  # an output that is not writable is reported before any work is done
    tell(f"{request.cores} cores, seeds {len(request.seeds)}, median of {times}")
    wide = not is_terminal(sys.stdout) or shutil.get_terminal_size().columns >= WIDTH
    if wide:
        print(LINE.format(*HEADINGS))
    for each in measuring:
        results.append(each)
        write_table(out, results)
        print(_line(each) if wide else _block(each), flush=True)
    for (env_id, name), count in best(results).items():
        tell(f"best number of workers for {name} on {env_id}: {count}")
    tell(f"Table: {out}")


def _cells(each: "Measured") -> list[str]:
    """What a measurement says, by HEADINGS."""
    from rlbench.sweep.bench import PARTS
    from rlbench.sweep.words import say_bytes

    def percent(part: float | None) -> str:
        return "–" if part is None else f"{part:.1%}"

    return [
        each.env,
        each.algorithm,
        str(each.workers),
        "–" if each.bare is None else f"{each.bare:,.0f}",
        f"{each.speed:,.0f}",
        percent(each.share),
        "–" if each.share is None else f"{each.least:.0%} to {each.greatest:.0%}",
        *(percent(getattr(each, part)) for part in PARTS),
        f"{each.evaluation:.2f} s",
        f"{each.start_up:.1f} s",
        say_bytes(each.memory),
    ]


def _line(each: "Measured") -> str:
    return LINE.format(*_cells(each))


def _block(each: "Measured") -> str:
    """The same for a narrow terminal: a line that names it, and three of numbers."""
    cells = _cells(each)
    told = [f"{heading} {cell}" for heading, cell in zip(HEADINGS, cells, strict=True)]
    return "\n  ".join(
        [" ".join([*cells[:2], told[2]]), *("  ".join(part) for part in (told[3:7], told[7:12], told[12:]))]
    )
