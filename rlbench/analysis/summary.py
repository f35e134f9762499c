"""Final results as a table: what the right end of each mean curve says, and the curve's maximum next to it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rlbench.analysis.curves import Curve, build_curve, groups
from rlbench.analysis.metrics import EVAL_DET, EVAL_STOCH
from rlbench.analysis.physics import physics_of
from rlbench.analysis.progress import Log
from rlbench.analysis.text import shown

COLUMNS = (
    "env",
    "algorithm",
    "n",
    "finished",
    "diverged",
    "env_steps",
    "eval_det",
    "eval_det_std",
    "eval_stoch",
    "eval_stoch_std",
    "eval_det_max",
    "eval_det_max_std",
    "eval_det_max_steps",
    "physics",
    "changed",
)


def summary(logs: Sequence[Log]) -> pd.DataFrame:
    """A row for each environment and algorithm. Means and standard deviations (n - 1) are over seeds.

    `eval_det` and `eval_stoch` are the last evaluation that all seeds have, at `env_steps` transitions each, or each
    finished seed's own last one where there is none they share;
    `eval_det_max` is the highest point of the mean curve, which favours noisy and long runs: never compare it with
    another's final value.
    """
    rows = [row(env, algorithm, members) for (env, algorithm), members in groups(logs).items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def row(env: str, algorithm: str, logs: Sequence[Log]) -> dict[str, object]:
    statuses = [log.run.status for log in logs]
    det, stoch = (mean_curve(logs, column) for column in (EVAL_DET, EVAL_STOCH))
    best = int(np.argmax(det.value)) if det else 0
    return {
        "env": shown(env, 200),
        "algorithm": shown(algorithm, 200),
        "n": len(logs),
        "finished": statuses.count("finished"),
        "diverged": statuses.count("diverged"),
        "env_steps": int(det.steps[-1]) if det else int(min(log.end for log in logs)),
        **final("eval_det", det, logs, EVAL_DET),
        **final("eval_stoch", stoch, logs, EVAL_STOCH),
        "eval_det_max": at(det, "value", best),
        "eval_det_max_std": at(det, "spread", best),
        "eval_det_max_steps": at(det, "steps", best),
        "physics": physics_of(logs),
        "changed": sum(log.changed for log in logs),
    }


def mean_curve(logs: Sequence[Log], column: str) -> Curve | None:
    """The mean over all seeds; None where a seed was never evaluated, for fewer seeds would flatter."""
    if any(column not in log.series for log in logs):
        return None
    return build_curve(logs, column, "mean", "none")


def final(name: str, curve: Curve | None, logs: Sequence[Log], column: str) -> dict[str, float]:
    """Mean and spread at the end of the curve.

    Short runs of populations may have no step in common: each was evaluated once, where its last generation ended. If
    all have finished, their own last evaluations are taken.
    """
    finished = all(log.run.status == "finished" and column in log.series for log in logs)
    if curve is None and finished:
        last = np.array([log.series[column].values[-1] for log in logs])
        return {name: float(last.mean()), f"{name}_std": float(last.std(ddof=1)) if len(last) > 1 else np.nan}
    return {name: at(curve, "value", -1), f"{name}_std": at(curve, "spread", -1)}


def at(curve: Curve | None, what: str, index: int) -> float:
    return float(getattr(curve, what)[index]) if curve else np.nan
