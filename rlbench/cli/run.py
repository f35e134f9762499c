"""`rlbench run`: say what will be done, train, say how it went."""

import contextlib
import shlex
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.cli.streams import keep_going_without_a_reader
from rlbench.cli.training import going_on, say_failures, show_training, stoppable_workers, warn_of_batches

if TYPE_CHECKING:
    from rlbench.sweep.request import Request
    from rlbench.sweep.state import JobState
    from rlbench.sweep.sweep import Prepared
    from rlbench.sweep.workers import Workers

Algorithms = Annotated[
    list[str] | None,
    typer.Argument(metavar="ALGORITHM", help="One or more names, see rlbench list.", show_default=False),
]
Env = Annotated[
    list[str] | None,
    typer.Option("--env", "-e", metavar="ID", help="Environment; repeat it or use commas for several."),
]
Seeds = Annotated[
    str | None, typer.Option(metavar="SEEDS", help="5 is seeds 0 to 4; or 0-4, 0,3,7, 0-2,9. (default: 5)")
]
Steps = Annotated[
    str | None,
    typer.Option(metavar="N", help="Transitions a seed executes: 1M, 300k, 2.5e5. (default: 1M)"),
]
Out = Annotated[str | None, typer.Option(metavar="FOLDER", help="Where the files go. (default: results)")]
NumEnvs = Annotated[str | None, typer.Option(metavar="N", help="Worlds a seed. (default: the algorithm's)")]
Device = Annotated[
    str | None, typer.Option(metavar="DEVICE", help="auto, cpu or cuda: where worlds and learning are. (default: auto)")
]
GpuBuffers = Annotated[
    str | None,
    typer.Option(metavar="N,M", help="cuda: room for contacts and constraint rows a world. (default: the task's)"),
]
NumWorkers = Annotated[
    str | None, typer.Option("--workers", metavar="N", help="Processes at a time. (default: the cores it may use)")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting, see rlbench show; trpo.KEY=VALUE for trpo alone. KEY=0.1,0.2 tries each value "
        "(layer sizes: KEY=64,64/32).",
    ),
]
Name = Annotated[
    str | None, typer.Option(metavar="NAME", help="What these settings of one algorithm are called from now on.")
]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="TOML with these same words, with a table settings. The command line wins over it."
    ),
]
EvalEvery = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="Transitions between evaluations; 0: evaluate only at the end. (default: a tenth of --steps)"
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start over; what is there already is moved aside, not deleted.")]
AcceptChangedCode = Annotated[
    bool,
    typer.Option("--accept-changed-code", help="Go on though versions, or a plug-in's or environment's code, changed."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and the paths of the results, nothing else.")]


PATIENCE = 20.0
"""Seconds in which a worker should have answered what is asked before a sweep."""


def run(
    algorithm: Algorithms = None,
    env: Env = None,
    seeds: Seeds = None,
    steps: Steps = None,
    out: Out = None,
    num_envs: NumEnvs = None,
    device: Device = None,
    gpu_buffers: GpuBuffers = None,
    workers: NumWorkers = None,
    settings: Set = None,
    name: Name = None,
    config: Config = None,
    eval_every: EvalEvery = None,
    fresh: Fresh = False,
    accept_changed_code: AcceptChangedCode = False,
    quiet: Quiet = False,
) -> int:
    """Train algorithms on environments, each with several seeds.

    Several algorithms and environments are a sweep: each with each, every seed with the same budget of transitions.

    The same command again goes on where it was stopped.

    Exit status: 0 all good, 1 a job failed or a seed diverged, 2 bad input.
    """
    from rlbench.sweep.names import refuse_wrong_words
    from rlbench.sweep.request import RawOptions, read_assignments, read_request

    keep_going_without_a_reader()

    command = ("rlbench", *sys.argv[1:])
    words = RawOptions(
        algorithms=algorithm or None,
        env=env or None,
        name=name,
        seeds=seeds,
        steps=steps,
        out=out,
        num_envs=num_envs,
        device=device,
        gpu_buffers=gpu_buffers,
        workers=workers,
        eval_every=eval_every,
        quiet=quiet or None,
        fresh=fresh or None,
        accept_changed_code=accept_changed_code or None,
        settings=read_assignments(settings or []),
    )
    request = read_request(words, config, command)
    refuse_wrong_words(request)
    again = going_on(command)
    with stoppable_workers(request, again) as (settled, pool, stopped):
        return sweep(settled, pool, again, stopped)


@contextlib.contextmanager
def waiting_is_told(pool: "Workers") -> Iterator[None]:
    """After some time without an answer, a line on stderr says whose answer is missing."""

    def tell() -> None:
        names = " and ".join(sorted(pool.asked)) or "a worker that loads what it needs"
        print(f"Still waiting for {names}. Ctrl-C stops.", file=sys.stderr, flush=True)

    timer = threading.Timer(PATIENCE, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def sweep(request: "Request", pool: "Workers", again: str, stopped: Sequence[KeyboardInterrupt] = ()) -> int:
    """All of it, with workers that are loading already; the exit status. Ends when there is anything in `stopped`."""
    from rlbench.sweep.state import JobState, exit_status
    from rlbench.sweep.sweep import prepare

    with waiting_is_told(pool):
        prepared = prepare(request, pool)
    for warning in prepared.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if prepared.jobs and not request.quiet:
        announce(prepared)
    states = [JobState(job) for job in prepared.jobs]
    show_training(states, pool, request.quiet, stopped, prepared.failed)
    all_states = [*states, *prepared.failed]
    conclude(prepared, all_states, again)
    return exit_status(all_states)


def announce(prepared: "Prepared") -> None:
    """What is about to be done."""
    from rlbench import __version__
    from rlbench.analysis.report.limits import too_few_seeds
    from rlbench.cli.tables import columns
    from rlbench.sweep.jobs import describe_pairs, total_steps
    from rlbench.sweep.spacing import say_spacings

    request, jobs = prepared.request, prepared.jobs
    pairs = describe_pairs(jobs, request, prepared.looked_up)
    total = total_steps(jobs)
    runs = f"{total.runs} {'run' if total.runs == 1 else 'runs'} of {request.steps:,} transitions"
    print(f"rlbench {__version__}: {runs}, {total.steps:,} in all")
    for line in columns([(pair.env, pair.label, f"seeds {pair.seeds}", pair.parameters, pair.batch) for pair in pairs]):
        print(f"  {line}")
    workers = min(request.workers, len(jobs))
    print(f"  jobs {len(jobs)}, workers {workers}, cores {request.cores}, files in {request.out}")
    print(f"  evaluated {say_spacings([job.eval_every for job in jobs])}")
    if workers > request.cores:
        print(f"warning: {workers} workers share {request.cores} cores; all of them slow down.", file=sys.stderr)
    print(f"  device {request.device} ({request.device_reason})")
    if request.device != "cpu":
        print("  the first run of a task builds its kernels, for up to a minute or two; later ones find them")
    warn_of_batches(pairs)
    for note in prepared.notes:
        print(f"note: {note}", file=sys.stderr)
    if limit := too_few_seeds(len({pair.label for pair in pairs}), len(request.envs), len(request.seeds)):
        print(f"note: {limit}", file=sys.stderr)
    sys.stdout.flush()


def conclude(prepared: "Prepared", states: "list[JobState]", again: str) -> None:
    """The results, the files, and on stderr what went wrong."""
    from rlbench.cli.tables import print_results
    from rlbench.sweep.state import result_rows

    request = prepared.request
    if request.quiet:
        for folder in (state.job.folder(each.seed) for state in states for each in state.finished):
            print(folder)
    else:
        print_results(result_rows(states, request.envs, tuple(prepared.looked_up.settings)))
        if request.out.exists():
            print(f"Files: {request.out}")
        if any(state.finished for state in states):
            print(f"Go on with: {shlex.join(['rlbench', 'plot', str(request.out)])}")
    say_failures(states, again)
