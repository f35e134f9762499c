"""Decisions: seeds are trained in groups until a test tells which algorithm is better, or no seeds are left.

A decision is a pure function of the runs in the results folder. So the same command resumes an earlier one: finished
runs are not trained again, and every look has the same numbers. After each look the result is written to a record,
`decisions/NAME.json` in the results folder.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rlbench.analysis.frames.decisions import Look, Pair, Plan, Scores, as_record, judge, undecided_pairs
from rlbench.analysis.frames.seed_scores import seed_scores
from rlbench.analysis.report.decision_words import verdicts
from rlbench.analysis.statistics.divisions import DRAWN, EXACT
from rlbench.analysis.statistics.sequential import earliest_look, make_design
from rlbench.errors import Fault, UserError, nearest
from rlbench.layout import DECISION_FORMAT, DECISIONS_FOLDER, run_folder
from rlbench.search.question import Question
from rlbench.search.records import as_json, move_aside, refuse_other_plan, write_record
from rlbench.sweep.events import OnEvent, ignore
from rlbench.sweep.launchers.contract import Launcher
from rlbench.sweep.lookup import LookedUp, look_up
from rlbench.sweep.request import Request
from rlbench.sweep.spacing import common_spacing, notes_on_common_spacing
from rlbench.sweep.state import JobState
from rlbench.sweep.sweep import Sweep, open_launcher, prepare_pairs, train
from rlbench.sweep.words import say_seeds

LONGEST_NAME = 120
MOST_LOOKS = 100
OTHER_PLAN = (
    "A plan that changes after a look keeps no error rate: give the command of before, or choose another --out, or "
    "--fresh"
)
TEST = "group-sequential permutation test of the difference of means (AdaStop), Holm's correction over comparisons"


@dataclass
class Study:
    """The state of a decision."""

    request: Request
    """The request. Its seeds are all seeds that may be trained."""
    question: Question
    looked_up: LookedUp
    plan: Plan
    record: Path
    notes: list[str]
    """Notes on options without effect, and on what differs from the default because of existing runs."""
    history: list[Scores] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    states: list[JobState] = field(default_factory=list)
    """The states of all jobs so far."""

    @property
    def sentences(self) -> list[str]:
        """The result so far, in sentences."""
        return verdicts(self.plan, self.looks)


@dataclass(frozen=True)
class Looked:
    """The event that a group of seeds was trained and looked at."""

    study: Study
    look: Look

    def __str__(self) -> str:
        return f"Look {len(self.study.looks)}, {self.look.seeds} seeds each. {' '.join(self.study.sentences)}"


@dataclass(frozen=True)
class Begun:
    """The event that a decision begins, before the first group of seeds is trained."""

    study: Study

    def __str__(self) -> str:
        labels, envs = ", ".join(self.study.plan.labels), ", ".join(self.study.plan.envs)
        return f"Deciding between {labels} on {envs}"


def run_decision(
    request: Request, question: Question, on_event: OnEvent = ignore, stopped: Sequence[BaseException] = ()
) -> Study:
    """Train groups of seeds until the question is decided, or no seeds are left, or a job fails.

    `on_event` receives Begun, then for each group the events of a sweep and Looked. A UserError or Fault where the
    decision cannot begin; a job that fails later is in the study's states.
    """
    with open_launcher(request, on_event) as (resolved, launcher):
        study = begin(resolved, question, launcher)
        group = next_group(study, launcher)  # a request that cannot be carried out is refused before the first event
        if group:
            on_event(Begun(study))
        while group:
            on_event(group)
            study.states.extend(group.states)
            train(group.states, launcher, on_event, stopped)
            if any(state.failed for state in group.states):
                break
            on_event(Looked(study, take_in(study)))
            group = next_group(study, launcher)
    return study


def begin(request: Request, question: Question, launcher: Launcher) -> Study:
    """Begin a decision, or resume one; a UserError where the question cannot be answered, or the record has another
    plan."""
    looked_up = look_up(request, launcher.ask)
    for (env, label), reason in looked_up.failed.items():
        raise Fault(f"{label} on {env}: {reason}")
    spacing = common_spacing(request, looked_up.settings)
    notes = looked_up.notes + notes_on_common_spacing(request, spacing)
    request = replace(request, eval_every=spacing, task_eval_every={})
    plan = make_plan(request, question, tuple(looked_up.settings))
    record = request.out / DECISIONS_FOLDER / f"{record_name(plan)}.json"
    study = Study(request, question, looked_up, plan, record, notes)
    if request.fresh:
        move_aside(record)
    else:
        refuse_other_plan(record, _describe_plan(study), "a decision", OTHER_PLAN)
    return study


def make_plan(request: Request, question: Question, labels: tuple[str, ...]) -> Plan:
    """The plan of a decision; a UserError where there is nothing to compare, or too few seeds to ever decide."""
    if len(labels) < 2:
        raise UserError(f"A decision is between two algorithms or variants at least, and {labels[0]} is one.")
    if question.baseline is not None and question.baseline not in labels:
        hint = nearest(question.baseline, labels)
        raise UserError(f"--baseline {question.baseline} is not among them: {', '.join(labels)}.{hint}")
    number = -(-question.max_seeds // question.group)
    if number > MOST_LOOKS:
        raise UserError(
            f"--max-seeds {question.max_seeds} in groups of {question.group} are {number:,} looks, more than "
            f"{MOST_LOOKS}.",
            "Raise --group, or lower --max-seeds.",
        )
    plan = Plan(labels, request.envs, make_design(question.max_seeds, question.group), question.baseline)
    count = len(plan.comparisons)
    if earliest_look(plan.design, count) is None:
        fewest = question.max_seeds
        while earliest_look(make_design(fewest, question.group), count) is None:
            fewest += 1
        what = "one comparison" if count == 1 else f"{count} comparisons"
        raise UserError(
            f"--max-seeds {question.max_seeds} could not decide {what}, however far apart the algorithms are: "
            f"{fewest} could."
        )
    return plan


def record_name(plan: Plan) -> str:
    """The record's file name, made of labels and environments; a long one is cut and ends in a hash."""
    whole = f"{'-vs-'.join(plan.labels)}--{'-'.join(plan.envs)}"
    name = re.sub(r"[^A-Za-z0-9._=+-]", "-", whole)
    if len(name) <= LONGEST_NAME and name == whole:
        return name
    return f"{name[:LONGEST_NAME]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def next_group(study: Study, launcher: Launcher) -> Sweep | None:
    """The next group of seeds for the undecided pairs; None where the decision has ended."""
    pairs = undecided_pairs(study.plan, study.looks)
    if not pairs:
        return None
    seeds = study.plan.design.seeds
    done = seeds[len(study.looks) - 1] if study.looks else 0
    group = study.request.seeds[done : seeds[len(study.looks)]]
    return prepare_pairs(replace(study.request, seeds=group), study.looked_up, launcher, pairs)


