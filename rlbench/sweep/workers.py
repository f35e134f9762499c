"""The parent's side of worker processes: start them, hand out jobs, pass on what they say, notice when one dies."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from rlbench.errors import Fault, UserError
from rlbench.sweep.logs import close_log, log_path, make_log
from rlbench.sweep.processes import Process, interrupts_blocked, start_process
from rlbench.sweep.worker import Allowance, Done, Failed, Question, Train, trainer
from rlbench.training.job import Finished, Job, Progress


@dataclass(frozen=True)
class Restarted:
    """A job's process ended badly, and another goes on from the job's checkpoints."""

    failed: Failed
    left: int
    """How many more times that will be done."""


Event = Progress | Finished | Done | Failed | Restarted

Answer = TypeVar("Answer")
NONE: frozenset[str] = frozenset()
LISTEN_SECONDS = 1.0
"""After so long in which a worker says nothing it is looked at: a process of a part's own may hold its end of the pipe
open when it is gone."""
PATIENCE = 20.0
"""Seconds in which workers should have answered all that is asked before a sweep."""
END_SECONDS = 30.0
"""How long a process that says nothing more may take to end."""
RESTARTS = 2
"""How often a job whose process ended badly is given to a new one."""


@dataclass
class _Worker:
    process: Process
    pipe: Connection
    job: int = -1
    log: Path | None = None
    restarts: int = 0
    told: bool = False
    """Whether it has told of any progress."""
    done: bool = False
    failed: Failed | None = None
    """How its job failed, if it could say so itself."""
    threads: int = 1
    """That it was last allowed."""
    parts: frozenset[str] = NONE
    """Those not rlbench's own whose code it has run."""


class Workers:
    """At most `count` processes at a time, one a job. Within `with` they start loading, before any job is known."""

    def __init__(
        self,
        count: int,
        load: Callable[[], Train] = trainer,
        grace: float = 10.0,
        restarts: int = RESTARTS,
        cores: int = 1,
        begin_with: int | None = None,
        on_wait: Callable[[frozenset[str]], None] = lambda _: None,
    ) -> None:
        """While fewer than `cores` processes are at work, each may step its worlds with several threads.

        `begin_with` processes are started at once, or all; others when there are jobs for them. `on_wait` is called,
        once, where questions have taken longer than PATIENCE, with the parts that are asked about.
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
        except BaseException:  # Ctrl-C comes at any time, and what was started must not stay
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ask(self, function: Callable[..., Answer], *arguments: Any, parts: frozenset[str] = NONE) -> Answer:
        """Calls a function in a worker, which has loaded what it needs; never here.

        `parts` are those not rlbench's own, environments and plug-ins, whose code it runs. From then on that worker
        answers questions and takes jobs that are about all of these parts, and no others: whatever they have done to
        their process, they have done it to themselves. A UserError is raised here as it was there; any other failure,
        the end of the worker included, as a Fault.
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

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Runs the jobs in their order and yields what happens, as (index of the job, event).

        Every job ends with one Done or Failed, whatever happens to its process. Before a Failed that need not last, the
        job is given to a new process, `restarts` times; each time a Restarted tells of it.
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
                    # What the first process moved aside for --fresh is aside; what it wrote since is to be gone on with
                    job = replace(jobs[worker.job], fresh=jobs[worker.job].fresh and not worker.told)
                    todo.insert(0, (worker.job, job, worker.restarts - 1))
                    event = Restarted(event, worker.restarts - 1)
                if event is not None:
                    yield worker.job, event

    def _hand_out(self, index: int, job: Job, restarts: int) -> _Worker:
        """The job to a process, which may be given it anew `restarts` times."""
        worker = self._choose(job.parts)
        worker.job, worker.log, worker.restarts = index, log_path(job), restarts
        make_log(worker.log, anew=restarts == self._restarts)
        with contextlib.suppress(OSError):  # died while it loaded: its pipe reports that
            worker.pipe.send((job, worker.log))
        return worker

    def _choose(self, parts: frozenset[str]) -> _Worker:
        """Of the workers that wait the one that knows most of these parts and no other; else a new one."""
        fitting = [worker for worker in self._waiting if worker.parts <= parts]
        if not fitting:
            return self._start()
        worker = max(fitting, key=lambda worker: len(worker.parts))
        self._waiting.remove(worker)
        return worker

    def _allow(self, busy: Sequence[_Worker]) -> None:
        """The cores are shared out anew, when a process has ended and no job was left for another."""
        threads = max(1, self._cores // len(busy))
        for worker in busy:
            if worker.threads != threads:
                worker.threads = threads
                with contextlib.suppress(OSError):  # died: its pipe reports that
                    worker.pipe.send(Allowance(threads))

    def stop(self) -> None:
        """Asks all that still work to end, and after the grace ends them."""
        alive: list[_Worker] = []
        try:
            with interrupts_blocked():  # one that comes meanwhile is raised at its end: within the try
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
        """Workers started for more jobs than there are end by themselves once their pipe is closed."""
        while self._waiting:
            self._waiting.pop().pipe.close()

    def _start(self) -> _Worker:
        with interrupts_blocked():
            worker = _Worker(*start_process())
            self._all.append(worker)
        with contextlib.suppress(OSError):  # it has died already, which whoever asks it next notices
            worker.pipe.send(self._load)
        return worker


def _next_event(worker: _Worker) -> tuple[Event | None, bool]:
    """What a worker said, and whether its process is over. A failure is told of only then: its folders are free."""
    try:
        if not worker.pipe.poll():
            raise EOFError  # nothing more comes from it
        event = worker.pipe.recv()
    except (EOFError, OSError):
        failed, tail = _bury(worker), close_log(worker.log)
        if worker.done:
            return None, True
        return replace(failed, log_tail=() if failed.lasting else tail), True
    worker.told = worker.told or isinstance(event, Progress)
    worker.done = isinstance(event, Done)
    if isinstance(event, Failed):
        worker.failed, event = event, None
    return event, False


def _bury(worker: _Worker) -> Failed:
    """What was the end of a process that says nothing more."""
    worker.pipe.close()
    worker.process.join(END_SECONDS)
    if worker.process.is_alive():  # a part of it has closed its pipe, and lives on
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
