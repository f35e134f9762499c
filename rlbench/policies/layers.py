"""What a layer computes, on samples of either kind: `x[S, B, I]`, weights `[S, I, O]`, biases `[S, 1, O]`.

A seed's bits must not depend on who sits beside it. NumPy multiplies seed by seed. torch's library treats a lone seed's
vector product differently from a batch of them, so vectors go by sums there.
"""

from functools import cache

import numpy as np
import torch

from rlbench.numerics.arrays import Array


def affine(x: Array, weight: Array, bias: Array) -> Array:
    """x W + b"""
    if isinstance(x, np.ndarray):
        y = np.matmul(x, weight)
        y += bias
        return y
    if weight.shape[-1] == 1 or x.shape[1] == 1:
        return product(x, weight) + bias
    return torch.baddbmm(bias, x, weight)


def product(x: Array, weight: Array) -> Array:
    """x W"""
    if x.shape[-1] == 1:
        return x * weight
    if isinstance(x, np.ndarray):
        return np.matmul(x, weight)
    if weight.shape[-1] == 1:
        return (x * weight.mT).sum(-1, keepdim=True)
    if x.shape[1] == 1:
        return (x.mT * weight).sum(1, keepdim=True)
    return torch.bmm(x, weight)


def tanh_(y: Array) -> Array:
    """tanh, in place where torch does not have to differentiate it."""
    return np.tanh(y, out=y) if isinstance(y, np.ndarray) else torch.tanh(y)


def tanh_derivative(y: Array) -> Array:
    """tanh' where tanh is y: 1 - y^2"""
    if isinstance(y, np.ndarray):
        squares = y * y
        return np.subtract(np.float32(1), squares, out=squares)
    return 1 - y * y


def outer_sum(x: Array, dy: Array, out: Array) -> None:
    """x' dy, summed over the samples: a weight's gradient."""
    if isinstance(x, np.ndarray):
        np.matmul(x.mT, dy, out=out)
    elif dy.shape[-1] == 1:
        torch.sum(x * dy, 1, out=out[:, :, 0])
    elif x.shape[-1] <= dy.shape[-1]:
        torch.bmm(x.mT, dy, out=out)
    else:  # as it lies in theta
        torch.bmm(dy.mT, x, out=out.mT)


def column_sums(dy: Array, out: Array) -> None:
    """The sum over the samples: a bias's gradient."""
    if isinstance(dy, np.ndarray):
        np.matmul(_ones(dy.shape[1]), dy, out=out)
    else:
        torch.sum(dy, 1, keepdim=True, out=out)


@cache
def _ones(size: int) -> np.ndarray:
    return np.ones((1, size), np.float32)
