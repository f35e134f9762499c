"""`rlbench tune`: search over an algorithm's settings, and compare the best with the default on fresh seeds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rlbench.analysis.options import Metric, Score
from rlbench.cli.completion import complete_algorithm
from rlbench.cli.run import AcceptChangedCode, Device, Env, EvalEvery, Fresh, GpuBuffers, NumWorkers, Quiet, Steps
from rlbench.cli.streams import keep_going_without_a_reader, tell
from rlbench.cli.training import Screen, going_on, say_failures, stopped_by_signals

if TYPE_CHECKING:
    from rlbench.search.tune_plan import Effort
    from rlbench.search.tune_search import Search
    from rlbench.sweep.request import Request
    from rlbench.sweep.sweep import Sweep


def tune(
    algorithm: Annotated[
        str | None,
        typer.Argument(
            metavar="ALGORITHM",
            help="Its name, see rlbench list.",
            show_default=False,
            autocompletion=complete_algorithm,
        ),
    ] = None,
    env: Env = None,
    trials: Annotated[
        str | None, typer.Option(metavar="N", help="Settings to try, the default among them. (default: 16)")
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Of each trial: 3 is seeds 100000 to 100002; or a range. (default: 3)"),
    ] = None,
    steps: Steps = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUES]",
            help="Search this setting: KEY alone around its default, KEY=1e-4..1e-2:log, KEY=64,64/256,256; all: every "
            "setting that has a range. Repeat it for several. (default: all)",
        ),
    ] = None,
    fix: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Give a setting this value in all trials.")
    ] = None,
    report_seeds: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS", help="Fresh seeds of the winner and of the default: 10 is 0 to 9; 0: none. (default: 10)"
        ),
    ] = None,
    rungs: Annotated[
        str | None,
        typer.Option(metavar="N", help="Of successive halving; 1 trains all in full. (default: 1 to 3)"),
    ] = None,
    reduction_factor: Annotated[
        str | None,
        typer.Option(metavar="N", help="One setting in N goes on to the next rung, for N times as long. (default: 3)"),
    ] = None,
    search_seed: Annotated[
        str | None, typer.Option(metavar="N", help="The seed that settings are drawn from. (default: 0)")
    ] = None,
    metric: Annotated[
        Metric | None,
        typer.Option(help="Evaluations by the mean action or by sampled actions, or training returns."),
    ] = None,
    score: Annotated[
        Score | None,
        typer.Option(help="Of each seed: its last value, its highest, or the area under its curve by its length."),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=LOW,HIGH", help="The returns that are 0 and 1 where rlbench has no scale for a task."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where the files go. (default: tuning/ALGORITHM)")
    ] = None,
    device: Device = None,
    gpu_buffers: GpuBuffers = None,
    workers: NumWorkers = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A TOML file of these options, with tables search, fix and scale."),
    ] = None,
    eval_every: EvalEvery = None,
    show: Annotated[bool, typer.Option("--show", help="Print what would be searched, and train nothing.")] = False,
    fresh: Fresh = False,
    accept_changed_code: AcceptChangedCode = False,
    quiet: Quiet = False,
) -> int:
    """Find better settings, and say honestly how much better they are.

    Many settings are trained shortly on all environments, the best of them longer. Then the winner and the default are
    trained with fresh seeds and compared: the score with which a setting has won is too high, because it won.

    The same command again resumes where it was stopped. Use the result: rlbench run ALGORITHM --config best.toml

    Exit status: 0 all good, 1 a job failed, or a seed of the report diverged; 2 bad input.
    """
    given = {key: value for key, value in locals().items() if key not in ("config", "show")}
    from rlbench.search.tune_request import read_tuning

    keep_going_without_a_reader()
    request, effort = read_tuning(given, config, ("rlbench", *sys.argv[1:]))
    if show:
        return show_plan(request, effort)
    return follow(request, effort, going_on())


def show_plan(request: "Request", effort: "Effort") -> int:
    """Print the search space as a --config file has it, after the plan on standard error."""
    from rlbench.cli.tune_words import say_plan, say_space_as_toml
    from rlbench.search.tune_begin import make_search
    from rlbench.sweep.sweep import open_launcher

    with open_launcher(request) as (resolved, launcher):
        search = make_search(resolved, effort, launcher)
    say_plan(search)
    tell("\nTo change it, put this into a file for --config, and edit it:\n")
    print(say_space_as_toml(search.space))
    return 0


def follow(request: "Request", effort: "Effort", again: str) -> int:
    """Search, and display the progress; the exit status."""
    from rlbench.cli.tune_words import conclude, draw_figure, say_plan, show_ranking
    from rlbench.search.tune import run_search
    from rlbench.search.tune_search import Begun, Ranked, Reported
    from rlbench.sweep.state import exit_status

    stage = ""

    def show(event: Any) -> None:
        nonlocal stage
        match event:
            case Begun():
                stage = say_stage(event.search)
                if not request.quiet:
                    say_plan(event.search)
            case Ranked():
                screen.close()
                stage = say_stage(event.search)
                if not request.quiet:
                    show_ranking(event.search)
            case Reported():
                screen.close()
            case _:
                screen.show(event)

    def begin_sweep(sweep: "Sweep") -> None:
        if not request.quiet:
            tell(f"\n{stage}" if sweep.states else f"\n{stage}: all runs are there")
        for warning in sweep.warnings:
            tell(f"warning: {warning}")

    with stopped_by_signals(again) as stopped, Screen(request.quiet, begin=begin_sweep) as screen:
        search = run_search(request, effort, show, stopped)
    if search.winner is not None:
        draw_figure(search)
        conclude(search)
    say_failures(search.states, again)
    if search.unconcluded:
        return exit_status(search.unconcluded)
    failed = any(state.failed for state in search.states)
    return 1 if failed or any(each.diverged for each in search.report.values()) else 0


def say_stage(search: "Search") -> str:
    """What is trained next, in one line."""
    place = len(search.found)
    if place < len(search.rungs):
        rung = search.rungs[place]
        return f"Rung {place + 1} of {len(search.rungs)}: {rung.trials} settings, {rung.steps:,} transitions a seed"
    return f"Report: the default and trial {search.winner} on fresh seeds"
