"""Event files -> a run: which tags each tool writes, and what its values mean."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlbench.analysis.reading.importers.contract import (
    MOST_TRANSITIONS,
    ROLLING,
    Array,
    Columns,
    Evaluations,
    Part,
    Training,
    UnusableError,
    unknown,
)
from rlbench.analysis.reading.importers.event_texts import told_by
from rlbench.analysis.reading.importers.events import EventLog, Scalars, read_events
from rlbench.analysis.text import listed, shown

ITERATIONS = ("Perf/total_fps", "Perf/collection_time", "Perf/learning_time", "Perf/collection time")


@dataclass(frozen=True)
class Tool:
    """The tags by which a tool's files are known. Several names are those of its versions, the newest first."""

    name: str
    short: str
    returns: tuple[str, ...]
    lengths: tuple[str, ...] = ()
    evaluations: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    evaluation_lengths: tuple[str, ...] = ()
    every: str = ""
    """A tag that has a value after every iteration, and so tells where training ended."""
    single: bool = False
    manner: str = "means over the episodes of one collection"
    iterations: bool = False
    """Whether its x axis counts iterations instead of transitions."""
    notes: tuple[str, ...] = ()


TOOLS = (
    Tool(
        "CleanRL",
        "cleanrl",
        ("charts/episodic_return",),
        ("charts/episodic_length",),
        every="charts/SPS",
        single=True,
        manner="episodes",
        notes=(
            "CleanRL's returns are of the true reward only if RecordEpisodeStatistics is inside NormalizeReward, as it "
            "is in CleanRL's own scripts",
        ),
    ),
    Tool(
        "Stable-Baselines3",
        "sb3",
        ("rollout/ep_rew_mean",),
        ("rollout/ep_len_mean",),
        ("eval/mean_reward",),
        (),
        ("eval/mean_ep_length",),
        manner=ROLLING,
        notes=(
            "Stable-Baselines3's returns are of the true reward only if Monitor is inside VecNormalize, which it is "
            "unless VecMonitor was put around it; Monitor files tell each episode and are the better source",
        ),
    ),
    Tool(
        "Tianshou",
        "tianshou",
        ("training/returns_stat/mean", "train/returns_stat/mean", "train/reward"),
        ("training/lens_stat/mean", "train/lens_stat/mean", "train/length"),
        ("test/returns_stat/mean", "test/reward"),
        ("test/returns_stat/std", "test/reward_std"),
        ("test/lens_stat/mean", "test/length"),
        notes=(
            "Tianshou logs one collection in 1,000 transitions unless told otherwise, so some returns may be missing; "
            "where a wrapper scales rewards, its returns are of scaled rewards",
        ),
    ),
    Tool(
        "rsl_rl",
        "rsl-rl",
        ("Train/mean_reward",),
        ("Train/mean_episode_length",),
        manner=ROLLING,
        iterations=True,
        notes=("rsl_rl's mean reward contains the intrinsic reward where random network distillation is on",),
    ),
)


def read_event_folder(paths: Sequence[Path], columns: Columns) -> Part:
    """The event files of one folder as one part of a run."""
    asked = {tag for meaning in ("return", "eval", "length", "steps") if (tag := columns.get(meaning))}
    of_tools = {
        tag for tool in TOOLS for tag in (*tool.returns, *tool.lengths, *tool.evaluations, *tool.deviations,
                                          *tool.evaluation_lengths, tool.every)
    }  # fmt: skip
    log = read_events(paths, {*of_tools, *ITERATIONS, *asked})
    tool = tool_of(log, columns)
    notes = [*tool.notes]
    to_steps = transitions(log, tool, columns, notes)
    first_return = first(log, tool.returns)
    training = training_of(log, tool, first_return, to_steps) if first_return else None
    evaluations = evaluations_of(log, tool, to_steps)
    if "eval/episodic_return" in log.tags and not evaluations:
        notes.append("eval/episodic_return is counted by episodes and not by transitions, and was left out")
    if log.torn:
        notes.append("the last record is incomplete, as a killed program leaves it; what is before it was read")
    many = f"{len(paths)} event files" if len(paths) > 1 else "an event file"
    told = told_by(log.texts, paths[0].parent)
    return Part(
        tool.name, tool.short, f"{many} of {tool.name}", tuple(paths), told, training, evaluations, tuple(notes)
    )


def tool_of(log: EventLog, columns: Columns) -> Tool:
    """Which tool's tags there are; tags that the user named come before them."""
    known = next((tool for tool in TOOLS if first(log, (*tool.returns, *tool.evaluations))), None)
    named = {meaning: tag for meaning in ("return", "eval", "length") if (tag := columns.get(meaning))}
    for tag in named.values():
        if tag not in log.tags:
            raise UnusableError(f"its event files have no tag {shown(tag)!r}, but {_tags(log)}")
    if "return" in named or "eval" in named:
        return Tool(
            known.name if known else "TensorBoard",
            known.short if known else "tensorboard",
            (named["return"],) if "return" in named else (),
            (named["length"],) if "length" in named else (),
            (named["eval"],) if "eval" in named else (),
            single=columns.episodes,
            manner="episodes" if columns.episodes else "values as the tool wrote them",
            iterations=bool(known and known.iterations),
        )
    if known is None:
        raise UnusableError(f"no returns are among its tags ({_tags(log)}); name them with --column return=TAG")
    return known


