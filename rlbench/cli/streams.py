"""Standard output, which is for results, and standard error, which is for all else.

Both accept every character, and survive a reader that closes the pipe.
"""

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Callable

STDOUT, STDERR = 1, 2
WIDTHS, NARROWEST = ("COLUMNS", "TERMINAL_WIDTH"), 20
"""Variables from which rich and Typer read a terminal's width, and the smallest width in which a table fits."""


def tell(line: str = "") -> None:
    """Print a line on standard error: plans, progress, notes and advice, all that is not the result of a command."""
    sys.stdout.flush()  # where both are one terminal, or one file, they keep their order
    print(line, file=sys.stderr, flush=True)


class LostOutput(OSError):
    """Standard output cannot be written to: its reader has closed it, its disk is full, or it was never open."""


class Stream(io.RawIOBase):
    """Standard output or error. Output after the first failure is discarded."""

    def __init__(self, descriptor: int, on_loss: Callable[[OSError], None], error: OSError | None = None) -> None:
        """`on_loss` is called with the first failure, and may raise. An `error` known already is met at the first
        write."""
        self.on_loss = on_loss
        self._descriptor, self._error, self._told = descriptor, error, False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return self._error is None and os.isatty(self._descriptor)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all or a part, as much as the system accepts."""
        while self._error is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:  # another program has set the pipe to non-blocking
                select.select([], [self._descriptor], [])
            except OSError as error:
                self._error = error
        if not self._told:
            self._told = True
            self.on_loss(self._error)
        return len(data)


def open_streams() -> None:
    """Replace standard output and error by a `Stream` each, unless the calling program has replaced them already."""
    for name in WIDTHS:
        width = os.environ.get(name, "")
        if width and not (width.isascii() and width.isdigit() and int(width[:6]) >= NARROWEST):
            del os.environ[name]  # else rich prints nothing, or Typer an error
    closed = {
        descriptor: _fill(descriptor) for descriptor in (0, STDOUT, STDERR)
    }  # 0 as well, else the next opened file would take it
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(Stream(STDOUT, _raise, closed[STDOUT]), sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(Stream(STDERR, _ignore, closed[STDERR]), sys.stderr)


def keep_going_without_a_reader() -> None:
    """Let the work go on when standard output is lost; one line on standard error then says so."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, Stream):
        raw.on_loss = _tell


def _fill(descriptor: int) -> OSError | None:
    """Open /dev/null in place of a closed descriptor, which the next opened file would otherwise take."""
    try:
        os.fstat(descriptor)
    except OSError as error:
        os.open(os.devnull, os.O_RDWR)  # the lowest that is free
        return error
    return None


def _text(stream: Stream, before: io.TextIOBase | None) -> io.TextIOWrapper:
    """A text stream that escapes characters which the encoding lacks."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    at_once = stream.isatty() or getattr(before, "write_through", False)  # the latter by PYTHONUNBUFFERED
    buffered = io.BufferedWriter(stream)  # type: ignore[type-var]
    return io.TextIOWrapper(buffered, encoding, errors="backslashreplace", line_buffering=at_once)


def _raise(error: OSError) -> None:
    raise LostOutput(error.errno, error.strerror)


def _tell(error: OSError) -> None:
    why = "nobody reads it any more" if error.errno == errno.EPIPE else error.strerror
    with contextlib.suppress(OSError):
        os.write(STDERR, f"rlbench: standard output is lost ({why}); the work goes on without it.\n".encode())


def _ignore(_: OSError) -> None:
    """Do nothing: no stream is left to report to."""
