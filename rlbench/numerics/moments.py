"""Variance of each seed's row. `torch.var` has other last bits for a row alone than for one among several."""

import torch
from torch import Tensor


def variance(x: Tensor) -> Tensor:
    """Of `[S, B]`'s rows, about their mean: `[S]`."""
    return (x - x.mean(1, keepdim=True)).square().mean(1)


def standardise(x: Tensor) -> Tensor:
    """Zero mean and unit standard deviation over `[..., B]`'s rows; zeros where nothing varies."""
    centred = x - x.mean(-1, keepdim=True)
    spread = centred.square().mean(-1, keepdim=True).sqrt()
    return torch.where(spread > 1e-8, centred / (spread + 1e-8), torch.zeros_like(x))
