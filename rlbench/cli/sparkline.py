"""A curve in a line of text: eight heights, or letters of ASCII where the terminal has no blocks."""

import itertools
import statistics
import sys
from collections.abc import Sequence

BLOCKS, ASCII = "▁▂▃▄▅▆▇█", "_.-~=+*#"


def sparkline(values: Sequence[float], width: int, heights: str | None = None) -> str:
    """The values as so many characters at most, each the mean of as many values, from the least to the greatest."""
    heights = heights or (BLOCKS if has_blocks() else ASCII)
    count = min(width, len(values))
    if not count:
        return ""
    edges = [round(place * len(values) / count) for place in range(count + 1)]
    means = [statistics.fmean(values[first:last]) for first, last in itertools.pairwise(edges)]
    low, high = min(means), max(means)
    if high == low:
        return heights[len(heights) // 2 - 1] * count
    share = [(mean - low) / (high - low) for mean in means]
    return "".join(heights[min(len(heights) - 1, int(each * len(heights)))] for each in share)


def has_blocks() -> bool:
    """Whether standard error, where curves are shown, has the blocks."""
    try:
        BLOCKS.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
