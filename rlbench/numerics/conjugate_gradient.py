"""Conjugate gradient: solves one linear system per seed, given only products with the matrix."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Solution(NamedTuple):
    """The solution of A x = b, and how it was reached."""

    x: Tensor
    """`[S, P]`"""
    product: Tensor
    """A x, computed as b minus the recursively updated residual, `[S, P]`."""
    iterations: Tensor
    """`[S]`"""
    residual: Tensor
    """|b - A x| / |b|, `[S]`; 0 where b is 0."""
    positive: Tensor
    """False where a direction of non-positive (or not finite) curvature stopped the seed, `[S]`."""


def dot(a: Tensor, b: Tensor) -> Tensor:
    """The dot product of each seed, `[S]`."""
    return (a * b).sum(-1)


def conjugate_gradient(
    product: Callable[[Tensor], Tensor], b: Tensor, iterations: int, tolerance: float = 1e-6
) -> Solution:
    """Solve A x = b from x = 0 (Hestenes and Stiefel 1952). A seed stops at p'Ap <= 0 or when its residual is small."""
    x, r, p = torch.zeros_like(b), b, b
    bb = rr = dot(b, b)
    active = rr > 0
    positive = torch.isfinite(rr)
    count = torch.zeros_like(rr)
    for _ in range(iterations):
        if not active.any():
            break
        ap = product(p)
        curvature = dot(p, ap)
        positive = positive & ~(active & ~(curvature > 0))
        active = active & (curvature > 0) & torch.isfinite(curvature)
        alpha = (rr / curvature).unsqueeze(1)
        moving = active.unsqueeze(1)
        x = torch.where(moving, x + alpha * p, x)
        r = torch.where(moving, r - alpha * ap, r)
        rr_next = dot(r, r)
        p = torch.where(moving, r + (rr_next / rr).unsqueeze(1) * p, p)
        rr = rr_next
        count = count + active
        active = active & (rr > tolerance**2 * bb)
    residual = torch.where(bb > 0, (rr / bb).sqrt(), torch.zeros_like(bb))
    return Solution(x, b - r, count, residual, positive)
