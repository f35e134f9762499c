"""Roots of many decreasing functions at once."""

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-10
"""A value or a bracket smaller than this counts as 0."""


def falling_root(
    function: Callable[[Tensor], tuple[Tensor, Tensor]], guess: Tensor, reach: float = 200.0, rounds: int = 60
) -> Tensor:
    """The root of each element of a decreasing function within `reach` of the guess; without a root, the nearer end.

    `function(x)` returns value and slope. A Newton step is taken where it stays within the bracket and narrows it fast;
    elsewhere the bracket is bisected.
    """
    low, high, x = guess - reach, guess + reach, guess
    width = high - low
    for _ in range(rounds):
        value, slope = function(x)
        low, high = torch.where(value > 0, x, low), torch.where(value < 0, x, high)
        if ((value.abs() < TOLERANCE) | (high - low < TOLERANCE)).all():
            break
        newton, narrower = x - value / slope, high - low < width / 2
        trusted = (newton > low) & (newton < high) & (narrower | ((newton - x).abs() < width / 4))
        width = torch.where(trusted, width / 2, high - low)
        x = torch.where(value.abs() < TOLERANCE, x, torch.where(trusted, newton, (low + high) / 2))
    return x
