"""Which of several algorithms is better, look by look: what `rlbench decide` concludes from the scores of seeds.

Everything here is a pure function of the plan and of the scores, so that a record can be made anew at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlbench.analysis.statistics.sequential import Crossing, Design, Walks, told_apart, walk

Array = NDArray[np.float64]
Pair = tuple[str, str]
"""Environment and label."""
Scores = Mapping[Pair, Sequence[float | None]]
"""Of each seed up to a look, in the order in which they came; None for a seed that diverged."""


@dataclass(frozen=True)
class Plan:
    """What is to be decided, and how. It is fixed before the first look: a test whose plan changes keeps no level."""

    labels: tuple[str, ...]
    envs: tuple[str, ...]
    design: Design
    baseline: str | None = None
    """The one that all others are compared with; None compares all with all."""

    @property
    def comparisons(self) -> list[tuple[str, str, str]]:
        """Environment and two labels each."""
        pairs = list(combinations(self.labels, 2))
        if self.baseline:
            pairs = [(self.baseline, other) for other in self.labels if other != self.baseline]
        return [(env, *pair) for env in self.envs for pair in pairs]


@dataclass(frozen=True)
class Comparison:
    """Two algorithms on an environment, as one look finds them."""

    env: str
    first: str
    second: str
    means: tuple[float, float]
    difference: float
    """The first less the second."""
    boundary: float
    """What the absolute difference has to reach; infinite where no difference is large enough yet."""
    better: str | None
    """None where the two are not told apart, or not yet."""
    crossed: int | None = None
    """The number of the look whose difference and boundary these are, where that is an earlier one: with the larger
    share of the level that decided comparisons leave, its boundary became a smaller one."""


@dataclass(frozen=True)
class Look:
    """What was known, and what was decided."""

    seeds: int
    """Of each algorithm that was compared."""
    scores: Scores
    comparisons: tuple[Comparison, ...]
    """Those that were undecided before this look."""


def judge(plan: Plan, history: Sequence[Scores]) -> list[Look]:
    """A look for each group of seeds there is. Once all is decided there are no more."""
    undecided = [_follow(plan, each, history) for each in plan.comparisons] if history else []
    looks: list[Look] = []
    for number, scores in enumerate(history):
        if not undecided:
            break
        crossings = told_apart([each.walks for each in undecided], number + 1)
        level = plan.design.alpha / max(1, crossings.count(None))
        compared = tuple(_compare(*pair, number, level) for pair in zip(undecided, crossings, strict=True))
        looks.append(Look(plan.design.seeds[number], scores, compared))
        undecided = [each for each, crossing in zip(undecided, crossings, strict=True) if crossing is None]
    return looks


@dataclass(frozen=True)
class _Followed:
    """A comparison through all looks at which both of its algorithms had new seeds."""

    names: tuple[str, str, str]
    looks: list[tuple[Array, Array]]
    walks: Walks


def _follow(plan: Plan, names: tuple[str, str, str], history: Sequence[Scores]) -> _Followed:
    env, *labels = names
    known = takewhile(lambda scores: all((env, label) in scores for label in labels), history)
    looks = [_values(scores, names) for scores in known]
    return _Followed(names, looks, walk(looks, plan.design))


def _compare(each: _Followed, crossing: Crossing | None, number: int, level: float) -> Comparison:
    """At the look that decided, or at this one with the boundary that holds for those still undecided."""
    look = number if crossing is None or crossing.look is None else crossing.look
    boundaries = (crossing or each.walks.crossing(level)).boundaries
    a, b = each.looks[look]
    difference = float(a.mean() - b.mean())
    _, first, second = each.names
    return Comparison(
        *each.names,
        means=(float(a.mean()), float(b.mean())),
        difference=difference,
        boundary=boundaries[look],
        better=None if crossing is None else first if difference > 0 else second,
        crossed=look + 1 if look < number else None,
    )


def _values(scores: Scores, comparison: tuple[str, str, str]) -> tuple[Array, Array]:
    """The scores of a comparison. A seed that diverged counts as the lowest of both algorithms'.

    To leave it out would favour an algorithm that sometimes diverges, and so would the last return it had before. Since
    both algorithms' seeds are treated alike, the level of the test is kept.
    """
    env, *labels = comparison
    both = [scores[env, label] for label in labels]
    lowest = min((value for values in both for value in values if value is not None), default=0.0)
    a, b = (np.array([lowest if value is None else value for value in values], np.float64) for values in both)
    return a, b


def undecided_pairs(plan: Plan, looks: Sequence[Look]) -> list[Pair]:
    """The algorithms on environments that need further seeds. Empty where the decision has come to its end."""
    if len(looks) == len(plan.design.groups):
        return []
    decided = {key(each) for look in looks for each in look.comparisons if each.better}
    waiting = [each for each in plan.comparisons if each not in decided]
    return list(dict.fromkeys((env, label) for env, *labels in waiting for label in labels))


def key(comparison: Comparison) -> tuple[str, str, str]:
    """Environment and the two labels."""
    return comparison.env, comparison.first, comparison.second


def final(looks: Sequence[Look]) -> dict[tuple[str, str, str], tuple[int, Comparison]]:
    """How each comparison stands after its last look, and the seeds it had then."""
    return {key(each): (look.seeds, each) for look in looks for each in look.comparisons}


def as_record(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """The looks as JSON has them; a boundary that no difference can reach is null."""
    return [
        {
            "look": number,
            "seeds": look.seeds,
            "scores": _nested(look.scores),
            "comparisons": [
                {
                    "env": each.env,
                    "first": each.first,
                    "second": each.second,
                    "means": list(each.means),
                    "difference": each.difference,
                    "boundary": each.boundary if isfinite(each.boundary) else None,
                    "crossed_at_look": each.crossed or (number if each.better else None),
                    "better": each.better,
                }
                for each in look.comparisons
            ],
        }
        for number, look in enumerate(looks, 1)
    ]


def _nested(scores: Scores) -> dict[str, dict[str, list[float | None]]]:
    found: dict[str, dict[str, list[float | None]]] = {}
    for (env, label), values in scores.items():
        found.setdefault(env, {})[label] = list(values)
    return found
