"""The program of a process that steps some of an environment's worlds. It needs no torch."""

import contextlib
import ctypes
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from rlbench.envs.groups.make import make_world
from rlbench.envs.groups.separate import SeparateWorlds
from rlbench.envs.registry import find_registered
from rlbench.errors import Fault, UserError, say_error

PR_SET_PDEATHSIG = 1
"""The number by which Linux knows this request."""


class Slice(NamedTuple):
    """The worlds of one process."""

    env_id: str
    max_episode_steps: int | None
    size: int


class Answer(NamedTuple):
    """The result of a method, or the failure, and the seconds that the environment's own steps have taken so far."""

    value: Any
    failure: Exception | None
    seconds: float


def main(descriptor: int) -> None:
    """Make the worlds of the `Slice` that comes first; then answer calls (method, arguments) until the pipe closes."""
    for each in (signal.SIGINT, signal.SIGTERM):  # sent to all processes of a job; the worker finishes its iteration
        signal.signal(each, signal.SIG_IGN)
    _die_with_parent()
    pipe = Connection(descriptor)
    with contextlib.suppress(EOFError, OSError):
        group = _make(pipe, pipe.recv())
        while group is not None:
            name, arguments = pipe.recv()
            pipe.send(_call(group, name, arguments))
    os._exit(0)  # threads left behind by an environment would keep the process alive


def _die_with_parent() -> None:
    """Have Linux kill this process when its parent is killed: an environment that hangs would never see the pipe."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _make(pipe: Connection, slice_: Slice) -> SeparateWorlds | None:
    """The worlds; None where they cannot be made, after the reason has been sent."""
    try:
        name = find_registered(slice_.env_id)
        worlds = [make_world(slice_.env_id, name, slice_.max_episode_steps) for _ in range(slice_.size)]
        group = SeparateWorlds(slice_.env_id, worlds)
    except BaseException as error:
        pipe.send(Answer(None, _plain(error), 0.0))
        return None
    pipe.send(Answer(None, None, 0.0))
    return group


def _call(group: SeparateWorlds, name: str, arguments: tuple[Any, ...]) -> Answer:
    try:
        return Answer(getattr(group, name)(*arguments), None, group.seconds)
    except BaseException as error:
        return Answer(None, _plain(error), group.seconds)


def _plain(error: BaseException) -> Exception:
    """A failure as plain data: to unpickle it must not import foreign code."""
    if isinstance(error, UserError):
        return UserError(error.what, error.hint)
    return Fault(str(error) if isinstance(error, Fault) else say_error(error))
