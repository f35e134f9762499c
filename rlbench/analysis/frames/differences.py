"""Scores of runs -> a tidy frame of differences, a row for each pair of algorithms on each environment."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlbench.analysis.frames.improvements import ALL, improvement, is_testable, pairs_of
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.corrections import holm
from rlbench.analysis.statistics.divisions import fewest_seeds, smallest_p
from rlbench.analysis.statistics.permutation import Pair, difference_bounds, permutation_p
from rlbench.analysis.statistics.planning import needed_seeds

Array = NDArray[np.float64]
COLUMNS = (
    "env",
    "a",
    "b",
    "n_a",
    "n_b",
    "mean_a",
    "mean_b",
    "difference",
    "low",
    "high",
    "p",
    "p_corrected",
    "smallest_p",
    "improvement",
    "improvement_low",
    "improvement_high",
    "better",
    "needed",
)


def difference_frame(values: Mapping[str, Mapping[str, Array]], baseline: str | None = None) -> pd.DataFrame:
    """Every pair of algorithms of every environment, or every one against the baseline, as one family of tests.

    values: of each environment, the scores of each algorithm's seeds. `a` is the algorithm with the higher mean.
    `difference`: of means, a - b, from `low` to `high`. `p_corrected`: by Holm over all rows. `smallest_p`: the least
    that p_corrected could be with so many seeds and comparisons. `improvement`: the probability that a run of a beats a
    run of b. `better`: a where p_corrected is at most 5 %, else empty. `needed`: about how many seeds each would tell
    the two apart if the difference is real; empty where they are, and where none within reason would.
    """
    rows = [
        _row(env, a, b, [(found[a], found[b])])
        for env, found in values.items()
        for a, b in pairs_of(list(found), baseline)
    ]
    return judged(rows)


def aggregate_difference_frame(values: Mapping[str, Mapping[str, Array]], baseline: str | None = None) -> pd.DataFrame:
    """The same over all environments together, as a family of its own.

    values: normalised scores; every environment has the same algorithms.
    """
    names = list(next(iter(values.values())))
    return judged(
        [_row(ALL, a, b, [(found[a], found[b]) for found in values.values()]) for a, b in pairs_of(names, baseline)]
    )


def _row(env: str, a: str, b: str, pairs: list[Pair]) -> dict[str, object]:
    """One comparison, over one or several environments, without what depends on the others."""
    mean_a, mean_b = (float(np.mean([pair[place].mean() for pair in pairs])) for place in (0, 1))
    if mean_b > mean_a:
        return _row(env, b, a, [(second, first) for first, second in pairs])
    testable = is_testable(pairs)
    low, high = difference_bounds(*pairs) if testable else (np.nan, np.nan)
    return {
        "env": env,
        "a": a,
        "b": b,
        "n_a": sum(len(first) for first, _ in pairs),
        "n_b": sum(len(second) for _, second in pairs),
        "mean_a": mean_a,
        "mean_b": mean_b,
        "difference": mean_a - mean_b,
        "low": low,
        "high": high,
        "p": permutation_p(*pairs) if testable else np.nan,
        "smallest_p": smallest_p(*((len(first), len(second)) for first, second in pairs)) if testable else np.nan,
        **dict(zip(("improvement", "improvement_low", "improvement_high"), improvement(pairs))),
        "std": [
            np.sqrt(np.mean([pair[place].var(ddof=1) for pair in pairs])) if testable else np.nan for place in (0, 1)
        ],
        "environments": len(pairs),
    }


def judged(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """What depends on how many comparisons there are: correction, verdict and the seeds that are needed."""
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "std", "environments"])
    tested = frame["p"].notna().to_numpy()
    count = int(tested.sum())
    frame["p_corrected"] = np.nan
    frame.loc[tested, "p_corrected"] = holm(frame.loc[tested, "p"])
    frame["smallest_p"] = np.minimum(frame["smallest_p"] * count, 1)
    told = (frame["p_corrected"] <= ALPHA).to_numpy(bool)
    frame["better"] = np.where(told, frame["a"], "")
    needed = [
        np.nan if told[place] or not tested[place] else _needed(row, count)
        for place, row in enumerate(frame.to_dict("records"))
    ]
    frame["needed"] = np.array(needed, float)
    frame = frame.sort_values(["env", "mean_a", "mean_b"], ascending=[True, False, False], ignore_index=True)
    return frame[list(COLUMNS)]


def _needed(row: Mapping, count: int) -> float:
    """Seeds on each environment. Those of several environments add up to one standard error."""
    std_a, std_b = row["std"]
    alone = needed_seeds(row["difference"] * row["environments"] ** 0.5, std_a, std_b, ALPHA / count)
    least = fewest_seeds(count, ALPHA) if row["environments"] == 1 else 2
    return np.nan if alone is None else max(alone, least)
