"""Repeated work on a GPU is captured as a CUDA graph and replayed, so that many kernel launches cost one.

On other devices functions are called as they are.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, tensor


def can_record(device: torch.device) -> bool:
    """Whether work on the device can be captured as a graph."""
    return device.type == "cuda"


@contextmanager
def nothing_let_go() -> Iterator[None]:
    """Disable garbage collection: freeing GPU memory during a capture would invalidate it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class CudaGraph:
    """A function without arguments that reads and writes tensors with fixed addresses, captured as a graph on a GPU.

    The first call runs the function, which allocates the memory that it needs; the second call captures it.
    """

    def __init__(self, function: Callable[[], None], device: torch.device) -> None:
        self._function, self._recording = function, can_record(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._called = False

    def __call__(self) -> None:
        if not self._recording or not self._called:
            self._called = True
            self._function()
            return
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with nothing_let_go(), torch.cuda.graph(self._graph):
                self._function()
        self._graph.replay()


class GraphedFunction:
    """A function of a NamedTuple of tensors and further tensors, captured as a graph on a GPU.

    It returns copies of the graph's outputs; what else it changes has to be changed in place, in tensors with fixed
    addresses. Whatever differs from call to call has to be an argument, because a graph reads the memory that it was
    recorded with. A call with other shapes, as a last minibatch may have, runs the function as it is.
    """

    def __init__(self, function: Callable[..., dict[str, Array]], device: torch.device) -> None:
        self._function, self._recording = function, can_record(device)
        self._graph = CudaGraph(self._run, device)
        self._inputs: list[Tensor] = []
        self._kind: Any = None
        self._outputs: dict[str, Tensor] = {}

    def __call__(self, samples: Any, *numbers: Tensor) -> dict[str, Tensor]:
        if not self._recording:
            return {name: tensor(value) for name, value in self._function(samples, *numbers).items()}
        given = [*samples, *numbers]
        if not self._inputs:
            self._inputs, self._kind = [torch.empty_like(each) for each in given], type(samples)
        if any(place.shape != each.shape for place, each in zip(self._inputs, given, strict=True)):
            return self._function(samples, *numbers)
        for place, each in zip(self._inputs, given, strict=True):
            place.copy_(each)
        self._graph()
        return {name: value.clone() for name, value in self._outputs.items()}

    def _run(self) -> None:
        fields = len(self._kind._fields)
        self._outputs = self._function(self._kind(*self._inputs[:fields]), *self._inputs[fields:])
