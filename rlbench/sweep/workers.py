"""The parent's side of worker processes: start them, hand out jobs, pass on what they say, notice when one dies."""

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from rlbench.errors import UserError
from rlbench.sweep.worker import Done, Failed, Question, Train, trainer, work
from rlbench.training.job import Finished, Job, Progress

Event = Progress | Finished | Done | Failed

THREAD_LIMITS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
Answer = TypeVar("Answer")
LOG_TAIL = 12
"""Lines of a log that are shown."""


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: int | None = None
    log: Path | None = None
    ended: bool = False
    """Whether it said how its job ended."""


class Workers:
    """At most `count` processes at a time, one a job. Within `with` they start loading, before any job is known."""

    def __init__(self, count: int, load: Callable[[], Train] = trainer, grace: float = 10.0) -> None:
        self._load = load
        self._grace = grace
        self._all: list[_Worker] = []
        self._count = count
        self._waiting: list[_Worker] = []

    def __enter__(self) -> "Workers":
        try:
            self._waiting.extend(self._start() for _ in range(self._count))
        except BaseException:  # Ctrl-C comes at any time, and what was started must not stay
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Calls a function in a worker, which has loaded what it needs; here only if none can answer."""
        while self._waiting:
            pipe = self._waiting[0].pipe
            try:
                pipe.send(Question(function, arguments))
                answer = pipe.recv()
            except (EOFError, OSError):
                self._waiting.pop(0)
                continue
            if isinstance(answer, UserError):
                raise answer
            return answer
        return function(*arguments)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Runs the jobs in their order and yields what happens, as (index of the job, event).

        Every job ends with one Done or Failed, whatever happens to its process.
        """
        todo = list(range(len(jobs)))
        busy: list[_Worker] = []
        while todo or busy:
            while todo and len(busy) < self._count:
                worker = self._waiting.pop(0) if self._waiting else self._start()
                worker.job = todo.pop(0)
                worker.log = log_path(jobs[worker.job])
                _make_empty(worker.log)
                with contextlib.suppress(OSError):  # died while it loaded: its pipe reports that below
                    worker.pipe.send((jobs[worker.job], worker.log))
                busy.append(worker)
            self._dismiss_waiting()
            ready = wait([worker.pipe for worker in busy])
            for worker in [worker for worker in busy if worker.pipe in ready]:
                assert worker.job is not None
                event, over = _next_event(worker)
                if over:
                    busy.remove(worker)
                if event is not None:
                    yield worker.job, event

    def stop(self) -> None:
        """Asks all that still work to end, and after the grace ends them."""
        with _interrupts_blocked():
            alive = [worker for worker in self._all if worker.process.is_alive()]
            for worker in alive:
                worker.process.terminate()
        try:
            deadline = time.monotonic() + self._grace
            for worker in alive:
                worker.process.join(max(0.0, deadline - time.monotonic()))
        finally:
            for worker in alive:
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                _close_log(worker.log)

    def _dismiss_waiting(self) -> None:
        """Workers started for more jobs than there are end by themselves once their pipe is closed."""
        while self._waiting:
            self._waiting.pop().pipe.close()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._load))
        worker = _Worker(process, ours)
        self._all.append(worker)
        with _environment(dict.fromkeys(THREAD_LIMITS, "1")), _interrupts_blocked():
            process.start()
        theirs.close()  # so that its end is ours to notice
        return worker


def log_path(job: Job) -> Path:
    """Where all that a job's process prints goes, its traceback above all."""
    seeds = "-".join(str(seed) for seed in dict.fromkeys((job.seeds[0], job.seeds[-1])))
    name = f"{job.env}--{job.algorithm}--seed-{seeds}.log"
    return job.out / "logs" / name.replace("/", "-")


def _next_event(worker: _Worker) -> tuple[Event | None, bool]:
    """What a worker said, or how it died, and whether its process is over."""
    try:
        event = worker.pipe.recv()
    except (EOFError, OSError):
        worker.pipe.close()
        worker.process.join()
        tail = _close_log(worker.log)
        if worker.ended:
            return None, True
        return Failed(_say_exit(worker.process.exitcode), log_tail=tail), True
    if isinstance(event, Done | Failed):
        worker.ended = True
    if isinstance(event, Failed):
        event = replace(event, log_tail=() if event.mendable else _tail(worker.log))
    return event, False


def _say_exit(status: int | None) -> str:
    if status == 128 + signal.SIGTERM:
        return "its process was told to stop by SIGTERM, from outside"
    if status is not None and status < 0:
        name = signal.Signals(-status).name
        cause = "; the machine may have run out of memory" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{cause}"
    return f"its process ended by itself with status {status}"


def _make_empty(log: Path) -> None:
    with contextlib.suppress(OSError):  # the worker cannot write it either, and says so
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")


def _close_log(log: Path | None) -> tuple[str, ...]:
    """The end of a log; an empty log is not worth a file."""
    tail = _tail(log)
    if log and not tail:
        with contextlib.suppress(OSError):
            log.unlink()
            log.parent.rmdir()
    return tail


def _tail(log: Path | None) -> tuple[str, ...]:
    if log is None:
        return ()
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            return tuple(file.read().decode(errors="replace").splitlines()[-LOG_TAIL:])
    except OSError:
        return ()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """The environment that children started within inherit."""
    before = {key: os.environ.get(key) for key in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """No Ctrl-C within; children started within never see one, not even before they ask not to."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
