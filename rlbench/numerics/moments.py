"""Variances within each seed. `torch.var` is not used: it rounds a single row differently from one of several."""

from torch import Tensor

from rlbench.numerics.arrays import Array, where


def variance(x: Tensor) -> Tensor:
    """The variance of each row of `x[S, B]`: `[S]`."""
    return (x - x.mean(1, keepdim=True)).square().mean(1)


def difference_variance(q_values: Tensor) -> Tensor:
    """Mean over states of the variance of Q_i - Q_j over pairs of tried actions; `[S, R, K]` to `[S]`."""
    deviation = q_values - q_values.mean(-1, keepdim=True)
    return 2 * deviation.square().sum(-1).mean(1) / max(1, q_values.shape[-1] - 1)


def standardise(x: Array) -> Array:
    """Each row of `x[..., B]` with mean 0 and standard deviation 1; zeros where the row is constant."""
    centred = x - x.mean(-1)[..., None]
    spread = (centred * centred).mean(-1)[..., None] ** 0.5
    return where(spread > 1e-8, centred / (spread + 1e-8), 0.0)
