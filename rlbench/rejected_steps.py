"""Whether the steps that an algorithm computes are taken. Training warns while it runs, `rlbench check` afterwards."""

from collections import Counter, deque
from collections.abc import Sequence

STEP_COLUMNS = ("status", "kl")
"""Columns of progress.csv: how steps ended, 0 for one that was taken, and how far the policy moved; means of a row."""

ROWS, MOST = 10, 9
"""Of so many successive rows, so many without any step are worth a warning."""

CAUSES = {
    1: "no length of a step both gained and stayed within the trust region: raise backtracks, or lower target_kl",
    2: "the curvature along the step was not positive: raise damping",
    3: "the gradient or the step was not finite",
    4: "there was no gradient, as where all rewards are the same",
}
"""By status: why no step was taken."""


def took_no_step(status: float, kl: float) -> bool:
    """Whether no iteration of a row moved the policy; False where a number is missing."""
    return status >= 1 and kl == 0


class RecentSteps:
    """The latest rows of one seed."""

    def __init__(self) -> None:
        self._rejected: deque[float] = deque(maxlen=ROWS)

    def add(self, status: float, kl: float) -> bool:
        """Take in a row; whether nearly all of the latest rows are without a step."""
        self._rejected.append(status if took_no_step(status, kl) else 0)
        return len(self._rejected) == ROWS and len(self.causes) >= MOST

    @property
    def causes(self) -> list[float]:
        """The status of each of these rows in which no step was taken."""
        return [status for status in self._rejected if status]


def say_rejected(causes: Sequence[float], env_steps: int) -> str:
    """The warning, to come after what names the run."""
    usual, _ = Counter(causes).most_common(1)[0]
    why = f": {CAUSES[int(usual)]}" if usual in CAUSES else ""
    return f"no step was taken in {len(causes)} of the last {ROWS} rows at {env_steps:,} steps{why}"
