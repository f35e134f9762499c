"""Running mean and variance of observations and of returns, per seed. Part of a policy's state: saved with it, frozen
in use.

The statistics change only between iterations, so that one policy collects and learns, and a probability ratio starts
at 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, array, clip_, scaled

Moments = dict[str, Tensor]
"""`count [S, 1]`, `mean [S, K]`, `m2 [S, K]` (sum of squared deviations), float64."""


def initial_moments(seeds: int, size: int, device: torch.device | str = "cpu") -> Moments:
    """Nothing seen yet."""

    def zeros(columns: int) -> Tensor:
        return torch.zeros(seeds, columns, dtype=torch.float64, device=device)

    return {"count": zeros(1), "mean": zeros(size), "m2": zeros(size)}


def update_moments(moments: Moments, x: Tensor) -> None:
    """Take in `x[S, B, K]`, in place."""
    x = x.double()
    mean = x.mean(1)
    merge_moments(moments, x.shape[1], mean, (x - mean.unsqueeze(1)).square().sum(1))


def merge_moments(moments: Moments, count: Tensor | int, mean: Tensor, m2: Tensor) -> None:
    """Take in what others counted, in place (Chan, Golub and LeVeque 1979)."""
    total = moments["count"] + count
    delta, divisor = mean - moments["mean"], total.clamp(min=1)  # nothing and nothing is nothing
    moments["mean"] += delta * (count / divisor)
    moments["m2"] += m2 + delta.square() * (moments["count"] * count / divisor)
    moments["count"].copy_(total)


def std(moments: Moments) -> Tensor:
    """`[S, K]`; 1 before anything was seen and where nothing ever varied."""
    variance = moments["m2"] / moments["count"].clamp(min=1)
    return torch.where(variance > 1e-12, variance, torch.ones_like(variance)).sqrt()


def normaliser(moments: Moments, limit: float = 10.0) -> Callable[[Array], Array]:
    """The function that turns raw `[S, ..., K]` into `[S, B, K]` of about zero mean and unit variance, clipped."""
    scale = std(moments).reciprocal().unsqueeze(1)
    shift = (-moments["mean"].unsqueeze(1) * scale).float()
    scale = scale.float()

    scale, shift = array(scale), array(shift)

    def normalise(x: Array) -> Array:
        y = alike(x, scale)
        y = scaled(y.reshape(len(y), -1, y.shape[-1]), scale, shift)
        return alike(clip_(y, -limit, limit), x)

    return normalise
