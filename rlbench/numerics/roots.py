"""Roots of falling functions, many at once."""

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-10
"""How near 0 is near enough."""


def falling_root(
    function: Callable[[Tensor], tuple[Tensor, Tensor]], guess: Tensor, reach: float = 200.0, rounds: int = 60
) -> Tensor:
    """Where each element of a falling function is 0, within `reach` of the guess; else that end of the reach.

    `function(x)` gives value and slope. Newton's step is taken where it stays within the bracket and shortens it well;
    elsewhere the bracket is halved.
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
