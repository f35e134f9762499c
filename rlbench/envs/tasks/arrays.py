"""Functions of the tasks for which NumPy and torch differ in name or in the last bit.

Tasks are written once, for NumPy arrays on the CPU and torch tensors on CUDA: with operators, which both have, and with
these functions. On the CPU, NumPy is more than a habit. A call on a few worlds costs half of torch's, and Gymnasium
computes with NumPy too: a sum of more than two numbers depends on the order of its additions, a dot product on fused
multiply-adds, a sine on whose library it is. NumPy gives Gymnasium's bits. On CUDA equality is statistical anyway.
"""

from typing import Any

import numpy as np
import torch

Array = Any
"""A NumPy array or a torch tensor: the functions of a task return what its fields are."""


def copy(x: Array) -> Array:
    """A copy of x, whose memory changes with every step."""
    return x.copy() if isinstance(x, np.ndarray) else x.clone()


def concatenate(parts: tuple[Array, ...], out: Array | None = None) -> Array:
    """Concatenate along the last axis: [W, k], [W, l], ... -> [W, k + l + ...]."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts, axis=1, out=out)
    return torch.cat(parts, 1, out=out)


def clip(x: Array, low: Array, high: Array, out: Array | None = None) -> Array:
    """Clip elementwise; NaN stays NaN."""
    if isinstance(x, np.ndarray):
        return np.minimum(np.maximum(x, low, out=out), high, out=out)
    return torch.clamp(x, low, high, out=out)


def row_sums(x: Array) -> Array:
    """Sum over axis 1, in the order of `np.sum` on one world: [W, n, ...] -> [W, ...]."""
    return np.add.reduce(x, axis=1) if isinstance(x, np.ndarray) else x.sum(1)


def norms(x: Array) -> Array:
    """Euclidean norm of each row, to the bit that of `np.linalg.norm`: [W, n] -> [W]."""
    return np.sqrt(np.vecdot(x, x)) if isinstance(x, np.ndarray) else torch.linalg.vector_norm(x, dim=1)


def scalar_squares(x: Array) -> Array:
    """Square elementwise as `v**2` of a `np.float64` does: by the C library's `pow`, which is not always v * v."""
    return np.array([v**2 for v in x.tolist()]) if isinstance(x, np.ndarray) else x * x


def sin(x: Array) -> Array:
    """The sine of each element."""
    return np.sin(x) if isinstance(x, np.ndarray) else torch.sin(x)


def cos(x: Array) -> Array:
    """The cosine of each element."""
    return np.cos(x) if isinstance(x, np.ndarray) else torch.cos(x)


def control_cost(action: Array, weight: float) -> Array:
    """weight * sum(action^2), in the action's float32, as Gymnasium computes it. [W, A] -> [W]"""
    return weight * row_sums(action * action)
