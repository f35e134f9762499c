"""A vector of parameters together with the views of it that networks compute with."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from torch import Tensor

from rlbench.numerics import arrays
from rlbench.numerics.arrays import Array


class Parameters:
    """theta[S, P] (or anything of its shape), cut into layers once, for as many passes as there are.

    Here it is decided what computes. On a CPU it is NumPy, which calls a function on a small array in a quarter of the
    time that torch takes and has a tanh ten times as quick; on a GPU, and where torch shall differentiate, it is torch.
    """

    __slots__ = ("array", "layers", "vector")

    def __init__(self, vector: Tensor, sizes: Sequence[int], by_torch: bool = False) -> None:
        self.vector = vector
        """A tensor, for whoever computes with whole vectors."""
        self.array: Array = vector if by_torch or not arrays.is_open(vector) else _as_numpy(vector)
        """The same memory as networks compute with it."""
        self.layers: list[tuple[Array, Array]] = []
        """Weights `[S, I, O]` and biases `[S, 1, O]`. A weight lies with its shorter side first in the vector, because
        matrix libraries are fastest with long rows."""
        at = 0
        for i, o in pairwise(sizes):
            flat = self.array[:, at : at + i * o]
            weight = flat.reshape(-1, i, o) if i <= o else flat.reshape(-1, o, i).mT
            self.layers.append((weight, self.array[:, None, at + i * o : at + i * o + o]))
            at += i * o + o

    @property
    def by_numpy(self) -> bool:
        """Whether NumPy computes."""
        return isinstance(self.array, np.ndarray)

    def seen_by(self, samples: Array) -> Array:
        """The vector in the kind of some samples."""
        return self.array if isinstance(samples, np.ndarray) else self.vector


def _as_numpy(vector: Tensor) -> np.ndarray:
    if arrays.is_differentiated(vector):
        raise RuntimeError("NumPy computes here, which torch cannot differentiate: give differentiable(theta)")
    return vector.numpy()
