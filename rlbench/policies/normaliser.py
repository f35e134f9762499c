"""Running mean and variance of observations and of sums of rewards, for each seed.

They are part of a policy's state: saved with it, and fixed in evaluation. In training they change only between
iterations, so that the policy that learns is the one that collected, and PPO's first probability ratio is exactly 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, array, clip_, scaled

Moments = dict[str, Tensor]
"""`count [S, 1]`, `mean [S, K]`, `m2 [S, K]` (sum of squared deviations), float64."""


LIMIT = 10.0
"""The largest magnitude of a normalised observation."""


def initial_moments(seeds: int, size: int, device: torch.device | str = "cpu") -> Moments:
    """The moments before the first sample."""

    def zeros(columns: int) -> Tensor:
        return torch.zeros(seeds, columns, dtype=torch.float64, device=device)

    return {"count": zeros(1), "mean": zeros(size), "m2": zeros(size)}


def update_moments(moments: Moments, x: Tensor) -> None:
    """Add the samples `x[S, B, K]`, in place."""
    x = x.double()
    mean = x.mean(1)
    merge_moments(moments, x.shape[1], mean, (x - mean.unsqueeze(1)).square().sum(1))


def merge_moments(moments: dict[str, Array], count: Array | int, mean: Array, m2: Array) -> None:
    """Add the moments of other samples, in place (Chan, Golub and LeVeque 1979)."""
    total = moments["count"] + count
    delta, divisor = mean - moments["mean"], total.clip(1)  # 1 where there are no samples yet: 0 / 0 is not a number
    moments["mean"] += delta * (count / divisor)
    moments["m2"] += m2 + delta * delta * (moments["count"] * count / divisor)
    moments["count"][...] = total


def std(moments: Moments) -> Tensor:
    """Standard deviation, `[S, K]`; 1 before the first sample and where no sample ever differed."""
    variance = moments["m2"] / moments["count"].clamp(min=1)
    return torch.where(variance > 1e-12, variance, torch.ones_like(variance)).sqrt()


def scale_and_shift(moments: Moments) -> tuple[Array, Array]:
    """float32 `[S, 1, K]` each: x scale + shift has about zero mean and unit variance."""
    scale = std(moments).reciprocal().unsqueeze(1)
    shift = (-moments["mean"].unsqueeze(1) * scale).float()
    return array(scale.float()), array(shift)


def normaliser(moments: Moments, limit: float = LIMIT) -> Callable[[Array], Array]:
    """A function of raw `[S, ..., K]` that returns `[S, B, K]` of about zero mean and unit variance, clipped."""
    scale, shift = scale_and_shift(moments)

    def normalise(x: Array) -> Array:
        y = alike(x, scale)
        y = scaled(y.reshape(len(y), -1, y.shape[-1]), scale, shift)
        return alike(clip_(y, -limit, limit), x)

    return normalise
