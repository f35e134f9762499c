"""Opening the launcher of a request. Each is imported only when it is used: nobody needs what another's place needs."""

from contextlib import AbstractContextManager
from importlib import import_module

from rlbench.sweep.launchers.contract import Launcher, OnWait
from rlbench.sweep.launchers.options import LAUNCHERS
from rlbench.sweep.request import Request


def launch(request: Request, on_wait: OnWait) -> AbstractContextManager[tuple[Request, Launcher]]:
    """Open the launcher of a request."""
    module = import_module(LAUNCHERS[request.launching.launcher])
    opened: AbstractContextManager[tuple[Request, Launcher]] = module.launch(request, on_wait)
    return opened
