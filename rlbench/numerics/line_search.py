"""Backtracking line search inside a trust region, with a decision for each seed."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Backtracking(NamedTuple):
    """Settings of the line search."""

    trust_region: float
    """The largest KL that a step may have."""
    backtracks: int
    """The number of times that a step may be shortened."""
    factor: float
    """The factor by which a step is shortened."""


class Search(NamedTuple):
    """The result of the line search."""

    theta: Tensor
    """`[S, P]`; the old row to the bit where no step was accepted."""
    accepted: Tensor
    """`[S]` bool"""
    backtracks: Tensor
    """`[S]`: how often the step was shortened, whether or not it was accepted in the end."""
    gain: Tensor
    """Surrogate gain at the returned theta, `[S]`; 0 where it did not move."""


def line_search(
    evaluate: Callable[[Tensor], tuple[Tensor, Tensor]],
    theta: Tensor,
    step: Tensor,
    how: Backtracking,
) -> Search:
    """The first of theta + factor^k step, k = 0, 1, ..., that is finite, within the trust region and an improvement.

    `evaluate(theta)` gives the surrogate gain over the old theta and the KL from it, `[S]` each.
    """
    found = theta.clone()
    accepted = torch.zeros(theta.shape[0], dtype=torch.bool, device=theta.device)
    gain, tried = (torch.zeros(theta.shape[0], device=theta.device) for _ in range(2))
    wanted = torch.isfinite(step).all(1) & (step != 0).any(1)
    for k in range(how.backtracks + 1):
        searching = wanted & ~accepted
        if not searching.any():
            break
        candidate = theta + how.factor**k * step
        gain_k, kl_k = evaluate(candidate)
        good = searching & torch.isfinite(candidate).all(1) & (gain_k > 0) & (kl_k <= how.trust_region)
        found = torch.where(good.unsqueeze(1), candidate, found)
        gain = torch.where(good, gain_k, gain)
        tried = torch.where(searching, float(k), tried)
        accepted = accepted | good
    return Search(found, accepted, tried, gain)
