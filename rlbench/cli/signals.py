"""Ctrl-C and SIGTERM while workers train: the stack unwinds, so that they are stopped too."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM, answered as Ctrl-C is."""


@contextlib.contextmanager
def stop_signals() -> Iterator[list[KeyboardInterrupt]]:
    """Within, Ctrl-C and SIGTERM raise an exception.

    Python drops an exception that is raised while it finalises an object. So what was raised is also kept in a list.
    """
    raised: list[KeyboardInterrupt] = []

    def stop(number: int, _: FrameType | None) -> None:
        raised.append(Terminated() if number == signal.SIGTERM else KeyboardInterrupt())
        raise raised[-1]

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield raised
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
