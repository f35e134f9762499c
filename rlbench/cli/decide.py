"""`rlbench decide`: train seeds in groups until a test tells which algorithm is better, or there are no more."""

from typing import TYPE_CHECKING, Annotated, Any

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
    RowEvery,
    Set,
    Steps,
)
from rlbench.cli.streams import keep_going_without_a_reader, tell
from rlbench.cli.training import Screen, going_on, read_command, say_failures, stopped_by_signals, warn_of_batches

if TYPE_CHECKING:
    from rlbench.analysis.frames.decisions import Look
    from rlbench.search.decide import Study
    from rlbench.search.question import Question
    from rlbench.sweep.request import Request
    from rlbench.sweep.sweep import Sweep


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
    row_every: RowEvery = None,
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
    given = dict(locals())
    from rlbench.search.question import Question
    from rlbench.sweep.words import MOST_SEEDS, parse_count

    keep_going_without_a_reader()
    question = Question(
        max_seeds=parse_count(max_seeds, "--max-seeds", high=MOST_SEEDS),
        group=parse_count(group, "--group", high=MOST_SEEDS),
        metric=metric,
        score=score,
        baseline=baseline,
    )
    request, again = read_command(given, seeds=f"0-{question.max_seeds - 1}"), going_on()
    return follow(request, question, again)


def follow(request: "Request", question: "Question", again: str) -> int:
    """Decide, and display the progress; the exit status."""
    from rlbench.search.decide import Begun, Looked, run_decision
    from rlbench.sweep.state import exit_status

    begun: Study | None = None

    def show(event: Any) -> None:
        nonlocal begun
        match event:
            case Begun():
                begun = event.study
            case Looked():
                screen.close()
                if not request.quiet:
                    show_look(event.study, event.look)
            case _:
                screen.show(event)

    def begin_group(group: "Sweep") -> None:
        nonlocal begun
        if begun and not request.quiet:
            announce(begun, group)
        begun = None
        for warning in group.warnings:
            tell(f"warning: {warning}")

    with stopped_by_signals(again) as stopped, Screen(request.quiet, begin=begin_group) as screen:
        study = run_decision(request, question, show, stopped)
    if not any(state.failed for state in study.states):
        conclude(study)
    say_failures(study.states, again)
    return exit_status(study.states)


def announce(study: "Study", first_group: "Sweep") -> None:
    """Say on standard error the plan, and from how many seeds on anything can be decided."""
    from rlbench import __version__
    from rlbench.analysis.statistics.sequential import earliest_look
    from rlbench.sweep.jobs import describe_pairs
    from rlbench.sweep.words import say_range

    request, plan = study.request, study.plan
    count = len(plan.comparisons)
    names, envs = ", ".join(plan.labels), ", ".join(plan.envs)
    budgets = say_range(request.steps_on(env) for env in request.envs)
    tell(f"rlbench {__version__}: {names} on {envs}, {budgets} transitions a seed")
    looks = f"{len(plan.design.groups)} {'look' if len(plan.design.groups) == 1 else 'looks'}"
    tell(f"  {count} {'comparison' if count == 1 else 'comparisons'}, {looks}, at most {len(request.seeds)} seeds each")
    first = earliest_look(plan.design, count)
    assert first is not None
    tell(
        f"  family-wise error {plan.design.alpha:.0%}; nothing can be told before {plan.design.seeds[first]} seeds each"
    )
    workers = first_group.request.workers
    tell(f"  device {request.device} ({request.device_reason}), workers {workers}, files in {request.out}")
    for note in study.notes:
        tell(f"note: {note}")
    warn_of_batches(describe_pairs(first_group.jobs, first_group.request, first_group.looked_up))


def show_look(study: "Study", look: "Look") -> None:
    """Say on standard error the comparisons of a look, a line each."""
    from rlbench.analysis.report.decision_words import LOOK_HEAD, look_cells
    from rlbench.cli.columns import columns

    tell(f"\nLook {len(study.looks)} of {len(study.plan.design.groups)}, {look.seeds} seeds each")
    tell("\n".join(f"  {line}" for line in columns([LOOK_HEAD, *look_cells(look)])))


def conclude(study: "Study") -> None:
    """Print the decision in words, and say on standard error where its record is."""
    from rlbench.analysis.report.decision_words import seeds_used

    if study.request.quiet:
        print(study.record)
        return
    for sentence in study.sentences:
        print(sentence)
    most = len(study.plan.labels) * len(study.plan.envs) * len(study.request.seeds)
    tell(f"Runs: {seeds_used(study.looks)}, of {most} at most")
    tell(f"Record: {study.record}")
