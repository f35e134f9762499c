"""Search over settings: many settings are trained shortly, the best of them longer, and the winner is then compared
with the default on seeds that had no part in the search.

A search is a pure function of the plan and of the runs in its folder. So the same command resumes an earlier one:
runs that have ended are not trained again, and every rung has the same numbers. What has been found so far is written
to `search.json` after each rung.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rlbench.analysis.frames.seed_scores import seed_scores
from rlbench.analysis.frames.tuning import Scored, ranked, score_trial
from rlbench.analysis.options import ComparisonOptions
from rlbench.analysis.reading.results import choice_of
from rlbench.analysis.report.compare import make_comparison
from rlbench.errors import Fault
from rlbench.layout import COMPLETE_STATUSES, REPORT_FOLDER, run_folder, rung_folder
from rlbench.search.tune_begin import begin
from rlbench.search.tune_files import write_files
from rlbench.search.tune_plan import Effort
from rlbench.search.tune_runs import (
    COPIED_STATUSES,
    copy_shorter,
    failed_trials,
    label_of,
    report_labels,
    request_for,
    spent,
    unfinished,
)
from rlbench.search.tune_search import Begun, Ranked, Reported, Search
from rlbench.sweep.events import OnEvent, ignore
from rlbench.sweep.launchers.contract import Launcher
from rlbench.sweep.lookup import look_up
from rlbench.sweep.request import Request
from rlbench.sweep.sweep import Sweep, open_launcher, prepare_pairs, train


def run_search(
    request: Request, effort: Effort, on_event: OnEvent = ignore, stopped: Sequence[BaseException] = ()
) -> Search:
    """Search, report, and write the files of the search.

    `on_event` receives Begun, then for each rung the events of a sweep and Ranked, then those of the report and
    Reported. A UserError or Fault where the search cannot begin, or no setting could be trained. A request that is at
    fault in a job ends the search: the job is in its states.
    """
    with open_launcher(request, on_event) as (resolved, launcher):
        search = begin(resolved, effort, launcher)
        sweep = next_rung(search, launcher)  # a request that cannot be carried out is refused before the first event
        on_event(Begun(search))
        while sweep:
            if not _train(search, sweep, launcher, on_event, stopped):
                return search
            take_in(search, sweep)
            on_event(Ranked(search))
            sweep = next_rung(search, launcher)
        if search.effort.report_seeds and search.winner != 0:
            sweep = prepare_report(search, launcher)
            if _train(search, sweep, launcher, on_event, stopped) and not any(state.failed for state in sweep.states):
                take_in_report(search)
                on_event(Reported(search))
    return search


def _train(
    search: Search, sweep: Sweep, launcher: Launcher, on_event: OnEvent, stopped: Sequence[BaseException]
) -> bool:
    """Train a rung or the report; False where the request was at fault, so that nothing can be concluded."""
    on_event(sweep)
    search.states.extend(sweep.states)
    train(sweep.states, launcher, on_event, stopped)
    return not any(state.failed and state.failed.mendable for state in sweep.states)


def next_rung(search: Search, launcher: Launcher) -> Sweep | None:
    """The runs of the next rung that have not ended; None where there are no more rungs."""
    place = len(search.found)
    if place == len(search.rungs):
        return None
    rung, out = search.rungs[place], rung_folder(search.out, place)
    labels = [label_of(trial) for trial in search.standing]
    request = _request(search, rung.steps, out)
    if place:
        longer = [label_of(trial) for trial in search.standing if trial in search.longer]
        copy_shorter(request, rung_folder(search.out, place - 1), longer)
    pairs = [(env, label) for env in request.envs for label in labels]
    return unfinished(prepare_pairs(request, search.looked_up, launcher, pairs))


def _request(search: Search, steps: int, out: Path) -> Request:
    """The request of a rung. Where the score is the last value alone, its runs are evaluated only at the end."""
    spacing = search.request.eval_every
    if spacing is None and search.effort.score == "final":
        spacing = 0
    variants = {label_of(trial): settings for trial, settings in enumerate(search.trials)}
    return replace(
        request_for(search.request, search.space.algorithm, variants), steps=steps, out=out, eval_every=spacing
    )


def take_in(search: Search, sweep: Sweep) -> None:
    """Read the scores of the rung that was trained last, rank its settings, and write the files of the search.

    A Fault where not one setting was trained to its end.
    """
    place, failed = len(search.found), failed_trials(sweep.states)
    out, standing = rung_folder(search.out, place), search.standing
    trained = {label_of(trial): trial for trial in standing if label_of(trial) not in failed}
    found = _read_scores(search, out, trained, search.request.seeds)
    found += [Scored(trial, {}, failed=failed[label_of(trial)]) for trial in standing if label_of(trial) in failed]
    if not any(each.tasks for each in found):
        first = next((each.failed for each in found if each.failed), "every one has runs that diverged")
        raise Fault(
            f"No setting of rung {place + 1} was trained to its end: {first}. Narrow the ranges with --search, or look "
            f"at the runs in {out}"
        )
    search.costs.append({trial: _cost(search, place, trial) for trial in standing})
    search.found.append(ranked(found))
    write_files(search)


def _cost(search: Search, place: int, trial: int) -> int:
    """Transitions of a trial in a rung, without those that a shorter run executed before."""
    seeds, envs, label = search.request.seeds, search.request.envs, label_of(trial)
    own, before = (
        spent([run_folder(rung_folder(search.out, each), env, label, seed) for env in envs for seed in seeds], statuses)
        for each, statuses in ((place, COMPLETE_STATUSES), (place - 1, COPIED_STATUSES))
    )
    return own - before if place and trial in search.longer else own


def _read_scores(search: Search, out: Path, trials: Mapping[str, int], seeds: Sequence[int]) -> list[Scored]:
    """The scores of trials, given by label, on these seeds."""
    effort, scores = search.effort, {}
    for env in search.request.envs:
        folders = [run_folder(out, env, label, seed) for label in trials for seed in seeds]
        read = iter(seed_scores(folders, effort.metric, effort.score)) if folders else iter(())
        scores[env] = {label: [next(read) for _ in seeds] for label in trials}
    return [
        score_trial(trial, {env: own[label] for env, own in scores.items()}, search.scales)
        for label, trial in trials.items()
    ]


def prepare_report(search: Search, launcher: Launcher) -> Sweep:
    """The runs of the default and of the winner on the seeds of the report that have not ended."""
    assert search.winner is not None
    labels = report_labels(search.space.algorithm)
    variants = dict(zip(labels, (search.trials[0], search.trials[search.winner]), strict=True))
    request = request_for(search.request, search.space.algorithm, variants)
    request = replace(request, seeds=search.effort.report_seeds, out=search.out / REPORT_FOLDER)
    looked_up = look_up(request, launcher.ask)
    pairs = [(env, label) for env in request.envs for label in labels]
    return unfinished(prepare_pairs(request, looked_up, launcher, pairs))


def take_in_report(search: Search) -> None:
    """Compare the winner with the default on the seeds of the report, and write the files of the search."""
    assert search.winner is not None
    out, seeds = search.out / REPORT_FOLDER, search.effort.report_seeds
    labels = report_labels(search.space.algorithm)
    trials = dict(zip(labels, (0, search.winner), strict=True))
    search.report = {each.trial: each for each in _read_scores(search, out, trials, seeds)}
    options = ComparisonOptions(metric=search.effort.metric, score=search.effort.score)
    search.comparison = make_comparison(choice_of(out, search.request.envs, labels), options)
    write_files(search)
