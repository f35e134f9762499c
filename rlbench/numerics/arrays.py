"""Samples are held in arrays of two kinds: a tensor, or NumPy's view of a tensor in the CPU's memory.

Most of what is written for one kind is right for the other; what is not is here. `policies/parameters.py` decides which
kind a network computes with.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad

Array = Any
"""A tensor, or a NumPy array."""


def is_open(x: Tensor) -> bool:
    """Whether NumPy may work on its memory: a CPU's."""
    return x.is_cpu


def is_differentiated(x: Tensor) -> bool:
    """Whether torch records what is done with x, backward or forward."""
    return (x.requires_grad and torch.is_grad_enabled()) or forward_ad.unpack_dual(x).tangent is not None


def array(x: Array) -> Array:
    """The same memory as NumPy's array where that is possible, else as it is."""
    return x.numpy() if isinstance(x, Tensor) and is_open(x) else x


def tensor(x: Array) -> Tensor:
    """The same memory as a tensor."""
    return torch.from_numpy(x) if isinstance(x, np.ndarray) else x


def alike(x: Array, other: Array) -> Array:
    """The same memory in the kind of another array."""
    return array(x) if isinstance(other, np.ndarray) else tensor(x)


def on_tensors(function: Callable[..., Array]) -> Callable[..., Tensor]:
    """The function of arrays as a function of tensors, for callers that know tensors alone."""
    return lambda *given: tensor(function(*(array(x) for x in given)))


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
