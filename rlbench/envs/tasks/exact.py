"""Arithmetic that agrees with Gymnasium's to the last bit.

Gymnasium computes with NumPy. A sum of more than two numbers depends on the order of its additions, a dot product on
fused multiply-adds, and a sine on whose library it is; torch differs from NumPy in all three. On the CPU these
functions therefore let NumPy do the work, row by row as Gymnasium would. On CUDA equality is statistical anyway, and
torch does it.
"""

import numpy as np
import torch
from torch import Tensor


def row_sums(x: Tensor) -> Tensor:
    """[W, n, ...] -> [W, ...], each row summed in the order of `np.sum`."""
    return x.sum(1) if x.is_cuda else torch.from_numpy(np.add.reduce(x.numpy(), axis=1))


def norms(x: Tensor) -> Tensor:
    """[W, n] -> [W], Euclidean, as `np.linalg.norm` of each row."""
    if x.is_cuda:
        return torch.linalg.vector_norm(x, dim=1)
    rows = x.numpy()
    return torch.from_numpy(np.sqrt(np.vecdot(rows, rows)))


def scalar_squares(x: Tensor) -> Tensor:
    """Elementwise, as `v**2` of one `np.float64`: the C library's `pow`, which is not always v * v."""
    return x.square() if x.is_cuda else torch.tensor([v**2 for v in x.tolist()], dtype=x.dtype)


def sin(x: Tensor) -> Tensor:
    """Elementwise, as `np.sin`."""
    return torch.sin(x) if x.is_cuda else torch.from_numpy(np.sin(x.contiguous().numpy()))


def cos(x: Tensor) -> Tensor:
    """Elementwise, as `np.cos`."""
    return torch.cos(x) if x.is_cuda else torch.from_numpy(np.cos(x.contiguous().numpy()))


def control_cost(action: Tensor, weight: float) -> Tensor:
    """weight * sum(action^2), in the float32 that Gymnasium's wrappers hand on. [W, A] -> [W]"""
    return row_sums(action.square()).mul_(weight)
