"""Derivatives with respect to the parameters of a policy's distribution: what a network's outputs should do.

Terms of a loss are differentiated only so far and added up here; one backward pass through the network then serves all.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, tensor


class HeadGradient:
    """One derivative for each parameter of a distribution; None for a parameter that has none."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Array | None) -> None:
        self.parts = parts

    def __neg__(self) -> "HeadGradient":
        return HeadGradient(*(None if part is None else -part for part in self.parts))

    def __add__(self, other: "HeadGradient") -> "HeadGradient":
        pairs = zip(self.parts, other.parts, strict=True)
        return HeadGradient(*(a if b is None else b if a is None else a + b for a, b in pairs))

    def __sub__(self, other: "HeadGradient") -> "HeadGradient":
        return self + -other

    def __rmul__(self, factor: float) -> "HeadGradient":
        return HeadGradient(*(None if part is None else factor * part for part in self.parts))


def by_autograd(function: Callable[..., Tensor], *parameters: Array) -> tuple[Array, list[Array]]:
    """`function(*parameters)` and its derivatives, summed over its elements, in the kind of the parameters."""
    with torch.enable_grad():
        leaves = [tensor(each).detach().requires_grad_() for each in parameters]
        value = function(*leaves)
        slopes = torch.autograd.grad(value.sum(), leaves, materialize_grads=True)
    found = [alike(slope, given) for slope, given in zip(slopes, parameters, strict=True)]
    return alike(value.detach(), parameters[0]), found


def per_sample(weight: Array | float, samples: Array) -> Array | float:
    """A weight `[S, 1]`, or a number for all seeds, to multiply samples `[S, B, A]` with."""
    return weight if isinstance(weight, float) else alike(weight, samples)[..., None]


def new_vector(samples: Array, size: int) -> Tensor:
    """Zeros `[S, size]` where such samples are."""
    return torch.zeros(len(samples), size, device=tensor(samples).device)
