"""A multilayer perceptron as a pure function of a flat parameter vector, with its two derivatives written out.

The parameters of all seeds are one tensor `theta[S, P]`. A layer's weights are a view of it, so an optimiser, a line
search or a checkpoint sees plain vectors, and one call multiplies for every seed. The derivatives are by
hand because they are short, and because autograd's bookkeeping would cost more than the arithmetic of networks this
small.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, array
from rlbench.policies.layers import affine, column_sums, outer_sum, product, tanh_, tanh_derivative
from rlbench.policies.parameters import Parameters

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
    theta: Parameters
    """What it was computed with."""
    given: Array
    """The input as it was given: answers are of its kind."""


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

    @cached_property
    def hidden_size(self) -> int:
        """How many parameters lie before those of the last layer."""
        return self.size - (self.sizes[-2] + 1) * self.sizes[-1]

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """Orthogonal weights of gain sqrt(2), the last layer of `last_gain`; zero biases. `[size]`, float32."""
        parts = []
        for layer, (rows, columns) in enumerate(pairwise(self.sizes)):
            gain = self.last_gain if layer == len(self.sizes) - 2 else math.sqrt(2)
            weight = gain * _orthogonal(rng, rows, columns)
            parts += [(weight if rows <= columns else weight.T).ravel(), np.zeros(columns)]
        return np.concatenate(parts).astype(np.float32)

    def parameters(self, theta: Tensor | Parameters) -> Parameters:
        """The vector with its views, for a pass or for many."""
        return theta if isinstance(theta, Parameters) else Parameters(theta, self.sizes)

    def last_layer(self, theta: Tensor) -> list[Array]:
        """Views of theta: all parameters that the output is linear in, each `[S, ...]`."""
        return [array(theta)[:, self.hidden_size : self.size]]

    def multiply_last_layer(self, theta: Tensor, factor: Array) -> None:
        """Multiply the last layer by `factor[S, 1]`, in place."""
        for part in self.last_layer(theta):
            part *= factor.reshape(-1, *[1] * (part.ndim - 1))

    def layers_of(self, theta: Tensor, row: int) -> list[tuple[Array, Array]]:
        """Views of one row of theta: the weights `[I, O]` and the bias `[O]` of each layer."""
        return [(weight[row], bias[row, 0]) for weight, bias in self.parameters(theta).layers]

    def differentiable(self, theta: Tensor) -> Parameters:
        """The vector for passes that torch differentiates, backward or forward, or maps over with `vmap`."""
        return Parameters(theta, self.sizes, by_torch=True)

    def __call__(self, theta: Tensor | Parameters, x: Array) -> Array:
        """`[S, B, I] -> [S, B, O]`."""
        theta = self.parameters(theta)
        y = alike(x, theta.array)
        *hidden, last = theta.layers
        for weight, bias in hidden:
            y = tanh_(affine(y, weight, bias))
        return answer(affine(y, *last), theta, x)

    def forward(self, theta: Tensor | Parameters, x: Array) -> tuple[Array, Tape]:
        """The output, and the tape for `vjp` and `jvp`."""
        theta = self.parameters(theta)
        y = alike(x, theta.array)
        *hidden, last = theta.layers
        tape = Tape([y], [], theta, x)
        for weight, bias in hidden:
            y = tanh_(affine(y, weight, bias))
            tape.inputs.append(y)
            tape.slopes.append(tanh_derivative(y))
        return answer(affine(y, *last), theta, x), tape

    def layer_gradients(self, tape: Tape, dy: Array) -> Iterator[tuple[int, Array]]:
        """The layers, the last one first, each with the derivative of sum(dy * y) to its output before tanh."""
        dy = alike(dy, tape.inputs[0])
        for layer in reversed(range(len(tape.theta.layers))):
            yield layer, dy  # [S, B, O]
            if layer:
                dy = product(dy, tape.theta.layers[layer][0].mT)
                dy *= tape.slopes[layer - 1]

    def vjp(self, tape: Tape, dy: Array, out: Tensor | Parameters) -> Tensor:
        """J' dy: the gradient `[S, P]` of sum(dy * y), written into `out` (and returned)."""
        out = self.parameters(out)
        for layer, d_output in self.layer_gradients(tape, dy):
            d_weight, d_bias = out.layers[layer]
            outer_sum(tape.inputs[layer], d_output, d_weight)
            column_sums(d_output, d_bias)
        return out.vector

    def square_norms(self, tape: Tape, dy: Array) -> Array:
        """|J_b' dy_b|^2 for each row b, `[S, B]`: a layer's gradient is an outer product, whose norm is a product."""
        total = 0
        for layer, d_output in self.layer_gradients(tape, dy):
            x = tape.inputs[layer]
            total += ((x * x).sum(-1) + 1) * (d_output * d_output).sum(-1)
        return answer(total, tape.theta, tape.given)

    def jvp(self, tape: Tape, v: Tensor | Parameters) -> Array:
        """J v: how the output `[S, B, O]` moves when theta moves along `v[S, P]`."""
        dx = None
        for layer, (d_weight, d_bias) in enumerate(self.parameters(v).layers):
            dy = affine(tape.inputs[layer], d_weight, d_bias)
            if dx is not None:
                dy += product(dx, tape.theta.layers[layer][0])
            if layer < len(tape.slopes):
                dy *= tape.slopes[layer]
                dx = dy
        return answer(dy, tape.theta, tape.given)


def answer(y: Array, theta: Parameters, given: Array) -> Array:
    """In the kind of what was given; where torch computes, a tensor."""
    return alike(y, given) if theta.by_numpy else y


def _orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A random matrix with orthonormal rows or columns, whichever are fewer."""
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the distribution uniform
    return q if rows >= columns else q.T
