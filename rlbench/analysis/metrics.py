"""Which column of progress.csv is drawn, and what its axis is called."""

from collections.abc import Collection

from rlbench.analysis.text import shown
from rlbench.errors import UserError, nearest

TRAINING = "return_mean"
EVAL_DET = "eval_return_det"
EVAL_STOCH = "eval_return_stoch"
ALIASES = {"return": TRAINING, "eval-det": EVAL_DET, "eval-stoch": EVAL_STOCH}
FEWEST_EVALUATIONS = 4

AXIS_NAMES = {
    TRAINING: "training return, sampled actions",
    "return_min": "lowest training return of an iteration, sampled actions",
    "return_max": "highest training return of an iteration, sampled actions",
    "length_mean": "training episode length, sampled actions",
    "episodes": "training episodes of an iteration",
    EVAL_DET: "evaluation return, mean action",
    EVAL_STOCH: "evaluation return, sampled actions",
    "eval_return_det_std": "standard deviation of evaluation return, mean action",
    "eval_return_stoch_std": "standard deviation of evaluation return, sampled actions",
    "eval_length_det": "evaluation episode length, mean action",
}


def column_of(metric: str) -> str:
    """The column behind an alias; any other name is a column's own."""
    return ALIASES.get(metric, metric)


def axis_name(column: str) -> str:
    """What the y axis says is drawn."""
    return AXIS_NAMES.get(column, shown(column))


def check_column(metric: str, columns: Collection[str]) -> None:
    """Refuse a metric that no run has."""
    if column_of(metric) not in columns:
        hint = nearest(metric, [*ALIASES, *columns])
        raise UserError(
            f"No run has a metric {shown(metric)!r}.{shown(hint)} "
            f"Choose {', '.join(ALIASES)} or a column of progress.csv."
        )
