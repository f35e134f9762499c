"""Timing of work on a CPU or GPU, and waiting for a GPU."""

import time
from typing import Any

import torch


class Stopwatch:
    """Adds up the seconds of the blocks it encloses. On a GPU events are recorded, so that nothing waits for it."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._total = device, 0.0
        self._pending: list[tuple[Any, Any]] = []

    def __enter__(self) -> None:
        if self._device.type == "cuda":
            while self._pending and self._pending[0][1].query():  # keeps the list short if `seconds` is never read
                self._count(*self._pending.pop(0))
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
        """Total so far. Reading it waits for the GPU."""
        if self._pending:
            self._pending[-1][1].synchronize()
            while self._pending:
                self._count(*self._pending.pop(0))
        return self._total

    def _count(self, began: Any, ended: Any) -> None:
        self._total += began.elapsed_time(ended) / 1000


def wait_for_gpu() -> None:
    """Return when the GPU has finished all work launched so far; at once if there is no GPU."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
