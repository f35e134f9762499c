"""`rlbench decide`: train seeds in groups until a test tells which algorithm is better, or there are no more."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rlbench.analysis.options import Metric, Score
from rlbench.cli.run import (
    AcceptChangedCode,
    Algorithms,
    Config,
    Device,
    Env,
    EvalEvery,
    Fresh,
    GpuBuffers,
    NumEnvs,
    NumWorkers,
    Out,
    Quiet,
    Set,
    Steps,
)
from rlbench.cli.streams import keep_going_without_a_reader
from rlbench.cli.training import going_on, say_failures, show_training, stoppable_workers, warn_of_batches

if TYPE_CHECKING:
    from rlbench.analysis.frames.decisions import Look
    from rlbench.search.decide import Study
    from rlbench.search.question import Question
    from rlbench.sweep.request import Request
    from rlbench.sweep.sweep import Prepared
    from rlbench.sweep.workers import Workers


def decide(
    algorithm: Algorithms = None,
    env: Env = None,
    max_seeds: Annotated[str, typer.Option(metavar="N", help="Seeds of each algorithm at most: 0 to N - 1.")] = "30",
    group: Annotated[str, typer.Option(metavar="N", help="Seeds that are trained between two looks.")] = "5",
    baseline: Annotated[
        str | None,
        typer.Option(metavar="ALGORITHM", help="Compare with this one only, which takes fewer seeds."),
    ] = None,
    metric: Annotated[
        Metric, typer.Option(help="Evaluations by the mean action or by sampled actions, or training returns.")
    ] = "eval-det",
    score: Annotated[
        Score,
        typer.Option(help="Of each seed: its last value, its highest, or the area under its curve by its length."),
    ] = "final",
    steps: Steps = None,
    out: Out = None,
    num_envs: NumEnvs = None,
    device: Device = None,
    gpu_buffers: GpuBuffers = None,
    workers: NumWorkers = None,
    settings: Set = None,
    config: Config = None,
    eval_every: EvalEvery = None,
    fresh: Fresh = False,
    accept_changed_code: AcceptChangedCode = False,
    quiet: Quiet = False,
) -> int:
    """Say which algorithm is better, with as few seeds as that takes.

    Seeds are trained in groups. After each a group-sequential permutation test looks at the difference of every two
    algorithms on each environment; one that is told apart from all others gets no more seeds. The chance of any false
    difference is 5 %, over all comparisons and looks together.

    The same command again goes on where it was stopped. Each look is written to decisions/ in the results folder.

    Exit status: 0 all good, 1 a job failed or a seed diverged, 2 bad input.
    """
    from rlbench.search.question import Question
    from rlbench.sweep.names import refuse_wrong_words
    from rlbench.sweep.request import RawOptions, read_assignments, read_request
    from rlbench.sweep.words import MOST_SEEDS, parse_count

    keep_going_without_a_reader()
    question = Question(
        max_seeds=parse_count(max_seeds, "--max-seeds", high=MOST_SEEDS),
        group=parse_count(group, "--group", high=MOST_SEEDS),
        metric=metric,
        score=score,
        baseline=baseline,
    )
    command = ("rlbench", *sys.argv[1:])
    words = RawOptions(
        algorithms=algorithm or None,
        env=env or None,
        seeds=f"0-{question.max_seeds - 1}",
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
        return follow(settled, question, pool, again, stopped)


def follow(
    request: "Request",
    question: "Question",
    pool: "Workers",
    again: str,
    stopped: Sequence[KeyboardInterrupt] = (),
) -> int:
    """All of it, with workers that are loading already; the exit status."""
    from rlbench.search.decide import begin, next_group, take_in
    from rlbench.sweep.state import JobState, exit_status

    study = begin(request, question, pool)
    group = next_group(study, pool)  # a request that cannot be carried out is refused before anything is said
    if group and not request.quiet:
        announce(study, group)
    states: list[JobState] = []
    while group:
        for warning in group.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        states = [*states, *(new := [JobState(job) for job in group.jobs])]
        show_training(new, pool, request.quiet, stopped)
        if any(state.failed for state in new):
            say_failures(states, again)
            return exit_status(states)
        look = take_in(study)
        if not request.quiet:
            show_look(study, look)
        group = next_group(study, pool)
    conclude(study)
    say_failures(states, again)
    return exit_status(states)


def announce(study: "Study", first_group: "Prepared") -> None:
    """What is about to be decided, and what so many seeds can tell at all."""
    from rlbench import __version__
    from rlbench.analysis.statistics.sequential import earliest_look
    from rlbench.sweep.jobs import describe_pairs

    request, plan = study.request, study.plan
    count = len(plan.comparisons)
    names, envs = ", ".join(plan.labels), ", ".join(plan.envs)
    print(f"rlbench {__version__}: {names} on {envs}, {request.steps:,} transitions a seed")
    looks = f"{len(plan.design.groups)} {'look' if len(plan.design.groups) == 1 else 'looks'}"
    print(
        f"  {count} {'comparison' if count == 1 else 'comparisons'}, {looks}, at most {len(request.seeds)} seeds each"
    )
    first = earliest_look(plan.design, count)
    assert first is not None
    print(
        f"  family-wise error {plan.design.alpha:.0%}; nothing can be told before {plan.design.seeds[first]} seeds each"
    )
    workers = first_group.request.workers
    print(f"  device {request.device} ({request.device_reason}), workers {workers}, files in {request.out}")
    for note in study.notes:
        print(f"note: {note}", file=sys.stderr)
    warn_of_batches(describe_pairs(first_group.jobs, first_group.request, first_group.looked_up))
    sys.stdout.flush()


def show_look(study: "Study", look: "Look") -> None:
    """The comparisons of a look, each in a line."""
    from rlbench.analysis.report.decision_words import LOOK_HEAD, look_cells
    from rlbench.cli.tables import columns

    print(f"\nLook {len(study.looks)} of {len(study.plan.design.groups)}, {look.seeds} seeds each")
    print("\n".join(f"  {line}" for line in columns([LOOK_HEAD, *look_cells(look)])), flush=True)


def conclude(study: "Study") -> None:
    """The decision in words, and where its record is."""
    from rlbench.analysis.report.decision_words import seeds_used

    if study.request.quiet:
        print(study.record)
        return
    print()
    for sentence in study.sentences:
        print(sentence)
    most = len(study.plan.labels) * len(study.plan.envs) * len(study.request.seeds)
    print(f"Runs: {seeds_used(study.looks)}, of {most} at most")
    print(f"Record: {study.record}")
