"""The plan of a search over settings: how many settings, how long, on which seeds. Imports nothing heavy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlbench.analysis.options import Metric, Score
from rlbench.errors import UserError
from rlbench.sweep.words import MOST_SEEDS, parse_count, parse_seeds, say_seeds

FIRST_SEARCH_SEED = 100_000
"""Seeds of a search count from here, and those of its report, as those of `rlbench run`, from 0."""
MOST_TRIALS = 1000
RUNGS, ITERATIONS = 3, 10
"""Where --rungs is not given: at most so many rungs, the first with room for so many iterations of the default. Shorter
runs say little of longer ones."""


@dataclass(frozen=True)
class Effort:
    """The options of a search that are no options of its runs."""

    search: Mapping[str, Any] = field(default_factory=dict)
    """What is searched: a domain as it was given, by setting; None where it is to be derived."""
    fix: Mapping[str, Any] = field(default_factory=dict)
    trials: int = 16
    """Number of settings, the default among them."""
    report_seeds: tuple[int, ...] = tuple(range(10))
    rungs: int | None = None
    """Number of rungs; None: as many as the budget has room for."""
    reduction_factor: int = 3
    """One setting in so many goes on to the next rung, whose runs are so many times longer."""
    search_seed: int = 0
    """The seed from which settings are drawn."""
    metric: Metric = "eval-det"
    score: Score = "final"
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The scores that are 0 and 1 on an environment, where given."""


@dataclass(frozen=True)
class Rung:
    """A number of settings that are all trained for the same budget."""

    steps: int
    """Transitions of each seed."""
    trials: int


def search_seeds(word: Any) -> tuple[int, ...]:
    """The seeds of a search. A lone number counts them, from FIRST_SEARCH_SEED on; a range or list names them."""
    seeds = parse_seeds(word)
    counted = isinstance(word, int) or (isinstance(word, str) and word.strip().isdigit())
    return tuple(seed + FIRST_SEARCH_SEED for seed in seeds) if counted else seeds


def report_seeds(word: Any) -> tuple[int, ...]:
    """The seeds of the report; none for 0."""
    if str(word).strip() == "0":
        return ()
    try:
        return parse_seeds(word)
    except UserError as error:
        raise UserError(str(error).replace("--seeds", "--report-seeds")) from None


def refuse_shared_seeds(search: Sequence[int], report: Sequence[int]) -> None:
    """A UserError where a seed is in both: a seed that has chosen the winner cannot judge it."""
    shared = sorted({*search} & {*report})
    if shared:
        raise UserError(
            f"Seeds {say_seeds(shared)} are in --seeds and in --report-seeds. A setting was chosen for how it did on "
            "the search's seeds, so the report needs others."
        )


def read_count(word: Any, option: str, low: int, high: int = MOST_SEEDS) -> int:
    """A small whole number."""
    return parse_count(word, option, low=low, high=high, such_as=str(max(low, 3)))


def make_rungs(trials: int, steps: int, factor: int, rungs: int | None, batch: int) -> list[Rung]:
    """The rungs of successive halving, the shortest first. The last has the whole budget and two settings at least.

    `batch`: transitions of one iteration of the default. A UserError where there are more rungs than settings, or a
    rung without room for one batch.
    """
    counts = [trials]
    while (fewer := max(2, -(-counts[-1] // factor))) < counts[-1]:
        counts.append(fewer)
    if rungs is None:
        most = min(RUNGS, len(counts))
        fit = [number for number in range(1, most + 1) if steps // factor ** (number - 1) >= ITERATIONS * batch]
        rungs = max(fit, default=1)
    if rungs > len(counts):
        raise UserError(
            f"--rungs {rungs} with --trials {trials} would leave less than two settings for the last rung: "
            f"{len(counts)} at most."
        )
    found = [Rung(steps // factor ** (rungs - 1 - place), counts[place]) for place in range(rungs)]
    if found[0].steps < batch:
        what = "--steps" if rungs == 1 else f"the first of {rungs} rungs"
        raise UserError(
            f"{what} has {found[0].steps:,} transitions, less than one batch of the default ({batch:,}).",
            f"Raise --steps{'' if rungs == 1 else ', or lower --rungs'}.",
        )
    return found
