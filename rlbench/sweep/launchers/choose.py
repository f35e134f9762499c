"""The launchers by name. Each is imported only when it is used, so that nobody needs what another's place needs."""

from contextlib import AbstractContextManager
from importlib import import_module

from rlbench.sweep.launchers.contract import Launcher, OnWait
from rlbench.sweep.request import Request

LOCAL = "local"
LAUNCHERS = {LOCAL: "rlbench.sweep.launchers.local"}
"""The module of each launcher, which has a function `launch`."""


def launch(request: Request, on_wait: OnWait) -> AbstractContextManager[tuple[Request, Launcher]]:
    """Open the launcher of a request."""
    opened: AbstractContextManager[tuple[Request, Launcher]] = import_module(LAUNCHERS[LOCAL]).launch(request, on_wait)
    return opened
