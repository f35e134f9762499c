"""Variance of each seed's row. `torch.var` has other last bits for a row alone than for one among several."""

from torch import Tensor

from rlbench.numerics.arrays import Array, where


def variance(x: Tensor) -> Tensor:
    """Of `[S, B]`'s rows, about their mean: `[S]`."""
    return (x - x.mean(1, keepdim=True)).square().mean(1)


def standardise(x: Array) -> Array:
    """Zero mean and unit standard deviation over `[..., B]`'s rows; zeros where nothing varies."""
    centred = x - x.mean(-1)[..., None]
    spread = (centred * centred).mean(-1)[..., None] ** 0.5
    return where(spread > 1e-8, centred / (spread + 1e-8), 0.0)
