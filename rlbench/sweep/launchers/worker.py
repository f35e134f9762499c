"""The code of a worker process: answer questions, receive one job, train it, report progress."""

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

from rlbench.errors import Fault, UserError, say_error, say_missing
from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.training.job import Finished, Job, Progress

SendEvent = Callable[[Progress | Finished], None]
Threads = Callable[[], int]
"""Gives the number of threads with which a job may currently step its worlds."""
Train = Callable[[Job, SendEvent, Threads], None]


@dataclass(frozen=True)
class Question:
    """A function call that the parent asks of a worker, because it must not make it itself."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Allowance:
    """The message that a job may from now on step its worlds with so many threads."""

    threads: int


def trainer() -> Train:
    """Import the training code. A worker does this before its job is known, in parallel with the parent's imports."""
    from rlbench.training.run import run_job

    return run_job


def main(descriptor: int) -> None:
    """The program of a worker process, given the file descriptor of its end of the pipe."""
    work(Connection(descriptor))


def work(pipe: Connection) -> None:
    """The main function of a worker: load the trainer, answer questions, train one job, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent answers it
    _write_to(Path(os.devnull))
    try:
        load: Callable[[], Train] = pipe.recv()
        with contextlib.suppress(Exception):  # `_do` fails in the same way, when there is a log for it
            load()
        while isinstance(message := pipe.recv(), Question):
            pipe.send(_answer(message))
    except EOFError:
        os._exit(0)  # not sys.exit: threads left behind by foreign code would keep the process alive
    job, log = message
    status = _do(job, log, load, pipe)
    with contextlib.suppress(OSError):  # the log may be on the disk that is full
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # all files are written; an orderly exit would only spend time on freeing torch's objects


def _do(job: Job, log: Path, load: Callable[[], Train], pipe: Connection) -> int:
    """Train the job and report how it went; the exit status."""
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
        return 1  # the parent is gone; a later command resumes from the checkpoint
    except BaseException as error:
        if isinstance(error, SystemExit) and error.code == 128 + signal.SIGTERM:
            return error.code
        _say(pipe, _describe(error, log))
        with contextlib.suppress(OSError):
            traceback.print_exc()
    return 1


def _allowed(pipe: Connection) -> Threads:
    """A function that gives the number of threads that the parent allowed last, at first one."""
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
    """Describe a failure. It is `lasting` if a new try would meet it again: a fault of foreign code, a full disk, a
    missing folder."""
    if missing := say_missing(error):
        return Failed(missing, mendable=True, lasting=True)
    if isinstance(error, Fault):
        return Failed(f"{error} (its traceback: {log})", lasting=True)
    if isinstance(error, OSError) and error.filename is not None:
        return Failed(f"{error.strerror}: {error.filename}", lasting=True)
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # how NumPy and torch report it
        return Failed(f"memory is full: {say_error(error)}", lasting=True)
    return Failed(say_error(error))


def _answer(question: Question) -> Any:
    """The answer or exception, as plain data: the parent must not load a foreign class to unpickle it."""
    try:
        return question.function(*question.arguments)
    except UserError as error:
        return UserError(error.what, error.hint)
    except Fault as fault:
        return Fault(str(fault))
    except BaseException as error:
        missing = say_missing(error)
        return UserError(missing) if missing else Fault(say_error(error))


def _limit_threads() -> None:
    """Limit torch to one thread. Other libraries read the limit from the environment."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _write_to(path: Path) -> None:
    """Redirect everything this process prints to a file, including output of C libraries."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


def _say(pipe: Connection, failed: Failed) -> None:
    with contextlib.suppress(OSError):
        pipe.send(failed)
