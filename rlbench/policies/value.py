"""The value function V(s): one network, trained by squared error."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array, array, where
from rlbench.policies.network import Network, Tape, padded
from rlbench.policies.parameters import Parameters
from rlbench.policies.terms import Term


class Value(NamedTuple):
    """V at some states, and the tape for derivatives."""

    value: Array
    """`[S, B]`"""
    tape: Tape


@dataclass(frozen=True)
class ValueFunction:
    """theta = the network's parameters, padded."""

    network: Network

    @cached_property
    def size(self) -> int:
        """P: the length of theta's row."""
        return padded(self.network.size)

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""
        theta = np.zeros(self.size, dtype=np.float32)
        theta[: self.network.size] = self.network.initial(rng)
        return theta

    def __call__(self, theta: Tensor | Parameters, obs: Array) -> Array:
        """`[S, B, O] -> [S, B]`."""
        return self.network(theta, obs)[..., 0]

    def multiply(self, vector: Tensor, last: Array, hidden: Array | None = None) -> None:
        """Multiply the last layer in `vector[S, P]` by `last[S, 1]`, and the layers before by `hidden`, in place."""
        self.network.multiply_last_layer(vector, last)
        if hidden is not None:
            before = array(vector)[:, : self.network.hidden_size]
            before *= hidden

    def at(self, theta: Tensor | Parameters, obs: Array) -> Value:
        """V at states `[S, B, O]`."""
        value, tape = self.network.forward(theta, obs)
        return Value(value[..., 0], tape)

    def squared_error(self, v: Value, target: Array, old_value: Array | None = None, clip: float = 0) -> Term:
        """mean (V - target)^2, with `target[S, B]`.

        With `clip`, a sample's loss is the larger of that and the loss of V held within `clip` of `old_value[S, B]`.
        """
        error = v.value - target
        learning = error
        if old_value is not None and clip:
            moved = v.value - old_value
            held = error + (moved.clip(-clip, clip) - moved)
            stuck = held * held > error * error  # then V is outside, and its clipped value does not move
            learning, error = where(stuck, 0.0, error), where(stuck, held, error)
        return Term((error * error).mean(1), d_critic=learning * (2 / error.shape[1]))

    def backward(self, v: Value, loss: Term, out: Tensor | Parameters) -> None:
        """Write the gradient of a loss, which has a derivative to V, into `out[S, P]`."""
        assert loss.d_critic is not None
        self.network.vjp(v.tape, loss.d_critic[..., None], out)
