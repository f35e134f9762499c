"""Ctrl-C and SIGTERM during training raise exceptions, so that the workers are stopped as the stack unwinds."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Terminated(KeyboardInterrupt):
    """The exception that SIGTERM raises."""


@contextlib.contextmanager
def stop_signals() -> Iterator[list[KeyboardInterrupt]]:
    """Within the block Ctrl-C and SIGTERM raise an exception, which is also appended to the list.

    The list is needed because Python drops an exception that is raised while it finalises an object.
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
