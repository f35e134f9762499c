"""Whether the record of a decision says what its scores give, and whether these are the scores of its runs.

A decision is a pure function of its plan and of the runs, so everything in a record can be computed again. The folder
may be a stranger's: numbers and names of a record are checked before they are used, and bounded.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from rlbench.analysis.frames.decisions import Look, Pair, Plan, Scores, as_record, judge, undecided_pairs
from rlbench.analysis.frames.seed_scores import seed_scores
from rlbench.analysis.options import Metric, Score
from rlbench.analysis.reading.integrity import where
from rlbench.analysis.report.decision_words import verdicts
from rlbench.analysis.statistics.divisions import DRAWN, EXACT
from rlbench.analysis.statistics.sequential import Design
from rlbench.analysis.text import listed, shown
from rlbench.errors import UserError
from rlbench.json_file import read_object
from rlbench.layout import DECISION_FORMAT, LARGEST_RECORD, run_folder

MOST_COMPARISONS, MOST_SEEDS, LARGEST_GROUP = 2_000, 10_000, 500
"""What is recomputed: more would take minutes, or gigabytes."""
LABEL = re.compile(r"[a-z0-9][A-Za-z0-9._=+-]{0,199}")
CLOSE = 1e-9
"""Numbers that differ by less than this share are equal: another machine may round otherwise."""
AGAIN = "the same rlbench decide makes it anew from the runs"


@dataclass
class RecordCheck:
    """What was found in one record."""

    path: Path
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    again: str = AGAIN
    """What makes the record anew."""

    def wrong(self, what: str) -> None:
        self.problems.append(f"{where(self.path)}: {what}; {self.again}")


class BadRecord(Exception):
    """Why a file is no record of a decision."""


@dataclass(frozen=True)
class Record:
    """A record as it was read: its plan, and the scores of each look."""

    content: Mapping[str, Any]
    plan: Plan
    seeds: tuple[int, ...]
    metric: Metric
    score: Score
    history: list[Scores]


def check_record(path: Path) -> RecordCheck:
    """Verify one record, which is in the folder `decisions` of the results folder whose runs it is about."""
    check = RecordCheck(path)
    try:
        record = read_record(path)
    except BadRecord as error:
        check.wrong(str(error))
        return check
    except OSError as error:
        check.problems.append(f"{where(path)}: it cannot be read: {error.strerror}; look at its permissions")
        return check
    plan = record.plan
    too_large = len(plan.comparisons) > MOST_COMPARISONS or max(plan.design.groups) > LARGEST_GROUP
    if too_large or record.content["plan"].get("divisions") != {"all_up_to": EXACT, "else_drawn": DRAWN}:
        why = "it is too large" if too_large else "another version of rlbench made it"
        check.notes.append(f"{where(path)}: its looks were not computed again, as {why}")
    else:
        check_looks(check, record)
    check_scores(check, record)
    return check


def check_looks(check: RecordCheck, record: Record) -> None:
    """The recorded comparisons and verdicts are those that the recorded scores give."""
    content, plan = record.content, record.plan
    looks: list[Look] = []
    for number, scores in enumerate(record.history, 1):
        if set(scores) != set(undecided_pairs(plan, looks)):
            check.wrong(f"look {number} has not the scores of all that was undecided before it, and of nothing else")
            return
        looks = judge(plan, record.history[:number])
    for number, (told, computed) in enumerate(zip(content["looks"], as_record(looks), strict=True), 1):
        if not alike(told.get("comparisons"), computed["comparisons"]):
            check.wrong(f"the comparisons of look {number} are not those that its scores give")
    ended = not undecided_pairs(plan, looks)
    if content.get("ended") is not ended:
        check.wrong(f"it says that the decision has {'not ' if ended else ''}ended, and its scores say otherwise")
    if content.get("verdicts") != verdicts(plan, looks):
        check.wrong("its verdicts are not those that its scores give")


def check_scores(check: RecordCheck, record: Record) -> None:
    """The recorded scores are those of the runs, as far as the runs are there."""
    out = check.path.parent.parent
    missing: list[str] = []
    for number, scores in enumerate(record.history, 1):
        for env in dict.fromkeys(env for env, _ in scores):
            labels = [label for each, label in scores if each == env]
            seeds = record.seeds[: record.plan.design.seeds[number - 1]]
            folders = [run_folder(out, env, label, seed) for label in labels for seed in seeds]
            absent = [where(folder) for folder in folders if not folder.is_dir()]
            if absent:
                missing += absent
                continue
            try:
                found = seed_scores(folders, record.metric, record.score)
            except UserError as error:
                check.wrong(f"the scores of look {number} cannot be read from the runs: {error}")
                return
            told = [value for label in labels for value in scores[env, label]]
            differing = [where(folder) for folder, *pair in zip(folders, told, found, strict=True) if not alike(*pair)]
            if differing:
                check.wrong(f"the scores of look {number} are not those of the runs: {listed(differing, 3)}")
                return
    if missing:
        gone = listed(dict.fromkeys(missing), 3)
        check.notes.append(f"{where(check.path)}: not compared with runs that are not there: {gone}")


def alike(one: Any, other: Any) -> bool:
    """Whether two pieces of JSON say the same, but for rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if is_number(one) and is_number(other):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(one) is type(other) and one == other


