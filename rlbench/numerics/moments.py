"""Variances within each seed. `torch.var` is not used: it rounds a row alone differently from a row among several."""

from torch import Tensor

from rlbench.numerics.arrays import Array, where


def variance(x: Tensor) -> Tensor:
    """Of `[S, B]`'s rows, about their mean: `[S]`."""
    return (x - x.mean(1, keepdim=True)).square().mean(1)


def difference_variance(q_values: Tensor) -> Tensor:
    """Mean over states of the variance of Q_i - Q_j over pairs of tried actions; `[S, R, K]` to `[S]`."""
    deviation = q_values - q_values.mean(-1, keepdim=True)
    return 2 * deviation.square().sum(-1).mean(1) / max(1, q_values.shape[-1] - 1)


def standardise(x: Array) -> Array:
    """Zero mean and unit standard deviation over `[..., B]`'s rows; zeros where nothing varies."""
    centred = x - x.mean(-1)[..., None]
    spread = (centred * centred).mean(-1)[..., None] ** 0.5
    return where(spread > 1e-8, centred / (spread + 1e-8), 0.0)
