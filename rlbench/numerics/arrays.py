"""Samples are held in arrays of two kinds: a tensor, or NumPy's view of a tensor in the CPU's memory.

NumPy calls a function on a small array in a quarter of the time that torch takes, has a tanh ten times as quick and at
times the quicker matrix product, and what a CPU learns from are small arrays. A GPU's, and what torch shall
differentiate, stay tensors. Most of what is written for one kind is right for the other; what is not is here. Vectors
(theta, gradients) are always tensors to those who hold them, and are looked at in the kind of the samples they meet.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.views import is_differentiated, kept_with_vector

Array = Any
"""A tensor, or a NumPy array."""


def opened(x: Array, vectors: Tensor | None = None) -> tuple[Array, Callable[[Array], Array]]:
    """Samples in the kind that is quickest to work on with these vectors, and what turns an answer into x's own.

    An answer that torch shall differentiate stays a tensor, whatever x was.
    """
    given = isinstance(x, Tensor)
    if vectors is not None and not is_open(vectors):
        return tensor(x), itself
    return (x.numpy(), torch.from_numpy) if given and is_open(x) else (x, itself)


def itself(x: Array) -> Array:
    """Nothing to turn."""
    return x


def is_open(x: Tensor) -> bool:
    """Whether NumPy may work on its memory: a CPU's, which nobody differentiates, backward or forward."""
    return x.is_cpu and not is_differentiated(x)


def array(x: Tensor) -> Array:
    """The samples of a tensor in the quickest kind."""
    return opened(x)[0]


def tensor(x: Array) -> Tensor:
    """The same memory as a tensor."""
    return torch.from_numpy(x) if isinstance(x, np.ndarray) else x


def as_numpy(x: Tensor) -> np.ndarray:
    """NumPy's view of a tensor's memory. Derivatives would be lost in it, so that is an error."""
    if is_differentiated(x):
        raise RuntimeError(
            "torch cannot differentiate what NumPy does: give theta that torch differentiates, or tensors"
        )
    return x.numpy()


def alike(x: Array, other: Array) -> Array:
    """Samples in the kind of others."""
    if isinstance(other, np.ndarray):
        return as_numpy(x) if isinstance(x, Tensor) else x
    return tensor(x)


def seen_as(vectors: Tensor, samples: Array) -> Array:
    """Vectors in the kind of some samples."""
    return _seen_by_numpy(vectors) if isinstance(samples, np.ndarray) else vectors


_seen_by_numpy = kept_with_vector(as_numpy)


def namespace(x: Array) -> Any:
    """The module whose functions work on such arrays: NumPy or torch, where both have the function by one name."""
    return np if isinstance(x, np.ndarray) else torch


def exp(x: Array) -> Array:
    """e^x"""
    return np.exp(x) if isinstance(x, np.ndarray) else torch.exp(x)


def where(condition: Array, x: Array, y: Array) -> Array:
    """x or y, of float32."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, np.float32(x), np.float32(y))
    return torch.where(condition, x, y)


def scaled(x: Array, scale: Array, shift: Array) -> Array:
    """x scale + shift"""
    if isinstance(x, np.ndarray):
        y = x * scale
        y += shift
        return y
    return torch.addcmul(shift, x, scale)


def clip_(x: Array, low: float, high: float) -> Array:
    """In place; NaN stays NaN."""
    return np.minimum(np.maximum(x, low, out=x), high, out=x) if isinstance(x, np.ndarray) else x.clamp_(low, high)


def stack(parts: Sequence[Array]) -> Array:
    """Along a new first axis."""
    return np.stack(parts) if isinstance(parts[0], np.ndarray) else torch.stack(tuple(parts))


def log_softmax(x: Array) -> Array:
    """log of e^x / sum e^x, along the last axis."""
    if isinstance(x, np.ndarray):
        x = x - x.max(-1, keepdims=True)
        return x - np.log(np.exp(x).sum(-1, keepdims=True))
    return torch.log_softmax(x, -1)


def softmax(x: Array) -> Array:
    """e^x / sum e^x, along the last axis."""
    if isinstance(x, np.ndarray):
        powers = np.exp(x - x.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)
    return torch.softmax(x, -1)


def largest(x: Array) -> Array:
    """The number of the last axis's largest, kept in a float: `[..., 1]`."""
    if isinstance(x, np.ndarray):
        return x.argmax(-1)[..., None].astype(np.float32)
    return x.argmax(-1, keepdim=True).float()


def picked(x: Array, numbers: Array) -> Array:
    """x at numbers, kept in floats `[..., 1]`, of the last axis: `[...]`."""
    if isinstance(x, np.ndarray):
        return np.take_along_axis(x, numbers.astype(np.int64), -1)[..., 0]
    return x.gather(-1, numbers.long()).squeeze(-1)


def one_hot(numbers: Array, count: int) -> Array:
    """1 where the number `[..., 1]` is, of 0 .. count - 1, else 0: `[..., count]`."""
    if isinstance(numbers, np.ndarray):
        return (numbers == np.arange(count, dtype=numbers.dtype)).astype(np.float32)
    return (numbers == torch.arange(count, device=numbers.device)).float()
