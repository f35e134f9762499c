"""What `rlbench decide` found, in words and in the cells of a table."""

from collections.abc import Sequence

from rlbench.analysis.frames.decisions import Comparison, Look, Plan, final, undecided_pairs
from rlbench.analysis.text import listed

LOOK_HEAD = ("environment", "first", "second", "mean", "mean", "difference", "boundary", "better")


def look_cells(look: Look) -> list[tuple[str, ...]]:
    """A row for each comparison that was undecided before this look."""
    return [
        (
            each.env,
            each.first,
            each.second,
            *map(number, each.means),
            signed(each.difference),
            number(each.boundary),
            each.better or "not yet",
        )
        for each in look.comparisons
    ]


def number(value: float) -> str:
    """`3451.2`, or a dash for a boundary that nothing can reach."""
    return "-" if value == float("inf") else f"{value:.1f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def signed(value: float) -> str:
    return number(value) if value <= 0 else f"+{number(value)}"


def verdicts(plan: Plan, looks: Sequence[Look]) -> list[str]:
    """A sentence for each comparison; where there are three algorithms or more, first what they come to."""
    found, ended = final(looks), not undecided_pairs(plan, looks)
    lines = []
    for env in plan.envs:
        own = {names: each for names, each in found.items() if names[0] == env}
        if len(own) > 1:
            lines.append(_sum_up(env, plan, [each for _, each in own.values()]))
        lines += [_sentence(each, seeds, ended) for seeds, each in own.values()]
    return lines


def _sentence(each: Comparison, seeds: int, ended: bool) -> str:
    first, second = each.means
    if each.better:
        other, means = (each.second, (first, second)) if each.better == each.first else (each.first, (second, first))
        told = f"{each.better} is better than {other}: {number(means[0])} against {number(means[1])} on average"
    else:
        yet = "" if ended else " yet"
        told = (
            f"{each.first} and {each.second} are not told apart{yet}: "
            f"{number(first)} against {number(second)} on average"
        )
    return f"{each.env}: {told}, with {seeds} seeds each."


def _sum_up(env: str, plan: Plan, comparisons: Sequence[Comparison]) -> str:
    """Who is best, or who may be: those that nobody was found to be better than."""
    beaten = {(each.second if each.better == each.first else each.first) for each in comparisons if each.better}
    unbeaten = [label for label in plan.labels if label not in beaten]
    if plan.baseline:
        better = [each.better for each in comparisons if each.better and each.better != plan.baseline]
        worse = [label for label in beaten if label != plan.baseline]
        parts = [f"better than {plan.baseline}: {listed(better)}" if better else f"none is better than {plan.baseline}"]
        if worse:
            parts.append(f"worse: {listed(sorted(worse))}")
        return f"{env}: {'; '.join(parts)}."
    if len(unbeaten) == 1:
        wins = sum(each.better == unbeaten[0] for each in comparisons)
        if wins == len(plan.labels) - 1:
            return f"{env}: {unbeaten[0]} is the best."
    unbeaten = unbeaten or list(plan.labels)  # each may be found to be worse than another, if seldom
    return f"{env}: the best is among {listed(unbeaten, most=len(unbeaten))}."


def seeds_used(looks: Sequence[Look]) -> int:
    """Runs that were trained, of all algorithms on all environments."""
    most: dict[tuple[str, str], int] = {}
    for look in looks:
        most |= dict.fromkeys(look.scores, look.seeds)
    return sum(most.values())
