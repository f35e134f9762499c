"""The value function V(s): one network, trained by squared error."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array, array, where
from rlbench.policies.network import Network, padded
from rlbench.policies.parameters import Parameters


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

    def gradient(
        self,
        theta: Tensor | Parameters,
        obs: Array,
        target: Array,
        out: Tensor | Parameters,
        old_value: Array | None = None,
        clip: float = 0,
    ) -> Array:
        """Write the gradient of mean (V - target)^2 into `out[S, P]`; return its terms, `[S, B]`.

        With `clip`, a sample's loss is the larger of that and the loss of V held within `clip` of `old_value[S, B]`.
        """
        value, tape = self.network.forward(theta, obs)
        error = value - target[..., None]  # [S, B, 1]
        if old_value is not None and clip:
            moved = value - old_value[..., None]
            held = error + (moved.clip(-clip, clip) - moved)
            stuck = held * held > error * error  # then V is outside, and its clipped value does not move
            slope, error = where(stuck, 0.0, error), where(stuck, held, error)
        else:
            slope = error
        self.network.vjp(tape, slope * (2 / error.shape[1]), out)
        return (error * error)[..., 0]