def take_in(study: Study) -> Look:
    """Read the scores of the group that was trained last, look at the differences, and write the record."""
    seeds = study.request.seeds[: study.plan.design.seeds[len(study.looks)]]
    study.history.append(_read_scores(study, undecided_pairs(study.plan, study.looks), seeds))
    study.looks = judge(study.plan, study.history)
    write_record(study.record, describe(study))
    return study.looks[-1]


def _read_scores(study: Study, pairs: Sequence[Pair], seeds: Sequence[int]) -> Scores:
    found: dict[Pair, list[float | None]] = {}
    for env in study.plan.envs:
        own = [pair for pair in pairs if pair[0] == env]
        folders = [run_folder(study.request.out, env, label, seed) for _, label in own for seed in seeds]
        scores = seed_scores(folders, study.question.metric, study.question.score)
        for index, pair in enumerate(own):
            found[pair] = scores[index * len(seeds) : (index + 1) * len(seeds)]
    return found


def describe(study: Study) -> dict[str, Any]:
    """The content of the record. It contains no time, so that records can be compared byte by byte."""
    return {
        "format": DECISION_FORMAT,
        "plan": _describe_plan(study),
        "looks": as_record(study.looks),
        "ended": not undecided_pairs(study.plan, study.looks),
        "verdicts": study.sentences,
    }


def _describe_plan(study: Study) -> dict[str, Any]:
    """The plan, which must not change when a decision is resumed."""
    request, plan = study.request, study.plan
    content: dict[str, Any] = {
        "algorithms": {
            label: {"algorithm": chosen.algorithm, "settings": chosen.settings}
            for label, chosen in study.looked_up.settings.items()
        },
        "envs": plan.envs,
        "baseline": plan.baseline,
        "seeds": say_seeds(request.seeds),
        "groups": plan.design.groups,
        "steps": request.steps,
        "eval_every": request.eval_every,
        "metric": study.question.metric,
        "score": study.question.score,
        "test": TEST,
        "alpha": round(plan.design.alpha, 12),
        "divisions": {"all_up_to": EXACT, "else_drawn": DRAWN},
    }
    if study.looked_up.task_settings or request.task_steps:
        content["tasks"] = _describe_tasks(study)
    return as_json(content)


def _describe_tasks(study: Study) -> dict[str, Any]:
    """Budgets and settings of the environments that have some of their own."""
    tasks: dict[str, Any] = {env: {"steps": steps} for env, steps in study.request.task_steps.items()}
    for (env, label), chosen in study.looked_up.task_settings.items():
        tasks.setdefault(env, {}).setdefault("settings", {})[label] = chosen.settings
    return tasks
