"""What a comparison with so many seeds could tell at all: known before anybody trains."""

from math import comb

from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.divisions import fewest_seeds, smallest_p


def too_few_seeds(algorithms: int, envs: int, seeds: int) -> str | None:
    """A sentence where so many seeds cannot tell any two algorithms apart, however different they are."""
    if algorithms < 2:
        return None
    pairs, against_one = comb(algorithms, 2) * envs, (algorithms - 1) * envs
    if smallest_p((seeds, seeds)) * pairs <= ALPHA:
        return None
    comparisons = f"{pairs} comparison{'s' if pairs > 1 else ''}"
    told = (
        f"{seeds} seed{'s' if seeds > 1 else ''} each cannot show any difference in {comparisons}, however large it is"
    )
    text = f"{told}: rlbench compare needs at least {fewest_seeds(pairs, ALPHA)} seeds each"
    fewest = fewest_seeds(against_one, ALPHA)
    return (
        f"{text}, or {fewest} with --baseline."
        if against_one < pairs and fewest < fewest_seeds(pairs, ALPHA)
        else f"{text}."
    )
