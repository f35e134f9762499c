"""The beginning of a search over settings: its space, its rungs, and settings that can be trained."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from rlbench.analysis.frames.tuning import Ends, scales_of
from rlbench.errors import Fault, UserError
from rlbench.search.records import refuse_other_plan
from rlbench.search.tune_draw import draw
from rlbench.search.tune_files import RECORD_FILE, describe_plan
from rlbench.search.tune_plan import Effort, make_rungs
from rlbench.search.tune_runs import budget_independent, label_of, request_for, start_over
from rlbench.search.tune_search import Search
from rlbench.search.tune_space import Space, refusals, space_of
from rlbench.sweep.launchers.contract import Launcher
from rlbench.sweep.lookup import LookedUp, foreign_names, look_up
from rlbench.sweep.request import Request

ROUNDS, LARGEST_ROUND = 6, 500
"""How often settings that cannot be trained are replaced by others, each time from twice as many, and how many."""
OTHER_PLAN = "A search keeps its plan: give the command of before, or choose another --out, or --fresh"


def begin(request: Request, effort: Effort, launcher: Launcher) -> Search:
    """Begin a search, or resume one; a UserError where it cannot be carried out, or the record has another plan."""
    search = make_search(request, effort, launcher)
    if request.fresh:
        start_over(search.out)
    else:
        refuse_other_plan(search.out / RECORD_FILE, describe_plan(search), "a search", OTHER_PLAN)
    return search


def make_search(request: Request, effort: Effort, launcher: Launcher) -> Search:
    """Plan a search; a UserError where it cannot be carried out. No file is looked at."""
    [algorithm] = request.algorithms
    foreign = foreign_names((algorithm,), {}, request.envs)
    space = launcher.ask(space_of, algorithm, dict(effort.search), dict(effort.fix), parts=foreign.parts(algorithm))
    scales = _scales(request.envs, effort)
    default = _look_up(request, space, [space.base], launcher)
    for (env, _), reason in default.failed.items():
        raise Fault(f"{algorithm} on {env}: {reason}")
    batches = [batch or default.worlds[pair] for pair, batch in default.batches.items()]
    rungs = make_rungs(effort.trials, request.steps, effort.reduction_factor, effort.rungs, max(batches))
    trials, looked_up, notes = _choose(request, effort, space, rungs[0].steps, launcher)
    parts = foreign.parts(algorithm)
    alike = effort.score == "final" or request.eval_every is not None  # else a longer run has more evaluations
    longer = launcher.ask(budget_independent, algorithm, dict(enumerate(trials)), parts=parts) if alike else []
    begun = replace(request, fresh=False)  # with --fresh earlier runs are moved aside here, once for all rungs
    return Search(begun, effort, space, rungs, trials, looked_up, scales, frozenset(longer), notes)


def _scales(envs: Sequence[str], effort: Effort) -> dict[str, Ends]:
    """The scale of each environment; a lone one without a scale is measured in its own returns."""
    for env in effort.scales:
        if env not in envs:
            raise UserError(f"--scale {env}: it is not among the environments of this search ({', '.join(envs)}).")
    scales, without = scales_of(envs, effort.scales)
    if without and len(envs) > 1:
        raise UserError(
            f"{without[0]} has no scale, and returns of several environments are not alike.",
            f"Name the returns that are to be 0 and 1: --scale {without[0]}=LOW,HIGH",
        )
    return scales | dict.fromkeys(without, (0.0, 1.0))


def _choose(
    request: Request, effort: Effort, space: Space, steps: int, launcher: Launcher
) -> tuple[list[dict[str, Any]], LookedUp, list[str]]:
    """The first settings of the sequence that can be trained in so many steps, what is known of them, and notes."""
    stream = draw(space, effort.trials, effort.search_seed)
    tried: list[tuple[dict[str, Any], str | None]] = []
    for attempt in range(ROUNDS):
        missing = effort.trials - sum(reason is None for _, reason in tried)
        drawn = list(islice(stream, min(missing * 2**attempt, max(missing, LARGEST_ROUND))))
        tried += zip(drawn, _misfits(request, space, drawn, steps, launcher), strict=True)
        kept = [settings for settings, reason in tried if reason is None][: effort.trials]
        if len(kept) == effort.trials:
            used = tried[: 1 + max(place for place, (settings, _) in enumerate(tried) if settings is kept[-1])]
            return kept, _look_up(request, space, kept, launcher), _say_replaced([each for _, each in used if each])
    last = next(reason for _, reason in reversed(tried) if reason)
    raise UserError(
        f"Of {len(tried)} settings that were drawn only {len(kept)} can be trained; another: {last}.",
        "Narrow the ranges with --search, or raise --steps.",
    )


def _say_replaced(reasons: Sequence[str]) -> list[str]:
    if not reasons:
        return []
    what = "1 setting that was drawn was" if len(reasons) == 1 else f"{len(reasons)} settings that were drawn were"
    return [f"{what} replaced by the next: {reasons[0]}"]


def _misfits(
    request: Request, space: Space, drawn: Sequence[dict[str, Any]], steps: int, launcher: Launcher
) -> list[str | None]:
    """For each of these settings why it cannot be trained in so many steps, or None."""
    parts = foreign_names((space.algorithm,), {}, request.envs).parts(space.algorithm)
    found = launcher.ask(refusals, space.algorithm, drawn, parts=parts)
    allowed = [place for place, reason in enumerate(found) if reason is None]
    if allowed:
        looked_up = _look_up(request, space, [drawn[place] for place in allowed], launcher)
        for number, place in enumerate(allowed):
            found[place] = _misfit(looked_up, request.envs, label_of(number), steps)
    return found


def _misfit(looked_up: LookedUp, envs: Sequence[str], label: str, steps: int) -> str | None:
    """Why a setting cannot be trained in so many steps."""
    for env in envs:
        if reason := looked_up.failed.get((env, label)):
            return reason
        batch = looked_up.batches[env, label] or looked_up.worlds[env, label]
        if batch > steps:
            return f"one batch is {batch:,} transitions, more than the {steps:,} of the first rung"
    return None


def _look_up(request: Request, space: Space, trials: Sequence[Mapping[str, Any]], launcher: Launcher) -> LookedUp:
    variants = {label_of(trial): settings for trial, settings in enumerate(trials)}
    return look_up(request_for(request, space.algorithm, variants), launcher.ask)
