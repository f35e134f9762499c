"""The parent's side of worker processes: start them, hand out jobs, pass on events, notice when one dies."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from rlbench.errors import Fault, UserError
from rlbench.piped_process import Process, interrupts_blocked, start_process
from rlbench.sweep.launchers.contract import NONE, Answer, Done, Event, Failed, OnWait, Restarted
from rlbench.sweep.launchers.worker import Allowance, Question, Train, trainer
from rlbench.sweep.logs import close_log, log_path, make_log
from rlbench.sweep.machine import usable_memory
from rlbench.training.job import Job, Progress

LISTEN_SECONDS = 1.0
"""A worker that sends nothing for so long is checked for being alive: a child process of foreign code may keep the pipe
open after the worker has died."""
PATIENCE = 20.0
"""Seconds in which workers should have answered all that is asked before a sweep."""
END_SECONDS = 30.0
"""Seconds that a process may take to end after its pipe is closed."""
RESTARTS = 2
"""How many times a job whose process ended badly is given to a new one."""


@dataclass
class _Worker:
    process: Process
    pipe: Connection
    job: int = -1
    log: Path | None = None
    restarts: int = 0
    reported: bool = False
    """Whether it has reported any progress."""
    done: bool = False
    failed: Failed | None = None
    """The failure that it reported itself."""
    threads: int = 1
    """The number of threads it was last allowed."""
    parts: frozenset[str] = NONE
    """The foreign parts whose code it has run."""


class Workers:
    """A pool of at most `count` processes at a time, one per job. They start loading before any job is known."""

    def __init__(
        self,
        count: int,
        load: Callable[[], Train] = trainer,
        grace: float = 10.0,
        restarts: int = RESTARTS,
        cores: int = 1,
        begin_with: int | None = None,
        on_wait: OnWait = lambda _: None,
    ) -> None:
        """While fewer than `cores` processes are at work, each may step its worlds with several threads.

        `begin_with` processes are started at once (default: all), others when there are jobs for them. `on_wait` is
        called once, if questions have taken longer than PATIENCE, with the foreign parts that are asked about.
        """
        self._load = load
        self._cores = cores
        self._grace = grace
        self._restarts = restarts
        self._all: list[_Worker] = []
        self._count = count
        self._begin_with = count if begin_with is None else begin_with
        self._waiting: list[_Worker] = []
        self._on_wait, self._waited = on_wait, 0.0

    def __enter__(self) -> "Workers":
        try:
            self._waiting.extend(self._start() for _ in range(self._begin_with))
        except BaseException:  # Ctrl-C may come at any time, and no process may be left behind
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, function: Callable[..., Answer], *arguments: Any, parts: frozenset[str] = NONE) -> Answer:
        """Call a function in a worker, which has loaded what it needs.

        `parts` are the foreign parts (environments, plug-ins) whose code it runs. From then on that worker answers only
        questions and takes only jobs about all of these parts, so that foreign code can harm no other work. A UserError
        is raised here as it was there; any other failure, including the end of the worker, is a Fault.
        """
        worker = self._choose(parts)
        worker.parts |= parts
        try:
            worker.pipe.send(Question(function, arguments))
            while not worker.pipe.poll(LISTEN_SECONDS):
                if not worker.process.is_alive():
                    raise EOFError
                self._waited += LISTEN_SECONDS
                if PATIENCE <= self._waited < PATIENCE + LISTEN_SECONDS:
                    self._on_wait(parts)
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            raise Fault(_bury(worker).reason) from None
        self._waiting.append(worker)
        while len(self._waiting) > self._count:
            self._waiting.pop(0).pipe.close()  # it ends by itself
        if isinstance(answer, UserError | Fault):
            raise answer
        return answer

    def free_memory(self) -> int | None:
        """Free bytes of this machine; None where the system does not tell."""
        return usable_memory()

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Run the jobs in their order and yield events as (index of the job, event).

        Every job ends with one Done or Failed, whatever happens to its process. A failure that is not lasting is met by
        giving the job to a new process, up to `restarts` times, with a Restarted event each time.
        """
        todo = [(index, job, self._restarts) for index, job in enumerate(jobs)]
        busy: list[_Worker] = []
        while todo or busy:
            while todo and len(busy) < self._count:
                busy.append(self._hand_out(*todo.pop(0)))
            self._dismiss_waiting()
            self._allow(busy)
            ready = wait([worker.pipe for worker in busy], LISTEN_SECONDS)
            for worker in [each for each in busy if each.pipe in ready or not each.process.is_alive()]:
                event, over = _next_event(worker)
                if over:
                    busy.remove(worker)
                if isinstance(event, Failed) and worker.restarts and not event.lasting:
                    # The first process has moved the old run aside for --fresh; what it wrote since is resumed
                    job = replace(jobs[worker.job], fresh=jobs[worker.job].fresh and not worker.reported)
                    todo.insert(0, (worker.job, job, worker.restarts - 1))
                    event = Restarted(event, worker.restarts - 1)
                if event is not None:
                    yield worker.job, event

    def _hand_out(self, index: int, job: Job, restarts: int) -> _Worker:
        """Give the job to a process; `restarts` more may follow."""
        worker = self._choose(job.parts)
        worker.job, worker.log, worker.restarts = index, log_path(job), restarts
        make_log(worker.log, anew=restarts == self._restarts)
        with contextlib.suppress(OSError):  # it died while it loaded, which its pipe reports
            worker.pipe.send((job, worker.log))
        return worker

    def _choose(self, parts: frozenset[str]) -> _Worker:
        """The waiting worker that knows most of these parts and no others; else a new one."""
        fitting = [worker for worker in self._waiting if worker.parts <= parts]
        if not fitting:
            return self._start()
        worker = max(fitting, key=lambda worker: len(worker.parts))
        self._waiting.remove(worker)
        return worker

    def _allow(self, busy: Sequence[_Worker]) -> None:
        """Divide the cores among the busy workers, after one has ended and no job was left for another."""
        threads = max(1, self._cores // len(busy))
        for worker in busy:
            if worker.threads != threads:
                worker.threads = threads
                with contextlib.suppress(OSError):  # it died, which its pipe reports
                    worker.pipe.send(Allowance(threads))

    def stop(self) -> None:
        """Ask all running workers to end, and kill them after the grace period."""
        alive: list[_Worker] = []
        try:
            with interrupts_blocked():  # an interrupt is raised at the end of the block, within the try
                alive = [worker for worker in self._all if worker.process.is_alive()]
                for worker in alive:
                    worker.process.terminate()
            deadline = time.monotonic() + self._grace
            for worker in alive:
                worker.process.join(max(0.0, deadline - time.monotonic()))
        finally:
            for worker in alive:
                if worker.process.is_alive():
                    worker.process.kill()
                    worker.process.join()
                close_log(worker.log)

    def _dismiss_waiting(self) -> None:
        """End the waiting workers: a worker ends by itself once its pipe is closed."""
        while self._waiting:
            self._waiting.pop().pipe.close()

    def _start(self) -> _Worker:
        with interrupts_blocked():
            worker = _Worker(*start_process("rlbench.sweep.launchers.worker"))
            self._all.append(worker)
        with contextlib.suppress(OSError):  # it died already, which the next question to it notices
            worker.pipe.send(self._load)
        return worker


def _next_event(worker: _Worker) -> tuple[Event | None, bool]:
    """The next event of a worker, and whether its process is over. A failure is reported only then, when its folders
    are unlocked."""
    try:
        if not worker.pipe.poll():
            raise EOFError  # nothing more comes from it
        event = worker.pipe.recv()
    except (EOFError, OSError):
        failed, tail = _bury(worker), close_log(worker.log)
        if worker.done:
            return None, True
        return replace(failed, log_tail=() if failed.lasting else tail), True
    worker.reported = worker.reported or isinstance(event, Progress)
    worker.done = isinstance(event, Done)
    if isinstance(event, Failed):
        worker.failed, event = event, None
    return event, False


def _bury(worker: _Worker) -> Failed:
    """Wait for the end of a process that sends nothing more; how it failed."""
    worker.pipe.close()
    worker.process.join(END_SECONDS)
    if worker.process.is_alive():  # foreign code has closed its pipe and keeps it running
        worker.process.kill()
        worker.process.join()
    return worker.failed or _say_exit(worker.process.exitcode)


def _say_exit(status: int | None) -> Failed:
    if status == 128 + signal.SIGTERM:
        return Failed("its process was told to stop by SIGTERM, from outside", lasting=True)
    if status is not None and status < 0:
        name = signal.Signals(-status).name
        cause = "; the machine may have run out of memory" if name == "SIGKILL" else ""
        return Failed(f"its process was ended by {name}{cause}")
    return Failed(f"its process ended by itself with status {status}")
