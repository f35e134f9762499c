"""A multilayer perceptron as a pure function of a flat parameter vector, with its two derivatives written out.

The parameters of all seeds are one tensor `theta[S, P]`. A layer's weights are a view of it, so an optimiser, a line
search or a checkpoint sees plain vectors, and one batched matrix product serves every seed. The derivatives are by
hand because they are short, and because autograd's bookkeeping would cost more than the arithmetic of networks this
small.
"""

import math
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

REGISTER = 64
"""Floats a seed's row is padded to: whole vector registers, so that no elementwise kernel treats the end of one
seed's row
differently from the middle of a batch, and a seed's bits do not depend on who sits beside it."""


def padded(size: int) -> int:
    """The size rounded up to whole registers."""
    return -(-size // REGISTER) * REGISTER


class Tape(NamedTuple):
    """What a forward pass leaves for the derivatives."""

    inputs: list[Tensor]
    """The input of each layer, `[S, B, I]`."""
    slopes: list[Tensor]
    """tanh' at each hidden layer, `[S, B, H]`."""
    weights: list[Tensor]
    """Of each layer, `[S, I, O]`: views of theta."""


@dataclass(frozen=True)
class Network:
    """tanh layers of the given sizes and a linear last one."""

    sizes: tuple[int, ...]
    """Input, hidden layers, output."""
    last_gain: float = 1.0
    """Scale of the last layer's start; small for a policy, so that it begins without an opinion."""

    @cached_property
    def size(self) -> int:
        """How many parameters there are."""
        return sum(i * o + o for i, o in pairwise(self.sizes))

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """Orthogonal weights of gain sqrt(2), the last layer of `last_gain`; zero biases. `[size]`, float32."""
        parts = []
        for layer, (rows, columns) in enumerate(pairwise(self.sizes)):
            gain = self.last_gain if layer == len(self.sizes) - 2 else math.sqrt(2)
            weight = gain * _orthogonal(rng, rows, columns)
            parts += [(weight if rows <= columns else weight.T).ravel(), np.zeros(columns)]
        return np.concatenate(parts).astype(np.float32)

    def layers(self, theta: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Views of theta: weights `[S, I, O]` and bias `[S, 1, O]` of each layer."""
        return _views(self.sizes, theta)

    def __call__(self, theta: Tensor, x: Tensor) -> Tensor:
        """`[S, B, I] -> [S, B, O]`."""
        *hidden, last = self.layers(theta)
        for weight, bias in hidden:
            x = _tanh_layer(x, weight, bias)
        return _linear(x, *last)

    def forward(self, theta: Tensor, x: Tensor) -> tuple[Tensor, Tape]:
        """The output, and the tape for `vjp` and `jvp`."""
        *hidden, last = layers = self.layers(theta)
        tape = Tape([x], [], [weight for weight, _ in layers])
        for weight, bias in hidden:
            x = _tanh_layer(x, weight, bias)
            tape.inputs.append(x)
            tape.slopes.append(torch.addcmul(_constant(1.0, x.device), x, x, value=-1))  # tanh' = 1 - tanh^2
        return _linear(x, *last), tape

    def vjp(self, tape: Tape, dy: Tensor, out: Tensor) -> Tensor:
        """J' dy: the gradient `[S, P]` of sum(dy * y), written into `out` (and returned)."""
        slots = self.layers(out)
        for layer in reversed(range(len(slots))):
            x, (d_weight, d_bias) = tape.inputs[layer], slots[layer]
            if dy.shape[-1] == 1:
                torch.sum(x * dy, 1, out=d_weight[:, :, 0])
            elif x.shape[-1] <= dy.shape[-1]:
                torch.bmm(x.transpose(1, 2), dy, out=d_weight)
            else:  # as it lies in theta
                torch.bmm(dy.transpose(1, 2), x, out=d_weight.transpose(1, 2))
            torch.sum(dy, 1, keepdim=True, out=d_bias)
            if layer:
                back = tape.weights[layer].transpose(1, 2)  # [S, O, I]
                dy = (dy * back if dy.shape[-1] == 1 else _product(dy, back)).mul_(tape.slopes[layer - 1])
        return out

    def square_norms(self, tape: Tape, dy: Tensor) -> Tensor:
        """|J_b' dy_b|^2 for each row b, `[S, B]`: a layer's gradient is an outer product, whose norm is a product."""
        total = torch.zeros(dy.shape[:2], device=dy.device)
        for layer in reversed(range(len(tape.weights))):
            total += (tape.inputs[layer].square().sum(-1) + 1) * dy.square().sum(-1)
            if layer:
                dy = _product(dy, tape.weights[layer].transpose(1, 2)) * tape.slopes[layer - 1]
        return total

    def jvp(self, tape: Tape, v: Tensor) -> Tensor:
        """J v: how the output `[S, B, O]` moves when theta moves along `v[S, P]`."""
        dx = None
        for layer, (weight, (d_weight, d_bias)) in enumerate(zip(tape.weights, self.layers(v), strict=True)):
            dy = _linear(tape.inputs[layer], d_weight, d_bias)
            if dx is not None:
                dy = dy + _product(dx, weight)
            if layer < len(tape.slopes):
                dx = dy.mul_(tape.slopes[layer])
        return dy


@cache
def _constant(value: float, device: torch.device) -> Tensor:
    return torch.tensor(value, device=device)


@lru_cache(maxsize=8)
def _views(sizes: tuple[int, ...], theta: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases in theta, a weight's shorter side first: the matrix library is fastest with long rows.

    Kept for the vectors asked for last, since an optimiser works on the same ones again and again, and cutting them
    takes as long as a small product.
    """
    views, at = [], 0
    for i, o in pairwise(sizes):
        flat = theta[:, at : at + i * o]
        weight = flat.view(-1, i, o) if i <= o else flat.view(-1, o, i).transpose(1, 2)
        views.append((weight, theta[:, at + i * o : at + i * o + o].unsqueeze(1)))
        at += i * o + o
    return views


def _product(x: Tensor, weight: Tensor) -> Tensor:
    """x W, `[S, B, I] @ [S, I, O]`.

    A single row or column goes by sums: the matrix library treats a lone seed's vector product differently from a batch
    of them, and the bits of a seed must not depend on who sits beside it.
    """
    if weight.shape[-1] == 1:
        return (x * weight.transpose(1, 2)).sum(-1, keepdim=True)
    if x.shape[1] == 1:
        return (x.transpose(1, 2) * weight).sum(1, keepdim=True)
    return torch.bmm(x, weight)


def _linear(x: Tensor, weight: Tensor, bias: Tensor, scale: int = 1) -> Tensor:
    """scale (x W + b)"""
    if weight.shape[-1] == 1 or x.shape[1] == 1:
        y = _product(x, weight) + bias
        return y if scale == 1 else y.mul_(scale)
    return torch.baddbmm(bias, x, weight, beta=scale, alpha=scale)


def _tanh_layer(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """tanh(x W + b), as 2 sigmoid(2z) - 1, which is several times faster than tanh and within 1e-7 of it.

    Sigmoid's kernel treats the end of a tensor differently, so it is used only where each seed's rows fill whole
    registers.
    """
    if x.shape[1] * weight.shape[-1] % REGISTER:
        return _linear(x, weight, bias).tanh_()
    y = _linear(x, weight, bias, 2).sigmoid_()
    return torch.add(_constant(-1.0, y.device), y, alpha=2, out=y)


def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A random matrix with orthonormal rows or columns, whichever are fewer."""
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the distribution uniform
    return q if rows >= columns else q.T
