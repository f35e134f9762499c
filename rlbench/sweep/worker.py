"""Inside a worker process: answer questions, wait for one job, train it, say how it goes."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rlbench.errors import UserError
from rlbench.training.job import Finished, Job, Progress

Report = Callable[[Progress | Finished], None]
Threads = Callable[[], int]
"""How many threads a job may now step its worlds with."""
Train = Callable[[Job, Report, Threads], None]


@dataclass(frozen=True)
class Question:
    """Something a loaded worker can answer and the parent cannot without loading as much."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Allowance:
    """From now on a job may step its worlds with so many threads."""

    threads: int


@dataclass(frozen=True)
class Done:
    """A job came to its end; seeds may have diverged on the way."""


@dataclass(frozen=True)
class Failed:
    """A job ended before its budget was spent."""

    reason: str
    """One line."""
    mendable: bool = False
    """Whether the user's words were at fault, and not the program."""
    lasting: bool = False
    """Whether trying again at once would meet the same."""
    log_tail: tuple[str, ...] = ()


def trainer() -> Train:
    """Loads what trains. A worker calls it before its job is known, beside the parent's own slow imports."""
    from rlbench.training.run import run_job

    return run_job


def work(pipe: Connection, load: Callable[[], Train]) -> None:
    """The life of a worker: load, answer questions, take one job and the name of its log, train, end."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes of a terminal; the parent alone answers it
    _write_to(Path(os.devnull))
    with contextlib.suppress(Exception):  # told below, when there is a log to tell it to
        load()
    try:
        while isinstance(message := pipe.recv(), Question):
            pipe.send(_answer(message))
    except EOFError:
        return
    job, log = message
    try:
        _write_to(log)
        train = load()
        _limit_threads()
        train(job, pipe.send, _allowed(pipe))
    except UserError as error:
        _say(pipe, Failed(str(error), mendable=True, lasting=True))
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)  # the parent is gone and nobody is there to tell; the checkpoint goes on from here
    except Exception as error:
        _say(pipe, _describe(error))
        with contextlib.suppress(OSError):  # the log may be on the disk that is full
            traceback.print_exc()
            sys.stderr.flush()
        sys.exit(1)
    pipe.send(Done())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # all files are written; taking torch apart object by object would only keep the next job waiting


def _allowed(pipe: Connection) -> Threads:
    """What the parent said last; one before it says anything."""
    threads = 1

    def now() -> int:
        nonlocal threads
        while pipe.poll():
            try:
                threads = pipe.recv().threads
            except EOFError:
                raise BrokenPipeError from None
        return threads

    return now


def _describe(error: Exception) -> Failed:
    """A full disk or a folder that vanished is told as what it is, and will not have changed at the next try."""
    if isinstance(error, OSError) and error.filename is not None:
        return Failed(f"{error.strerror}: {error.filename}", lasting=True)
    return Failed(f"{type(error).__name__}: {' '.join(str(error).split())}")


def _answer(question: Question) -> Any:
    """The answer, or the user's mistake. Any other error ends this worker, and the parent tries for itself."""
    try:
        return question.function(*question.arguments)
    except UserError as error:
        return error


def _limit_threads() -> None:
    """The environment's limits hold for the libraries that read it; torch also takes its number as a call."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _write_to(path: Path) -> None:
    """All that this process prints, libraries written in C included, goes to a file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


def _say(pipe: Connection, failed: Failed) -> None:
    with contextlib.suppress(OSError):
        pipe.send(failed)
