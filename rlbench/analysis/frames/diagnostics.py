"""What algorithms told of themselves: which columns there are, what they are called, and where KL divergence ends."""

from collections.abc import Mapping, Sequence

from rlbench.analysis.reading.progress import Log

TITLES = {
    "kl": "KL divergence of an update",
    "kl_max": "largest KL divergence of a state",
    "kl_after": "KL divergence after an update",
    "surrogate_gain": "gain of the surrogate",
    "surrogate": "surrogate",
    "bound": "lower bound of the return",
    "entropy": "entropy of the policy",
    "explained_variance": "explained variance of the critic",
    "value_mean": "mean value by the critic",
    "value_unit": "unit of the critic's values",
    "backtracks": "backtracks of the line search",
    "step_size": "step size",
    "cg_residual": "residual of conjugate gradient",
    "cg_iterations": "conjugate gradient iterations",
    "q_difference_variance": "variance of the vine's Q differences",
    "clip_fraction": "clipped share of samples",
    "gradient_norm": "norm of the gradient",
    "critic_loss": "loss of the critic",
    "sigma": "step size σ of the search",
    "std": "standard deviation of the search",
    "axis_ratio": "axis ratio of the search",
    "elite_mean": "mean return of the elite",
}
"""Of columns that rlbench's own algorithms write, in the order of their panels."""
STANDARD = {
    "iteration",
    "env_steps",
    "episodes",
    "return_mean",
    "return_min",
    "return_max",
    "length_mean",
    "eval_return_det",
    "eval_return_det_std",
    "eval_return_stoch",
    "eval_return_stoch_std",
    "eval_length_det",
}
"""Columns that every run has; they are drawn as curves."""
UNDRAWN = {"status", "curvature", "candidate_best", "candidate_mean", "candidate_worst", "candidate_length", "epochs",
           "value_bound"}  # fmt: skip
"""Columns of rlbench's own that are a code, or that curves of returns and lengths show."""


def diagnostic_columns(logs: Sequence[Log]) -> list[str]:
    """Those that some run has: the known ones in their order, then any others as they come in the files."""
    found = list(dict.fromkeys(name for log in logs for name in log.columns))
    known = [name for name in TITLES if name in found]
    return known + [name for name in found if name not in {*TITLES, *STANDARD, *UNDRAWN}]


def kl_limits(logs: Sequence[Log], column: str) -> Mapping[str, float]:
    """The largest KL divergence that the settings of each algorithm allow an update, where they name one."""
    limits = {}
    for log in logs:
        settings = log.run.settings
        bounded = settings.get("constraint", "trust-region") == "trust-region" and settings.get("step", "kl") == "kl"
        counted = "kl_max" if settings.get("kl") == "max" else "kl"
        limit = positive(settings.get("target_kl", ""))
        if bounded and counted == column and limit is not None and column in log.series:
            limits[log.run.algorithm] = limit
    return limits


def positive(text: str) -> float | None:
    """A number above 0, from the text of a stranger's setting."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
