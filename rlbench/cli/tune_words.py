"""What `rlbench tune` prints: its plan, the ranking after each rung, and the report. Imports pandas and SciPy."""

import shlex
from collections.abc import Mapping
from typing import Any

from rlbench import __version__
from rlbench.cli.columns import columns
from rlbench.cli.drawing import into_files
from rlbench.cli.streams import tell
from rlbench.layout import REPORT_FOLDER
from rlbench.search.tune_domains import as_toml, say_value
from rlbench.search.tune_files import BEST_FILE, TABLE_FILE
from rlbench.search.tune_search import Search
from rlbench.search.tune_space import Space
from rlbench.sweep.words import say_seeds

MOST_ROWS = 10
"""Settings that are shown of a ranking; trials.csv has them all."""
MOST_COLUMNS = 6
"""Of more searched settings only those that are not the default's are shown, in one column."""
LONGEST_CELL = 80
FEW_TRIALS = 4
"""With fewer trials than so many times the searched settings, the plan advises to search fewer settings."""


def say_plan(search: Search) -> None:
    """Say on standard error what is searched, how long, and on which seeds, with notes."""

    request, effort, space = search.request, search.effort, search.space
    tell(f"rlbench {__version__}: {len(search.trials)} settings of {space.algorithm} on {', '.join(request.envs)}")
    rows = [
        (name, str(domain), f"default {say_value(space.base[name])}", _say_condition(space, name))
        for name, domain in space.domains.items()
    ]
    tell("\n".join(f"  {line}" for line in columns(rows)))
    if space.fixed:
        tell(f"  fixed: {', '.join(f'{name}={say_value(value)}' for name, value in space.fixed.items())}")
    envs = f" x {len(request.envs)} environments" if len(request.envs) > 1 else ""
    for place, rung in enumerate(search.rungs):
        many = f"{rung.trials} settings{envs} x {len(request.seeds)} seeds"
        tell(f"  rung {place + 1}: {many} x {rung.steps:,} transitions")
    own, report = search.total_steps()
    again = " at most, as some runs are made longer" if search.longer and len(search.rungs) > 1 else ""
    tell(f"  search {own:,} transitions{again}, seeds {say_seeds(request.seeds)}")
    if report:
        tell(f"  report {report:,} transitions, seeds {say_seeds(effort.report_seeds)}")
    tell(f"  device {request.device} ({request.device_reason}), cores {request.cores}, files in {request.out}")
    for note in [*search.notes, *space.notes, *_advice(search)]:
        tell(f"note: {note}")


def _say_condition(space: Space, name: str) -> str:

    condition = space.conditions.get(name)
    return f"where {condition.setting}={say_value(condition.value)}" if condition else ""


def _advice(search: Search) -> list[str]:
    count, trials = len(search.space.domains), len(search.trials)
    if trials >= FEW_TRIALS * count:
        return []
    return [
        f"{trials} trials are few for {count} settings. Name those that are likely to matter, with --search, or raise "
        "--trials."
    ]


def say_space_as_toml(space: Space) -> str:
    """The search space as a --config file has it."""

    lines = ["[search]", *(f"{name} = {as_toml(domain)}" for name, domain in space.domains.items())]
    if space.fixed:
        lines += ["", "[fix]", *(f"{name} = {as_toml(value)}" for name, value in space.fixed.items())]
    return "\n".join(lines)


def show_ranking(search: Search) -> None:
    """Say on standard error the settings of the rung that has ended, the best first, a line each."""
    found, space = search.found[-1], search.space
    going_on = search.standing if search.winner is None else [search.winner]
    envs = search.request.envs if len(search.request.envs) > 1 else ()
    wide = len(space.domains) > MOST_COLUMNS
    rows = [("", "trial", "objective", *envs, *(["settings"] if wide else space.domains))]
    for each in found[:MOST_ROWS]:
        settings = search.trials[each.trial]
        objective = f"{each.objective:.3f}" if each.objective is not None else "failed" if each.failed else "diverged"
        tasks = [f"{each.tasks[env]:.3f}" if env in each.tasks else "-" for env in envs]
        values = [_say_setting(space, name, settings, wide) for name in space.domains]
        values = [_cut(" ".join(filter(None, values)))] if wide else values
        name = f"{each.trial} (default)" if each.trial == 0 else str(each.trial)
        rows.append((">" if each.trial in going_on else "", name, objective, *tasks, *values))
    tell("\n".join(f"  {line}" for line in columns(rows)))
    if len(found) > MOST_ROWS:
        tell(f"  and {len(found) - MOST_ROWS} more in {search.out / TABLE_FILE}")
    worst = [str(each.trial) for each in found if each.objective is None]
    if worst:
        tell(f"note: counted as worst, as a run diverged or failed: trial {', '.join(worst)}")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _say_setting(space: Space, name: str, settings: Mapping[str, Any], named: bool) -> str:
    """A setting's value as a cell; `named`: with its name, and empty where it is the default's."""
    if space.is_idle(name, settings):
        return "" if named else "-"
    value = say_value(settings[name])
    return value if not named else f"{name}={value}" if settings[name] != space.base[name] else ""


def draw_figure(search: Search) -> None:
    """Draw the search into files of its folder."""
    with into_files():
        from rlbench.search.tune_figure import draw_search

        draw_search(search)


def conclude(search: Search) -> None:
    """Print the report, and say on standard error where the files are."""

    best = search.out / BEST_FILE
    if search.request.quiet:
        print(best)
        return
    for line in say_gain(search):
        print(line)
    if search.comparison:
        for line in [*search.comparison.conclusion, *search.comparison.limits]:
            print(line)
    envs = [word for env in search.request.envs for word in ("--env", env)]
    spent = sum(sum(costs.values()) for costs in search.costs)
    tell(f"Cost of the search: {spent:,} transitions")
    tell(f"Files: {search.out}")
    if search.comparison:
        tell(f"See its curves: {shlex.join(['rlbench', 'plot', str(search.out / REPORT_FOLDER)])}")
    if search.winner:
        command = ["rlbench", "run", search.space.algorithm, "--config", str(best), *envs]
        tell(f"Use it: {shlex.join(command)}")


def say_gain(search: Search) -> list[str]:
    """How the winner did in the search, and what is left of it on fresh seeds."""
    winner, best = search.winner, search.found[-1][0].objective
    if winner is None or winner == 0:
        return [f"The default has won, with {best:.3f}: no setting that was tried did better."]
    lines = [f"Trial {winner} has won the search with {best:.3f}. That is too high, because it won."]
    if winner not in search.report:
        return [*lines, "There is no report, so how much better it is than the default is not known."]
    fresh, default = (
        "a run diverged" if each.objective is None else f"{each.objective:.3f}"
        for each in (search.report[winner], search.report[0])
    )
    return [*lines, f"On fresh seeds: trial {winner} {fresh}, the default {default}."]
