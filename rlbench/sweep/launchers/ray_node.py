"""What runs on a node of a Ray cluster: the description of its code, and one actor a job.

The actor trains nothing. It starts the same worker process that trains on a single machine, collects its events until
the driver asks for them, and sends files where the node does not share the driver's file system. It needs no torch.
"""

import contextlib
import queue
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rlbench.claim_file import BEAT_SECONDS, SILENT_SECONDS, held_folder, is_alive, read_owner, silence
from rlbench.errors import Fault, UserError, say_error
from rlbench.sweep.launchers.carried_files import Carrier, Piece, write_pieces
from rlbench.sweep.launchers.contract import Event, Failed, Restarted
from rlbench.sweep.launchers.worker import Train, trainer
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.words import say_seeds
from rlbench.training.host import processor, same_release, versions
from rlbench.training.job import Job, Progress
from rlbench.training.source import own_source

SILENT = 10.0
"""Seconds after which an actor without news says so, which shows that it lives."""


@dataclass(frozen=True)
class NodeCode:
    """What the results of a node depend on."""

    versions: dict[str, str]
    source: str
    """SHA-256 of the source of rlbench's training packages."""
    processor: str


@dataclass(frozen=True)
class Told:
    """The news of a job."""

    events: list[Event]
    pieces: list[Piece]
    """Parts of files, where the node does not share the driver's file system."""
    over: bool


@dataclass(frozen=True)
class Assignment:
    """A job, and how it is to be trained on a node."""

    job: Job
    threads: int
    code: NodeCode
    """What the driver has. A node that joined later may differ."""
    carried: list[Piece] | None
    """The files that are there already; None where the node shares the driver's file system."""
    wait_for_claims: bool
    """Whether an earlier process of this job may hold its runs still."""
    load: Callable[[], Train] = trainer


def describe_node() -> NodeCode:
    """What this machine would train with."""
    return NodeCode(versions("cpu"), own_source(), processor())


def differences_of_code(there: NodeCode, here: NodeCode) -> list[str]:
    """How the code of two machines differs, as text; other processors are no difference of code."""
    told = [
        f"{name} {there.versions.get(name)} there, {number} here"
        for name, number in here.versions.items()
        if not same_release(name, there.versions.get(name), number)
    ]
    if there.source != here.source:
        told.append(f"other source of rlbench, {there.source[:8]} there, {here.source[:8]} here")
    return told


def sees(path: str, content: str) -> bool:
    """Whether a file with this content is found at this path."""
    try:
        return Path(path).read_text() == content
    except OSError:
        return False


def name_of(job: Job) -> str:
    """The name of a job in Ray's dashboard and logs: `trpo/Hopper-v4/seeds 0-4`."""
    return f"{job.label}/{job.env}/{'seed' if len(job.seeds) == 1 else 'seeds'} {say_seeds(job.seeds)}"


def say_loss(error: Exception) -> str:
    """What became of an actor, in one line; what Ray tells goes on for a page."""
    name, cause = type(error).__name__, getattr(error, "cause", None)
    if "low on memory" in str(error) or name == "OutOfMemoryError":
        return "Ray ended it, because its node was low on memory"
    if isinstance(cause, Exception):
        return say_error(cause)
    return f"its node or its process there was lost ({name})"


class QuestionActor:
    """Answers questions on a node with a GPU, in a worker process there."""

    def __init__(self) -> None:
        self._pool = Workers(1)

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...], parts: frozenset[str]) -> Any:
        """The answer, or the UserError or Fault in its place."""
        try:
            return self._pool.ask(function, *arguments, parts=parts)
        except (UserError, Fault) as error:
            return error


class JobActor:
    """Trains one job on the node where Ray has placed it."""

    def __init__(self, assignment: Assignment) -> None:
        self._name = name_of(assignment.job)
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._stopping = threading.Event()
        self._carrier: Carrier | None = None
        self._scratch = ""
        job = assignment.job
        if assignment.carried is not None:
            self._scratch = tempfile.mkdtemp(prefix="rlbench-")
            job = replace(job, out=Path(self._scratch))
            write_pieces(job, assignment.carried)
            self._carrier = Carrier(job)
        self._pool = Workers(1, load=assignment.load, cores=assignment.threads)
        self._thread = threading.Thread(target=self._train, args=(job, assignment), daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return self._name

    def listen(self, seconds: float) -> Told:
        """Collect news for so long, but less where the job ends; the first news may take longer to come."""
        until = time.monotonic() + seconds
        events: list[Event] = []
        over = False
        with contextlib.suppress(queue.Empty):
            wait = max(seconds, SILENT)
            while not over:
                event = self._events.get(timeout=wait)
                over = event is None
                if event is not None:
                    append(events, event)
                wait = max(0.0, until - time.monotonic())
        pieces = self._carrier.changed(over) if self._carrier else []
        if over and self._scratch:
            events = [_elsewhere(event, self._scratch) for event in events]
            shutil.rmtree(self._scratch, ignore_errors=True)
        return Told(events, pieces, over)

    def stop(self) -> None:
        """Ask the worker to write checkpoints and end; `listen` then tells the last news."""
        self._stopping.set()
        self._pool.stop()

    def _train(self, job: Job, assignment: Assignment) -> None:
        try:
            if told := differences_of_code(describe_node(), assignment.code):
                self._events.put(Failed(f"the node {socket.gethostname()} has {', '.join(told)}", True, True))
                return
            if assignment.wait_for_claims:
                wait_for_claims(job, self._stopping)
            with self._pool as pool:
                for _, event in pool.run([job]):
                    if self._stopping.is_set():
                        break
                    self._events.put(event)
        except BaseException as error:
            self._events.put(Failed(say_error(error)))
        finally:
            self._events.put(None)


def append(events: list[Event], event: Event) -> None:
    """Append an event; of progress that nobody has seen only the latest is kept, with all its warnings."""
    last = events[-1] if events else None
    if isinstance(event, Progress) and isinstance(last, Progress) and len(event.returns) == len(last.returns):
        events[-1] = replace(event, warnings=(*last.warnings, *event.warnings))
    else:
        events.append(event)


def _elsewhere(event: Event, scratch: str) -> Event:
    """A failure, with paths of this node's temporary folder made those of the results folder."""
    failed = event.failed if isinstance(event, Restarted) else event
    if not isinstance(failed, Failed):
        return event
    tail = tuple(line.replace(scratch, "OUT") for line in failed.log_tail)
    failed = replace(failed, reason=failed.reason.replace(scratch, "OUT"), log_tail=tail)
    return replace(event, failed=failed) if isinstance(event, Restarted) else failed


def wait_for_claims(job: Job, stopping: threading.Event) -> None:
    """Wait until no process holds a run of a job: one on a lost node is taken for dead after some silence."""
    until = time.monotonic() + SILENT_SECONDS + 2 * BEAT_SECONDS
    while time.monotonic() < until and any(_is_held(job.folder(seed)) for seed in job.seeds):
        if stopping.wait(1.0):
            return


def _is_held(folder: Path) -> bool:
    held = held_folder(folder)
    owner = read_owner(held)
    return owner is not None and is_alive(owner, silence(held))
