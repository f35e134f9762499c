"""Timing of the parts of a job."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")

WITHIN_COLLECT = ("policy", "worlds", "physics")
PARTS = ("collect", "learn", "eval", "files", *WITHIN_COLLECT)
"""collect, learn, eval and files add up to the whole. collect contains policy (acting) and worlds (stepping); worlds
contains physics, the simulator's own steps without observations, rewards and resets."""
TIMES = (*PARTS, "processor")
"""Parts of the wall time, and a seed's share of the processor time of all threads."""


def nobody_waits() -> None:
    """Return at once: on a CPU a call that returned is complete."""


class Clock:
    """Seconds of each part since the latest `lap`."""

    def __init__(self, wait: Callable[[], None] = nobody_waits) -> None:
        """`wait` is called before the time is read, to wait for work launched on a GPU."""
        self._wait = wait
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._processor = time.process_time()

    @contextmanager
    def during(self, part: str) -> Iterator[None]:
        """Add the time of a `with` block to a part."""
        self._wait()
        began = time.perf_counter()
        try:
            yield
            self._wait()
        finally:
            self.seconds[part] += time.perf_counter() - began

    @contextmanager
    def learning(self) -> Iterator[None]:
        """Add the time of a `with` block to learn, except for the time that it adds to collect."""
        before = self.seconds["collect"]
        with self.during("learn"):
            yield
        self.seconds["learn"] -= self.seconds["collect"] - before

    def timed(self, part: str, function: Callable[Given, Made]) -> Callable[Given, Made]:
        """The function with the time of each call added to a part."""
        seconds, now = self.seconds, time.perf_counter

        def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            began = now()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[part] += now() - began

        return call

    def lap(self, seeds: int = 1) -> dict[str, float]:
        """The TIMES of one of `seeds` seeds since the latest lap; all restart at zero."""
        before, self._processor = self._processor, time.process_time()
        since = {**self.seconds, "processor": (self._processor - before) / seeds}
        self.seconds.update(dict.fromkeys(PARTS, 0.0))
        return since