def read_record(path: Path) -> Record:
    """The record; a BadRecord says what is wrong with it."""
    try:
        content = read_object(path, LARGEST_RECORD)
    except ValueError as error:
        raise BadRecord(str(error)) from None
    if content.get("format") != DECISION_FORMAT:
        raise BadRecord(f"it is no record of a decision in format {DECISION_FORMAT}")
    try:
        return make_record(content)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadRecord("its plan or its looks are incomplete") from None


def make_record(content: Mapping[str, Any]) -> Record:
    """The record out of its JSON. Raises BadRecord, or KeyError, TypeError and the like where a part is missing."""
    told = content["plan"]
    groups = tuple(told["groups"])
    if not groups or not all(type(group) is int and group > 0 for group in groups) or sum(groups) > MOST_SEEDS:
        raise BadRecord(f"its groups of seeds are {shown(str(groups), 60)}")
    labels, envs, baseline = tuple(told["algorithms"]), tuple(told["envs"]), told["baseline"]
    if len(labels) < 2 or not envs or not all(isinstance(env, str) for env in envs) or baseline not in (None, *labels):
        raise BadRecord("its plan does not name two algorithms and an environment")
    for label in labels:
        if not LABEL.fullmatch(label):
            raise BadRecord(f"no algorithm or variant can be called {shown(label, 60)!r}")
    if told["metric"] not in get_args(Metric) or told["score"] not in get_args(Score) or not 0 < told["alpha"] < 1:
        raise BadRecord("its metric, score or alpha is none")
    plan = Plan(labels, envs, Design(groups, told["alpha"]), baseline)
    seeds = read_seeds(told["seeds"])
    if len(seeds) != sum(groups):
        raise BadRecord(f"its plan has {len(seeds)} seeds, and its groups {sum(groups)}")
    history = [read_scores(look, plan, number) for number, look in enumerate(content["looks"])]
    return Record(content, plan, seeds, told["metric"], told["score"], history)


def read_seeds(text: str) -> tuple[int, ...]:
    """Seeds as a record has them: `0-4,7`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if int(last or first) - int(first) >= MOST_SEEDS:
            raise ValueError
        found.extend(range(int(first), int(last or first) + 1))
    return tuple(found)


def read_scores(look: Mapping[str, Any], plan: Plan, number: int) -> Scores:
    """The scores of one look, each a number, or null for a seed that diverged."""
    if number >= len(plan.design.groups) or look["seeds"] != plan.design.seeds[number]:
        raise BadRecord(f"look {number + 1} is none of its plan")
    found: dict[Pair, Sequence[float | None]] = {}
    for env, labels in look["scores"].items():
        for label, values in labels.items():
            known = env in plan.envs and label in plan.labels
            if not known or len(values) != look["seeds"] or not all(map(is_score, values)):
                raise BadRecord(f"look {number + 1} has odd scores of {shown(label, 60)} on {shown(env, 60)}")
            found[env, label] = values
    return found


def is_score(value: Any) -> bool:
    return value is None or (is_number(value) and math.isfinite(value))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
