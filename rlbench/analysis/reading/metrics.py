"""Which column of progress.csv is drawn, and what its axis is called."""

from collections.abc import Collection

from rlbench.analysis.options import Metric, Score
from rlbench.analysis.text import shown
from rlbench.errors import UserError, nearest

TRAINING = "return_mean"
EVAL_DET = "eval_return_det"
EVAL_STOCH = "eval_return_stoch"
ALIASES = {"return": TRAINING, "eval-det": EVAL_DET, "eval-stoch": EVAL_STOCH}
FEWEST_EVALUATIONS = 4
EVALUATIONS: tuple[Metric, ...] = ("eval-det", "eval-stoch")

METRIC_NAMES: dict[Metric, str] = {
    "eval-det": "mean action",
    "eval-stoch": "sampled actions",
    "return": "training return",
}
"""How a table's head tells the kinds of return apart."""
METRIC_PHRASES: dict[Metric, str] = {
    "eval-det": "evaluation return by the mean action",
    "eval-stoch": "evaluation return by sampled actions",
    "return": "training return (sampled actions)",
}
"""The kinds of return as a sentence names them."""
SCORE_NAMES: dict[Score, str] = {
    "final": "Final: the last value of each seed",
    "best": "Best: the highest value of each seed",
    "auc": "Auc: the area under each seed's curve, divided by the curve's length",
}

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
