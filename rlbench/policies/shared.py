"""Two networks with their hidden layers in common: each is some of the outputs of one larger network."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from rlbench.numerics.arrays import Array, tensor
from rlbench.policies.network import Network, Tape
from rlbench.policies.parameters import Parameters


@dataclass(frozen=True)
class Head(Network):
    """The outputs `first` to `first + sizes[-1]` of a network that has `total`. theta is the whole network's."""

    total: int = 1
    first: int = 0

    @cached_property
    def whole(self) -> Network:
        """What the heads are parts of."""
        return Network((*self.sizes[:-1], self.total))

    @cached_property
    def size(self) -> int:
        """How many parameters the whole has."""
        return self.whole.size

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A start for the whole, where this head's last weights have its own gain and the others' have 1."""
        theta = self.whole.initial(rng)
        weight, _ = self.whole.parameters(torch.from_numpy(theta).unsqueeze(0)).layers[-1]
        own = self._own(weight)
        own *= self.last_gain
        return theta

    def parameters(self, theta: Tensor | Parameters) -> Parameters:
        """The whole network's."""
        return self.whole.parameters(theta)

    def last_layer(self, theta: Tensor) -> list[Array]:
        """Views of the whole's theta: this head's own weights and biases."""
        return [self._own(each) for each in self.whole.parameters(theta).layers[-1]]

    def layers_of(self, theta: Tensor, row: int) -> list[tuple[Array, Array]]:
        """Views of one row of the whole's theta, the last layer with this head's own outputs only."""
        *hidden, last = self.whole.layers_of(theta, row)
        return [*hidden, (self._own(last[0]), self._own(last[1]))]

    def differentiable(self, theta: Tensor) -> Parameters:
        """The whole network's."""
        return self.whole.differentiable(theta)

    def __call__(self, theta: Tensor | Parameters, x: Array) -> Array:
        """`[S, B, I] -> [S, B, O]`."""
        return self._own(self.whole(theta, x))

    def forward(self, theta: Tensor | Parameters, x: Array) -> tuple[Array, Tape]:
        """The output, and the tape for the derivatives."""
        y, tape = self.whole.forward(theta, x)
        return self._own(y), tape

    def layer_gradients(self, tape: Tape, dy: Array) -> Iterator[tuple[int, Array]]:
        """Of the whole's layers, where the other heads' outputs have no part in sum(dy * y)."""
        return super().layer_gradients(tape, self._among_all(dy))

    def jvp(self, tape: Tape, v: Tensor | Parameters) -> Array:
        """J v."""
        return self._own(self.whole.jvp(tape, v))

    def _own(self, y: Array) -> Array:
        return y[..., self.first : self.first + self.sizes[-1]]

    def _among_all(self, dy: Array) -> Tensor:
        return pad(tensor(dy), (self.first, self.total - self.first - self.sizes[-1]))
