"""Starting a process with a pipe to it, without side effects on the process that starts it.

Such processes are started by `subprocess`, not by `multiprocessing`, which would run the caller's script again in each
of them (so that every script would need `if __name__ == "__main__":`) and could set their environment variables only by
changing the caller's.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Protocol

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Freed arrays of one batch are kept for the next: fresh pages of memory take longer to get than to fill.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20),
}
"""Variables of the process's environment, beside the caller's. Libraries read them when they are loaded."""

PROGRAM = "import sys; sys.path[:] = {path!r}; from {module} import main; main({descriptor})"


class Process(Protocol):
    """The operations on a started process."""

    @property
    def pid(self) -> int | None: ...

    @property
    def exitcode(self) -> int | None:
        """None while it runs; the negative number of the signal that ended it."""

    def is_alive(self) -> bool: ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, but no longer than so many seconds."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Program:
    """A `Process` started by `subprocess`."""

    def __init__(self, popen: subprocess.Popen) -> None:
        self._popen = popen
        self.pid: int = popen.pid

    @property
    def exitcode(self) -> int | None:
        return self._popen.poll()

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def join(self, timeout: float | None = None) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout)

    def terminate(self) -> None:
        self._popen.terminate()

    def kill(self) -> None:
        self._popen.kill()


def start_process(module: str) -> tuple[Process, Connection]:
    """Start a process that runs `main(descriptor)` of a module, and a pipe to it. Call it with interrupts blocked.

    `descriptor` is the file descriptor of the process's end of the pipe.
    """
    ours, theirs = Pipe()
    path = [each for each in sys.path if isinstance(each, str)]
    program = PROGRAM.format(path=path, module=module, descriptor=theirs.fileno())
    popen = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env={**os.environ, **ENVIRONMENT},
    )
    theirs.close()  # the process holds the only one, so that its end closes the pipe
    return Program(popen), ours


@contextlib.contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Delay Ctrl-C until the end of the block. A process started within never receives one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
