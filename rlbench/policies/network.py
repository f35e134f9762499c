"""A multilayer perceptron as a pure function of a flat parameter vector, with its two derivatives written out.

The parameters of all seeds are one tensor `theta[S, P]`. A layer's weights are a view of it, so an optimiser, a line
search or a checkpoint sees plain vectors, and one call multiplies for every seed. The derivatives are by
hand because they are short, and because autograd's bookkeeping would cost more than the arithmetic of networks this
small.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, as_numpy, opened
from rlbench.numerics.views import kept_with_vector
from rlbench.policies.layers import affine, column_sums, outer_sum, product, slope, tanh_

REGISTER = 64
"""Floats a seed's row is padded to: whole vector registers, so that no elementwise kernel treats the end of one
seed's row
differently from the middle of a batch, and a seed's bits do not depend on who sits beside it."""


def padded(size: int) -> int:
    """The size rounded up to whole registers."""
    return -(-size // REGISTER) * REGISTER


class Tape(NamedTuple):
    """What a forward pass leaves for the derivatives."""

    inputs: list[Array]
    """The input of each layer, `[S, B, I]`."""
    slopes: list[Array]
    """tanh' at each hidden layer, `[S, B, H]`."""
    weights: list[Array]
    """Of each layer, `[S, I, O]`: views of theta."""
    back: Callable[[Array], Array]
    """Turns an answer into the kind of what was given."""


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
        return _layers(theta, self.sizes, False)

    def __call__(self, theta: Tensor, x: Array) -> Array:
        """`[S, B, I] -> [S, B, O]`."""
        y, back = opened(x, theta)
        *hidden, last = self._layers_for(y, theta)
        for weight, bias in hidden:
            y = tanh_(affine(y, weight, bias))
        return back(affine(y, *last))

    def forward(self, theta: Tensor, x: Array) -> tuple[Array, Tape]:
        """The output, and the tape for `vjp` and `jvp`."""
        y, back = opened(x, theta)
        *hidden, last = layers = self._layers_for(y, theta)
        tape = Tape([y], [], [weight for weight, _ in layers], back)
        for weight, bias in hidden:
            y = tanh_(affine(y, weight, bias))
            tape.inputs.append(y)
            tape.slopes.append(slope(y))
        return back(affine(y, *last)), tape

    def vjp(self, tape: Tape, dy: Array, out: Tensor) -> Tensor:
        """J' dy: the gradient `[S, P]` of sum(dy * y), written into `out` (and returned)."""
        dy = alike(dy, tape.inputs[0])
        slots = self._layers_for(dy, out)
        for layer in reversed(range(len(slots))):
            d_weight, d_bias = slots[layer]
            outer_sum(tape.inputs[layer], dy, d_weight)
            column_sums(dy, d_bias)
            if layer:
                dy = product(dy, tape.weights[layer].mT)
                dy *= tape.slopes[layer - 1]
        return out

    def square_norms(self, tape: Tape, dy: Array) -> Array:
        """|J_b' dy_b|^2 for each row b, `[S, B]`: a layer's gradient is an outer product, whose norm is a product."""
        dy = alike(dy, tape.inputs[0])
        total = 0
        for layer in reversed(range(len(tape.weights))):
            x = tape.inputs[layer]
            total += ((x * x).sum(-1) + 1) * (dy * dy).sum(-1)
            if layer:
                dy = product(dy, tape.weights[layer].mT) * tape.slopes[layer - 1]
        return tape.back(total)

    def jvp(self, tape: Tape, v: Tensor) -> Array:
        """J v: how the output `[S, B, O]` moves when theta moves along `v[S, P]`."""
        dx = None
        for layer, (d_weight, d_bias) in enumerate(self._layers_for(tape.inputs[0], v)):
            dy = affine(tape.inputs[layer], d_weight, d_bias)
            if dx is not None:
                dy += product(dx, tape.weights[layer])
            if layer < len(tape.slopes):
                dy *= tape.slopes[layer]
                dx = dy
        return tape.back(dy)

    def _layers_for(self, samples: Array, theta: Tensor) -> list[tuple[Array, Array]]:
        """`layers`, in the kind of some samples."""
        return _layers(theta, self.sizes, isinstance(samples, np.ndarray))


@kept_with_vector
def _layers(theta: Tensor, sizes: tuple[int, ...], of_numpy: bool) -> list[tuple[Array, Array]]:
    """Weights and biases in theta, a weight's shorter side first: matrix libraries are fastest with long rows."""
    vectors = as_numpy(theta) if of_numpy else theta
    views, at = [], 0
    for i, o in pairwise(sizes):
        flat = vectors[:, at : at + i * o]
        weight = flat.reshape(-1, i, o) if i <= o else flat.reshape(-1, o, i).mT
        views.append((weight, vectors[:, None, at + i * o : at + i * o + o]))
        at += i * o + o
    return views


def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A random matrix with orthonormal rows or columns, whichever are fewer."""
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the distribution uniform
    return q if rows >= columns else q.T
