"""Where the time of a job goes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")

WITHIN_COLLECT = ("policy", "worlds", "physics")
PARTS = ("collect", "learn", "eval", "files", *WITHIN_COLLECT)
"""Sampling, learning, evaluating and writing files are the whole. Within sampling are acting and stepping worlds, and
within that the simulator's own steps, without observations, rewards and resets."""
TIMES = (*PARTS, "processor")
"""Parts of the wall time, and a seed's share of the processor time of all threads."""


def nobody_waits() -> None:
    """What was called is done."""


class Clock:
    """Seconds by part, since the latest `lap`."""

    def __init__(self, wait: Callable[[], None] = nobody_waits) -> None:
        """`wait` for what was only started, on a GPU, before the time is taken."""
        self._wait = wait
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._processor = time.process_time()

    @contextmanager
    def during(self, part: str) -> Iterator[None]:
        """All that happens within."""
        self._wait()
        began = time.perf_counter()
        try:
            yield
            self._wait()
        finally:
            self.seconds[part] += time.perf_counter() - began

    @contextmanager
    def learning(self) -> Iterator[None]:
        """All that happens within and is not sampling."""
        before = self.seconds["collect"]
        with self.during("learn"):
            yield
        self.seconds["learn"] -= self.seconds["collect"] - before

    def timed(self, part: str, function: Callable[Given, Made]) -> Callable[Given, Made]:
        """The same function, timed."""
        seconds, now = self.seconds, time.perf_counter

        def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            began = now()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[part] += now() - began

        return call

    def lap(self, seeds: int = 1) -> dict[str, float]:
        """TIMES of each of so many seeds since the latest lap; from here they start at zero."""
        before, self._processor = self._processor, time.process_time()
        since = {**self.seconds, "processor": (self._processor - before) / seeds}
        self.seconds.update(dict.fromkeys(PARTS, 0.0))
        return since
