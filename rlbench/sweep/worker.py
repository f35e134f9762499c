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

from rlbench.errors import Fault, UserError, say_error
from rlbench.training.job import Finished, Job, Progress

Report = Callable[[Progress | Finished], None]
Threads = Callable[[], int]
"""How many threads a job may now step its worlds with."""
Train = Callable[[Job, Report, Threads], None]


@dataclass(frozen=True)
class Question:
    """Something that a loaded worker can answer, and that the parent must not try for itself."""

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


def main(descriptor: int) -> None:
    """The program of a worker process, given the file descriptor of its end of the pipe."""
    work(Connection(descriptor))


def work(pipe: Connection) -> None:
    """The life of a worker: receive what loads the trainer, load it, answer questions, train one job, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent answers it
    _write_to(Path(os.devnull))
    try:
        load: Callable[[], Train] = pipe.recv()
        with contextlib.suppress(Exception):  # `_do` meets it again, when there is a log to write it to
            load()
        while isinstance(message := pipe.recv(), Question):
            pipe.send(_answer(message))
    except EOFError:
        os._exit(0)  # the parent needs no more of it; threads that a part has left behind would keep it alive
    job, log = message
    status = _do(job, log, load, pipe)
    with contextlib.suppress(OSError):  # the log may be on the disk that is full
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # all files are written; taking torch apart object by object would only keep the next job waiting


def _do(job: Job, log: Path, load: Callable[[], Train], pipe: Connection) -> int:
    """Trains; the exit status. How it went has been told, or there was nobody to tell it to."""
    try:
        _write_to(log)
        train = load()
        _limit_threads()
        train(job, pipe.send, _allowed(pipe))
        pipe.send(Done())
        return 0
    except UserError as error:
        _say(pipe, Failed(str(error), mendable=True, lasting=True))
    except BrokenPipeError:
        return 1  # the parent is gone and nobody is there to tell; the checkpoint goes on from here
    except BaseException as error:
        if isinstance(error, SystemExit) and error.code == 128 + signal.SIGTERM:
            return error.code
        _say(pipe, _describe(error, log))
        with contextlib.suppress(OSError):
            traceback.print_exc()
    return 1


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


def _describe(error: BaseException, log: Path) -> Failed:
    """What will not have changed at the next try is told as what it is: the fault of a part that is not rlbench's own,
    a full disk, a folder that vanished."""
    if isinstance(error, Fault):
        return Failed(f"{error} (its traceback: {log})", lasting=True)
    if isinstance(error, OSError) and error.filename is not None:
        return Failed(f"{error.strerror}: {error.filename}", lasting=True)
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # NumPy's way to say it, and torch's
        return Failed(f"memory is full: {say_error(error)}", lasting=True)
    return Failed(say_error(error))


def _answer(question: Question) -> Any:
    """The answer, or an exception: as plain data, for the parent loads no class of somebody else's to understand it."""
    try:
        return question.function(*question.arguments)
    except UserError as error:
        return UserError(str(error))
    except Fault as fault:
        return Fault(str(fault))
    except BaseException as error:
        return Fault(say_error(error))


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
