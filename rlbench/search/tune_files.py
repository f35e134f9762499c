"""The files of a search over settings: its record, a table of its trials, and the winner as a --config file."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rlbench.analysis.frames.tuning import OBJECTIVE, Scored
from rlbench.files import replace_file
from rlbench.layout import SEARCH_FILE, SEARCH_FORMAT
from rlbench.search.records import as_json, write_record
from rlbench.search.tune_domains import as_toml, say_value
from rlbench.sweep.words import say_seeds

if TYPE_CHECKING:
    from rlbench.search.tune_search import Search

RECORD_FILE, TABLE_FILE, BEST_FILE, FIGURE = SEARCH_FILE, "trials.csv", "best.toml", "tuning"
"""Names of files; of the figure without an ending."""


def write_files(search: "Search") -> None:
    """Write what has been found so far; `best.toml` once the last rung has ended."""
    search.out.mkdir(parents=True, exist_ok=True)
    replace_file(search.out / TABLE_FILE, trials_csv(search).encode())
    if search.winner is not None:
        replace_file(search.out / BEST_FILE, best_toml(search).encode())
    write_record(search.out / RECORD_FILE, describe(search))


def describe(search: "Search") -> dict[str, Any]:
    """The content of the record."""
    comparison = search.comparison
    return {
        "format": SEARCH_FORMAT,
        "plan": describe_plan(search),
        "rungs": [
            {
                "steps": rung.steps,
                "transitions": sum(costs.values()),
                "ranking": [_describe_trial(each) for each in found],
            }
            for rung, found, costs in zip(search.rungs, search.found, search.costs)
        ],
        "winner": search.winner,
        "report": comparison
        and {
            "default": _describe_trial(search.report[0]),
            "tuned": _describe_trial(search.report[search.winner or 0]),
            "verdicts": comparison.verdicts,
            "limits": comparison.limits,
        },
    }


def _describe_trial(each: Scored) -> dict[str, Any]:
    return {
        "trial": each.trial,
        "objective": each.objective,
        "environments": each.tasks,
        "scores": each.scores,
        "failed": each.failed,
    }


def describe_plan(search: "Search") -> dict[str, Any]:
    """The plan, which must not change when a search is resumed."""
    request, effort, space = search.request, search.effort, search.space
    return as_json(
        {
            "algorithm": space.algorithm,
            "envs": request.envs,
            "search": {name: str(domain) for name, domain in space.domains.items()},
            "fixed": space.fixed,
            "trials": len(search.trials),
            "seeds": say_seeds(request.seeds),
            "report_seeds": say_seeds(effort.report_seeds),
            "steps": request.steps,
            "rungs": [[rung.steps, rung.trials] for rung in search.rungs],
            "eval_every": request.eval_every,
            "metric": effort.metric,
            "score": effort.score,
            "scales": search.scales,
            "objective": OBJECTIVE,
            "search_seed": effort.search_seed,
            "settings": search.trials,
        }
    )


def trials_csv(search: "Search") -> str:
    """A row for each setting in each rung, the best of a rung first."""
    envs, names = search.request.envs, list(search.space.base)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    head = ["rung", "steps", "rank", "trial", "goes_on", "objective", *(f"score.{env}" for env in envs)]
    rows.writerow([*head, "seeds", "diverged", "failed", "transitions", *(f"settings.{name}" for name in names)])
    for row in _rows(search):
        rows.writerow(row)
    return text.getvalue()


def _rows(search: "Search") -> Iterator[list[Any]]:
    for place, (found, costs) in enumerate(zip(search.found, search.costs)):
        last = place + 1 == len(search.rungs)
        going_on = 1 if last else search.rungs[place + 1].trials
        for rank, each in enumerate(found):
            settings = search.trials[each.trial]
            yield [
                place + 1,
                search.rungs[place].steps,
                rank + 1,
                each.trial,
                "true" if rank < going_on else "false",
                "" if each.objective is None else each.objective,
                *(each.tasks.get(env, "") for env in search.request.envs),
                len(search.request.seeds),
                each.diverged,
                each.failed,
                costs[each.trial],
                *(
                    "" if search.space.is_idle(name, settings) else say_value(settings[name])
                    for name in search.space.base
                ),
            ]


def best_toml(search: "Search") -> str:
    """The settings of the winner, all of them, as `rlbench run --config` takes them."""
    assert search.winner is not None
    space, settings = search.space, search.trials[search.winner]
    searched = {name: settings[name] for name in space.domains if not space.is_idle(name, settings)}
    others = {name: value for name, value in settings.items() if name not in searched}
    lines = [
        f"# The best of {len(search.trials)} settings of {space.algorithm} that rlbench tune tried on "
        f"{', '.join(search.request.envs)}: trial {search.winner}.",
        f"# Use it: rlbench run {space.algorithm} --config {BEST_FILE} --env ID",
        "",
        f"[settings.{space.algorithm}]",
        *(f"{name} = {as_toml(value)}" for name, value in searched.items()),
    ]
    if others:
        lines += ["", "# not searched, or without effect here", *(f"{k} = {as_toml(v)}" for k, v in others.items())]
    return "\n".join(lines) + "\n"
