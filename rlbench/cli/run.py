"""`rlbench run`: say the plan, train, print the results."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.cli.completion import (
    complete_algorithm,
    complete_device,
    complete_env,
    complete_launcher,
    complete_suite,
)
from rlbench.cli.streams import keep_going_without_a_reader, tell
from rlbench.cli.training import Screen, going_on, read_command, say_failures, stopped_by_signals, warn_of_batches

if TYPE_CHECKING:
    from rlbench.sweep.launchers.contract import Handed
    from rlbench.sweep.request import Request
    from rlbench.sweep.sweep import Sweep

Algorithms = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ALGORITHM",
        help="One or more names, see rlbench list.",
        show_default=False,
        autocompletion=complete_algorithm,
    ),
]
Env = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        "-e",
        metavar="ID",
        help="Environment; repeat it or use commas for several.",
        autocompletion=complete_env,
    ),
]
Seeds = Annotated[
    str | None, typer.Option(metavar="SEEDS", help="5 is seeds 0 to 4; or 0-4, 0,3,7, 0-2,9. (default: 5)")
]
Steps = Annotated[
    str | None,
    typer.Option(metavar="N", help="Transitions a seed executes: 1M, 300k, 2.5e5. (default: 1M)"),
]
Out = Annotated[str | None, typer.Option(metavar="FOLDER", help="Where the files go. (default: results)")]
NumEnvs = Annotated[str | None, typer.Option(metavar="N", help="Worlds per seed. (default: the algorithm's)")]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="DEVICE",
        help="Where to simulate and learn: auto, cpu or cuda. (default: auto)",
        autocompletion=complete_device,
    ),
]
GpuBuffers = Annotated[
    str | None,
    typer.Option(metavar="N,M", help="cuda: contacts and constraint rows allocated per world. (default: the task's)"),
]
NumWorkers = Annotated[
    str | None, typer.Option("--workers", metavar="N", help="Worker processes at a time. (default: the usable cores)")
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
Name = Annotated[str | None, typer.Option(metavar="NAME", help="A name for these settings of one algorithm.")]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A TOML file of these options, with a table settings. The command line wins over it."
    ),
]
SuiteName = Annotated[
    str | None,
    typer.Option(
        "--suite",
        metavar="NAME",
        help="A whole study: of rlbench list --suites, or a TOML file of yours. Other options win over it.",
        autocompletion=complete_suite,
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="With --suite: its smaller budget, into a folder of its own.")]
EvalEvery = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="Transitions between evaluations; 0: evaluate only at the end. (default: a tenth of --steps)"
    ),
]
RowEvery = Annotated[
    str | None,
    typer.Option(metavar="N", help="Transitions in a row of progress.csv, or one iteration. (default: 2048)"),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start over; what is there already is moved aside, not deleted.")]
AcceptChangedCode = Annotated[
    bool,
    typer.Option(
        "--accept-changed-code", help="Resume although versions, or a plug-in's or environment's code, changed."
    ),
]
LauncherName = Annotated[
    str | None,
    typer.Option(
        "--launcher",
        metavar="NAME",
        help="Where jobs run: local (processes here), ray (a cluster), or slurm (a job array). (default: local)",
        autocompletion=complete_launcher,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="auto|HOST:PORT", help="ray: the cluster this machine is a node of. (default: a Ray of our own, here)"
    ),
]
Partition = Annotated[str | None, typer.Option(metavar="NAME", help="slurm: the partition. (default: Slurm's)")]
Account = Annotated[str | None, typer.Option(metavar="NAME", help="slurm: the account. (default: Slurm's)")]
Time = Annotated[
    str | None, typer.Option(metavar="TIME", help="slurm: a task's longest time, 12:00:00. (default: the partition's)")
]
Memory = Annotated[
    str | None, typer.Option(metavar="SIZE", help="slurm: a task's memory, 2G. (default: as estimated or measured)")
]
Submit = Annotated[bool, typer.Option("--submit", help="slurm: submit the array, too.")]
ExpectCode = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Refuse to train by other code than this file tells, as slurm's tasks do."),
]
Log = Annotated[
    list[str] | None,
    typer.Option("--log", metavar="NAME", help="Write rows for a dashboard, too: tensorboard or wandb; repeatable."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and the paths of the results, nothing else.")]


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
    suite: SuiteName = None,
    quick: Quick = False,
    eval_every: EvalEvery = None,
    row_every: RowEvery = None,
    fresh: Fresh = False,
    accept_changed_code: AcceptChangedCode = False,
    launcher: LauncherName = None,
    address: Address = None,
    partition: Partition = None,
    account: Account = None,
    time: Time = None,
    memory: Memory = None,
    submit: Submit = False,
    expect_code: ExpectCode = None,
    log: Log = None,
    quiet: Quiet = False,
) -> int:
    """Train algorithms on environments, each with several seeds.

    With several algorithms and environments, each algorithm is trained on each environment. Every seed has the same
    budget of transitions.

    The same command again resumes where it was stopped.

    Exit status: 0 all good, 1 a job failed or a seed diverged, 2 bad input.
    """
    given = dict(locals())
    keep_going_without_a_reader()
    return carry_out(read_command(given), going_on())


def carry_out(request: "Request", again: str) -> int:
    """Train, and display the progress; the exit status."""
    from rlbench.sweep.sweep import run_sweep

    with stopped_by_signals(again) as stopped, Screen(request.quiet, begin=announce) as screen:
        sweep = run_sweep(request, screen.show, stopped)
    return conclude(sweep, again)


def announce(sweep: "Sweep") -> None:
    """Say on standard error what there is to warn of, and the plan."""
    for warning in sweep.warnings:
        tell(f"warning: {warning}")
    if sweep.states and not sweep.request.quiet:
        say_plan(sweep)


def say_plan(sweep: "Sweep") -> None:
    """Say on standard error what will be trained and how, with warnings and notes."""
    from rlbench import __version__
    from rlbench.analysis.report.limits import too_few_seeds
    from rlbench.cli.columns import columns
    from rlbench.errors import harmless
    from rlbench.sweep.jobs import describe_pairs, say_work, total_steps
    from rlbench.sweep.spacing import say_spacings

    request, jobs = sweep.request, sweep.jobs
    pairs = describe_pairs(jobs, request, sweep.looked_up)
    of = f" of the suite {harmless(request.suite.name)}" if request.suite else ""
    tell(f"rlbench {__version__}: {say_work(jobs)}{of}, {total_steps(jobs).steps:,} in all")
    for line in columns([(pair.env, pair.label, f"seeds {pair.seeds}", pair.parameters, pair.batch) for pair in pairs]):
        tell(f"  {line}")
    workers = min(request.workers, len(jobs))
    tell(f"  jobs {len(jobs)}, workers {workers}, cores {request.cores}, files in {request.out}")
    tell(f"  evaluated {say_spacings([job.eval_every for job in jobs])}")
    if workers > request.cores:
        tell(f"warning: {workers} workers share {request.cores} cores; all of them slow down.")
    tell(f"  device {request.device} ({request.device_reason})")
    if request.device != "cpu":
        tell("  the first run of a task builds its kernels, for up to a minute or two; later ones find them")
    warn_of_batches(pairs)
    for note in sweep.notes:
        tell(f"note: {note}")
    if limit := too_few_seeds(len({pair.label for pair in pairs}), len(request.envs), len(request.seeds)):
        tell(f"note: {limit}")


def say_handed(sweep: "Sweep", handed: "Handed") -> None:
    """Print the script of a batch system, and what to do with it."""
    if sweep.request.quiet:
        print(handed.script)
        return
    done = sum(state.done for state in sweep.states)
    tasks = f"{len(sweep.states) - done} jobs" + (f", {done} more are finished" if done else "")
    print(f"Script of {tasks}: {handed.script}")
    if handed.number:
        tell(f"Submitted as Slurm job {handed.number}; to withdraw it: scancel {handed.number}")
    else:
        tell(f"Submit it with: {shlex.join(['sbatch', str(handed.script)])}")
    tell(f"See how it goes: {shlex.join(['rlbench', 'status', str(sweep.request.out)])}")


def conclude(sweep: "Sweep", again: str) -> int:
    """Print the results, and on standard error the files and what went wrong; the exit status."""
    from rlbench.cli.columns import print_results
    from rlbench.sweep.state import exit_status, result_rows

    request, states = sweep.request, sweep.all_states
    handed = next((state.handed for state in states if state.handed), None)
    if handed:
        say_handed(sweep, handed)
    elif request.quiet:
        for folder in (state.job.folder(each.seed) for state in states for each in state.finished):
            print(folder)
    else:
        print_results(result_rows(states, request.envs, tuple(sweep.looked_up.settings)))
        if request.out.exists():
            tell(f"Files: {request.out}")
        if any(state.finished for state in states):
            tell(f"Go on with: {shlex.join(['rlbench', 'plot', str(request.out)])}")
    say_failures(states, again)
    return exit_status(states)