def _tags(log: EventLog) -> str:
    return listed(map(shown, log.tags), 8) or "none at all"


def first(log: EventLog, names: Sequence[str]) -> str | None:
    """The first of some tags that has a value."""
    return next((name for name in names if name in log.scalars), None)


Steps = dict[int, float]


def transitions(log: EventLog, tool: Tool, columns: Columns, notes: list[str]) -> "Scale":
    """What turns the x axis of the events into transitions."""
    named = columns.get("steps")
    if named is not None:
        if named not in log.scalars:
            raise UnusableError(f"its event files have no tag {shown(named)!r}, but {_tags(log)}")
        return Scale(table=dict(zip(log.scalars[named].steps, log.scalars[named].values)))
    if columns.steps_per_iteration:
        return Scale(batch=columns.steps_per_iteration)
    if tool.iterations:
        batch = batch_size(log)
        notes.append(
            f"{tool.name} counts iterations; each is {batch:,} transitions, the only whole number that agrees with its "
            "transitions a second and seconds"
        )
        return Scale(batch=batch)
    return Scale()


@dataclass(frozen=True)
class Scale:
    """From an event's step to the transitions of the run."""

    batch: int | None = None
    """Transitions of an iteration, where steps are iterations that are counted from 0 and logged after they ended."""
    table: Steps | None = None

    def __call__(self, scalars: Scalars) -> Array:
        steps = np.array(scalars.steps, dtype=np.float64)
        if self.batch is not None:
            steps = (steps + 1) * self.batch
        if self.table is not None:
            steps = np.array([self.table.get(int(step), math.nan) for step in steps])
        if not ((steps >= 0) & (steps <= MOST_TRANSITIONS)).all():
            raise UnusableError("a value is at no step that a run can have")
        if (np.diff(steps) < 0).any():
            raise UnusableError("its steps go back; are these several runs in one folder?")
        return steps


def batch_size(log: EventLog) -> int:
    """Transitions of an rsl_rl iteration. Its rate is rounded down, so each iteration leaves an interval of sizes."""
    rate = log.scalars.get("Perf/total_fps")
    collecting = log.scalars.get(first(log, ("Perf/collection_time", "Perf/collection time")) or "")
    learning = log.scalars.get("Perf/learning_time")
    lows, highs = [0.0], [math.inf]
    if rate and collecting and learning and rate.steps == collecting.steps == learning.steps:
        seconds = np.array(collecting.values) + np.array(learning.values)
        lows = np.array(rate.values) * seconds * (1 - 2.5e-7)  # numbers were rounded to float32
        highs = (np.array(rate.values) + 1) * seconds * (1 + 2.5e-7)
    low, high = math.ceil(max(lows)), min(highs)
    if not low >= 1 or not math.isfinite(high) or math.ceil(high) - 1 != low:
        raise UnusableError(
            "rsl_rl counts iterations and not transitions; give the transitions of one (worlds x steps of each) with "
            "--steps-per-iteration"
        )
    return low


def training_of(log: EventLog, tool: Tool, tag: str, to_steps: Scale) -> Training:
    """Its training returns."""
    found = log.scalars[tag]
    steps = to_steps(found)
    length_tag = first(log, tool.lengths)
    return Training(
        steps=steps,
        returns=np.array(found.values),
        lengths=aligned(found, log.scalars[length_tag]) if length_tag else unknown(steps),
        seconds=np.array(found.times) - log.begin,
        end=max([steps[-1], *(log.scalars[tool.every].steps[-1:] if tool.every in log.scalars else [])]),
        single=tool.single,
        manner=tool.manner,
        rolling=tool.manner == ROLLING,
    )


def aligned(like: Scalars, other: Scalars) -> Array:
    """The values of another tag where it has the same steps, one by one; else NaN."""
    return np.array(other.values) if other.steps == like.steps else np.full(len(like.steps), np.nan)


def evaluations_of(log: EventLog, tool: Tool, to_steps: Scale) -> Evaluations | None:
    tag = first(log, tool.evaluations)
    if tag is None:
        return None
    found = log.scalars[tag]
    spread, length = first(log, tool.deviations), first(log, tool.evaluation_lengths)
    steps = to_steps(found)
    return Evaluations(
        steps=steps,
        mean=np.array(found.values),
        std=aligned(found, log.scalars[spread]) if spread else unknown(steps),
        lengths=aligned(found, log.scalars[length]) if length else unknown(steps),
    )
