"""Whether the record of a search over settings says what its scores give, and whether these are the scores of its runs.

Objectives, rankings and the winner follow from the scores, and the scores from the runs, so all of them can be computed
again. The folder may be a stranger's: what a record says is checked before it is used, and bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from rlbench.analysis.frames.seed_scores import seed_scores
from rlbench.analysis.frames.tuning import OBJECTIVE, Scored, ranked, score_trial
from rlbench.analysis.options import Metric, Score
from rlbench.analysis.reading.integrity import where
from rlbench.analysis.report.decision_records import BadRecord, RecordCheck, alike, is_number, is_score, read_seeds
from rlbench.analysis.text import listed
from rlbench.errors import UserError
from rlbench.json_file import read_object
from rlbench.layout import LARGEST_RECORD, REPORT_FOLDER, SEARCH_FORMAT, run_folder, rung_folder

MOST_RUNS = 100_000
"""Runs of a search that are looked at: a record of more is not of this version."""
AGAIN = "the same rlbench tune makes it anew from the runs"


@dataclass(frozen=True)
class Ranking:
    """Settings that were compared, as the record has them, and where their runs are."""

    name: str
    folder: Path
    labels: Mapping[str, int]
    """The trial of each folder of runs."""
    told: Sequence[Mapping[str, Any]]
    seeds: tuple[int, ...]


def check_search(path: Path) -> RecordCheck:
    """Verify one record of a search, which is in the search's folder."""
    check = RecordCheck(path, again=AGAIN)
    try:
        content = read_object(path, LARGEST_RECORD)
        plan, rankings = read_rankings(content, path.parent)
    except OSError as error:
        check.problems.append(f"{where(path)}: it cannot be read: {error.strerror}; look at its permissions")
        return check
    except BadRecord as error:
        check.wrong(str(error))
        return check
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        check.wrong(f"it is no whole record of a search in format {SEARCH_FORMAT}")
        return check
    scales = {env: (float(low), float(high)) for env, (low, high) in plan["scales"].items()}
    for ranking in rankings:
        check_objectives(check, ranking, scales)
        check_scores(check, ranking, plan)
    check_order(check, content, plan)
    return check


def read_rankings(content: Mapping[str, Any], out: Path) -> tuple[Mapping[str, Any], list[Ranking]]:
    """The plan, and all that was compared. Raises BadRecord, or KeyError, TypeError and the like."""
    plan = content["plan"]
    if content["format"] != SEARCH_FORMAT or plan["objective"] != OBJECTIVE:
        raise BadRecord(f"it is no record of a search in format {SEARCH_FORMAT}, with the objective of today")
    if plan["metric"] not in get_args(Metric) or plan["score"] not in get_args(Score):
        raise BadRecord("its metric or its score is none")
    seeds, report = read_seeds(plan["seeds"]), content["report"]
    runs = len(plan["settings"]) * len(plan["rungs"]) * len(seeds) * len(plan["envs"])
    if not runs or runs > MOST_RUNS or len(content["rungs"]) > len(plan["rungs"]):
        raise BadRecord("its plan has no runs, or too many")
    rankings = []
    for place, rung in enumerate(content["rungs"]):
        labels = {f"trial-{int(each['trial'])}": each["trial"] for each in rung["ranking"]}
        rankings.append(Ranking(f"rung {place + 1}", rung_folder(out, place), labels, rung["ranking"], seeds))
    if report:
        told = [report["default"], report["tuned"]]
        labels = dict(zip((f"{plan['algorithm']}-default", f"{plan['algorithm']}-tuned"), (0, content["winner"])))
        rankings.append(Ranking("the report", out / REPORT_FOLDER, labels, told, read_seeds(plan["report_seeds"])))
    for ranking in rankings:
        for each in ranking.told:
            refuse_odd_scores(each, plan["envs"], len(ranking.seeds), ranking.name)
    return plan, rankings


def refuse_odd_scores(each: Mapping[str, Any], envs: Sequence[str], seeds: int, name: str) -> None:
    scores = each["scores"]
    if each["failed"] and not scores:
        return
    if list(scores) != list(envs) or any(len(own) != seeds or not all(map(is_score, own)) for own in scores.values()):
        raise BadRecord(f"{name} has odd scores of trial {each['trial']}")
    if each["objective"] is not None and not is_number(each["objective"]):
        raise BadRecord(f"{name} has an odd objective of trial {each['trial']}")


def computed(each: Mapping[str, Any], scales: Mapping[str, tuple[float, float]]) -> Scored:
    """A trial with the objective that its scores give."""
    if each["failed"]:
        return Scored(each["trial"], {}, failed=str(each["failed"]))
    return score_trial(each["trial"], each["scores"], scales)


def check_objectives(check: RecordCheck, ranking: Ranking, scales: Mapping[str, tuple[float, float]]) -> None:
    """The objectives are those that the scores give, and the best is first."""
    found = [computed(each, scales) for each in ranking.told]
    for each, own in zip(ranking.told, found, strict=True):
        if not alike([each["objective"], each["environments"]], [own.objective, own.tasks]):
            check.wrong(f"in {ranking.name}, the objective of trial {each['trial']} is not that of its scores")
            return
    if ranking.folder.name != REPORT_FOLDER and ranked(found) != found:
        check.wrong(f"{ranking.name} is not in the order of its objectives")


def check_order(check: RecordCheck, content: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """Each rung has the best of the one before, and the winner is the first of the last."""
    standing = set(range(len(plan["settings"])))
    rungs = [[each["trial"] for each in rung["ranking"]] for rung in content["rungs"]]
    for place, trials in enumerate(rungs):
        if set(trials) != standing or len(set(trials)) != len(trials):
            check.wrong(f"rung {place + 1} has not the settings that were to be tried in it")
            return
        following = plan["rungs"][place + 1][1] if place + 1 < len(plan["rungs"]) else 0
        standing = set(trials[:following])
    winner = rungs[-1][0] if len(rungs) == len(plan["rungs"]) else None
    if content["winner"] != winner:
        check.wrong(f"its winner is trial {content['winner']}, and by its last rung it is {winner}")


def check_scores(check: RecordCheck, ranking: Ranking, plan: Mapping[str, Any]) -> None:
    """The recorded scores are those of the runs, as far as the runs are there."""
    by_trial = {each["trial"]: each for each in ranking.told}
    labels = [label for label, trial in ranking.labels.items() if not by_trial[trial]["failed"]]
    if differing := list(_differing(ranking, labels, by_trial, plan, check)):
        check.wrong(f"the scores of {ranking.name} are not those of the runs: {listed(differing, 3)}")


def _differing(
    ranking: Ranking,
    labels: Sequence[str],
    by_trial: Mapping[int, Mapping[str, Any]],
    plan: Mapping[str, Any],
    check: RecordCheck,
) -> Iterator[str]:
    for env in plan["envs"]:
        folders = [run_folder(ranking.folder, env, label, seed) for label in labels for seed in ranking.seeds]
        if absent := [where(folder) for folder in folders if not folder.is_dir()]:
            check.notes.append(f"{where(check.path)}: not compared with runs that are not there: {listed(absent, 3)}")
            continue
        told = [value for label in labels for value in by_trial[ranking.labels[label]]["scores"][env]]
        try:
            found = seed_scores(folders, plan["metric"], plan["score"])
        except UserError as error:
            check.wrong(f"the scores of {ranking.name} cannot be read from the runs: {error}")
            return
        yield from (where(folder) for folder, *pair in zip(folders, told, found, strict=True) if not alike(*pair))
