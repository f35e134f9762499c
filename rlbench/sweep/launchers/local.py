"""The launcher of worker processes on this machine."""

import contextlib
from collections.abc import Iterator

from rlbench.sweep.launchers.contract import OnWait
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.placement import resolve_device
from rlbench.sweep.request import Request


@contextlib.contextmanager
def launch(request: Request, on_wait: OnWait) -> Iterator[tuple[Request, Workers]]:
    """Start worker processes, which load while the caller goes on; gives the request with its device, and the pool."""
    if request.device == "auto":
        with Workers(1, on_wait=on_wait) as pool:
            request = resolve_device(request, pool.ask)
    with Workers(request.threads, cores=request.threads, begin_with=request.workers, on_wait=on_wait) as pool:
        yield request, pool
