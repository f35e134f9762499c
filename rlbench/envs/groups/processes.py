"""Separate worlds, shared out over this process and others that step theirs at the same time."""

import contextlib
import signal
import time
import weakref
from collections.abc import Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from rlbench.envs.groups.child import Answer, Slice
from rlbench.envs.groups.contract import Moved
from rlbench.envs.groups.separate import SeparateWorlds
from rlbench.errors import Fault
from rlbench.piped_process import Process, interrupts_blocked, start_process

END_SECONDS = 5.0
"""Seconds that a process may take to end after its pipe is closed."""


class SharedOutWorlds:
    """A `WorldGroup` in several processes; contract.py documents the methods.

    The first worlds are stepped by this process while the others step theirs. Commands are sent to all of them before
    any answer is read.
    """

    def __init__(self, own: SeparateWorlds, parts: Sequence[Slice]) -> None:
        """`own` has one world more than or as many as each of the `parts`."""
        self._id = parts[0].env_id
        self.way = f"in {len(parts) + 1} processes"
        self.exact_saves, self.seconds = own.exact_saves, 0.0
        self._own = own
        self._parts = [_Part(each) for each in parts]
        for part in self._parts:
            part.answer()  # its worlds are made, or cannot be

    @staticmethod
    def sizes(count: int, processes: int) -> list[int]:
        """How many worlds each process has: sizes that differ by at most one, the largest first."""
        return [(count + processes - 1 - i) // processes for i in range(processes)]

    def start(self, rows: np.ndarray, seeds: Sequence[int], played: Sequence[np.ndarray] = ()) -> np.ndarray:
        numbers = np.asarray(seeds)
        parts = [
            (at, numbers[place], [played[i] for i in place.tolist()] if len(played) else ())
            for place, at in self._places(rows)
        ]
        return np.concatenate(self._call("start", parts))

    def lost(self, rows: np.ndarray) -> bool:  # noqa: ARG002
        return False

    def step(self, rows: np.ndarray, actions: np.ndarray) -> Moved:
        began = time.perf_counter()
        parts = self._call("step", [(at, actions[place]) for place, at in self._places(rows)])
        self.seconds += time.perf_counter() - began
        return Moved(*(np.concatenate(field) for field in zip(*parts, strict=True)))

    def reseed(self, seeds: Sequence[int]) -> None:
        self._call("reseed", [(each,) for each in self._split(list(seeds))])

    def save(self) -> list[dict[str, Any]]:
        return [state for states in self._call("save", [()] * (len(self._parts) + 1)) for state in states]

    def load(self, states: Sequence[dict[str, Any]]) -> None:
        self._call("load", [(each,) for each in self._split(list(states))])

    def _bounds(self) -> np.ndarray:
        return np.cumsum([0, len(self._own), *(part.size for part in self._parts)])

    def _split(self, values: list[Any]) -> list[list[Any]]:
        bounds = self._bounds()
        return [values[low:high] for low, high in pairwise(bounds)]

    def _places(self, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each process: which of the ascending `rows` are its own, and their numbers among its worlds."""
        bounds = self._bounds()
        cuts = pairwise(np.searchsorted(rows, bounds))
        return [
            (np.arange(low, high), rows[low:high] - first) for (low, high), first in zip(cuts, bounds, strict=False)
        ]

    def _call(self, name: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of every process's worlds; this process does its part while the others do theirs."""
        for part, given in zip(self._parts, arguments[1:], strict=True):
            part.send(name, given)
        failures: list[Exception] = []
        values: list[Any] = []
        try:
            values.append(getattr(self._own, name)(*arguments[0]))
        except Fault as fault:
            failures.append(fault)
        for part in self._parts:  # every answer is read, so that a later call meets none of an earlier one
            try:
                values.append(part.answer())
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return values


class _Part:
    """One of the other processes and the number of its worlds."""

    def __init__(self, slice_: Slice) -> None:
        self._id, self.size = slice_.env_id, slice_.size
        with interrupts_blocked():
            self._process, self._pipe = start_process("rlbench.envs.groups.child")
            weakref.finalize(self, _end, self._process, self._pipe)
        self._send(slice_)

    def send(self, name: str, arguments: tuple[Any, ...]) -> None:
        self._send((name, arguments))

    def _send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # the process has ended, which `answer` reports
            self._pipe.send(message)

    def answer(self) -> Any:
        try:
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(END_SECONDS)
            raise Fault(f"{self._id}: a process that steps its worlds {_how(self._process.exitcode)}") from None
        if answer.failure is not None:
            raise answer.failure
        return answer.value


def _how(status: int | None) -> str:
    """How a process ended."""
    if status is not None and status < 0:
        return f"was killed ({signal.Signals(-status).name})"
    return "ended by itself" if status is None else f"ended by itself (exit status {status})"


def _end(process: Process, pipe: Connection) -> None:
    """Close the pipe, at which the process ends; kill it where it does not."""
    pipe.close()
    process.join(END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
