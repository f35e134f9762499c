"""Many launches made one: work on a GPU that is done again and again is recorded once, as a graph, and replayed.

Elsewhere it is simply done.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, tensor


def can_record(device: torch.device) -> bool:
    """Whether launches on it can be made one."""
    return device.type == "cuda"


@contextmanager
def nothing_let_go() -> Iterator[None]:
    """Memory that is given back while launches are recorded would spoil the recording."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Replay:
    """A function of no arguments that works on tensors which stay where they are: on a GPU one graph of it.

    It is first called as it is, which builds what it needs, then recorded; from then on its launches cost one.
    """

    def __init__(self, function: Callable[[], None], device: torch.device) -> None:
        self._function, self._recording = function, can_record(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._called = False

    def __call__(self) -> None:
        """Do it."""
        if not self._recording or not self._called:
            self._called = True
            self._function()
            return
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with nothing_let_go(), torch.cuda.graph(self._graph):
                self._function()
        self._graph.replay()


class Repeated:
    """A function of samples, called again and again with others of the same shapes: on a GPU one graph of it.

    What it returns are tensors, of a graph copies. What else it changes stays where it is. What differs from call to
    call has to be given: a graph knows the numbers in the memory it was recorded with, and no others. Other shapes, as
    a last minibatch may have, are done as they are.
    """

    def __init__(self, function: Callable[..., dict[str, Array]], device: torch.device) -> None:
        self._function, self._recording = function, can_record(device)
        self._replay = Replay(self._again, device)
        self._given: list[Tensor] = []
        self._made: dict[str, Tensor] = {}

    def __call__(self, *given: Tensor) -> dict[str, Tensor]:
        """The function's answer."""
        if not self._recording:
            return {name: tensor(value) for name, value in self._function(*given).items()}
        if not self._given:
            self._given = [torch.empty_like(each) for each in given]
        if any(place.shape != each.shape for place, each in zip(self._given, given, strict=True)):
            return self._function(*given)
        for place, each in zip(self._given, given, strict=True):
            place.copy_(each)
        self._replay()
        return {name: value.clone() for name, value in self._made.items()}

    def _again(self) -> None:
        self._made = self._function(*self._given)
