"""Work on a device: how long it takes, and when it is done."""

import time
from typing import Any

import torch


class Stopwatch:
    """Seconds that work on a device takes, without waiting for it while it is done."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._total = device, 0.0
        self._pending: list[tuple[Any, Any]] = []

    def __enter__(self) -> None:
        if self._device.type == "cuda":
            while self._pending and self._pending[0][1].query():  # of what nobody asks for nothing is kept
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
        """So far. This waits for the device."""
        if self._pending:
            self._pending[-1][1].synchronize()
            while self._pending:
                self._count(*self._pending.pop(0))
        return self._total

    def _count(self, began: Any, ended: Any) -> None:
        self._total += began.elapsed_time(ended) / 1000


def wait_for_gpu() -> None:
    """Until it has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
