"""Work on a device: how long it takes, and many launches made one."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


class Stopwatch:
    """Seconds that work on a device takes, without waiting for it while it is done."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._total = device, 0.0
        self._pending: list[tuple[Any, Any]] = []

    def __enter__(self) -> None:
        if self._device.type == "cuda":
            self._pending.append((torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)))
            self._pending[-1][0].record()
        else:
            self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if self._device.type == "cuda":
            self._pending[-1][1].record()
        else:
            self._total += time.perf_counter() - self._began

    @property
    def seconds(self) -> float:
        """So far. This waits for the device."""
        if self._pending:
            self._pending[-1][1].synchronize()
            self._total += sum(began.elapsed_time(ended) for began, ended in self._pending) / 1000
            self._pending.clear()
        return self._total


def can_record(device: torch.device) -> bool:
    """Whether launches on it can be made one."""
    return device.type == "cuda"


def wait_for_gpu() -> None:
    """Until it has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


@contextmanager
def nothing_let_go() -> Iterator[None]:
    """Memory that is given back while launches are recorded would spoil the recording."""
    gc.collect()
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
