"""Stand-ins for training that a worker process can load by name."""

import errno
import os
import signal
import sys
import time
from pathlib import Path

from rlbench.errors import UserError
from rlbench.training.job import Finished, Progress


def good():
    return _train


def failing():
    """Fails the job of the algorithm `bad`, and no other."""
    return _fail_some


def broken():
    raise ImportError("no module named physics")


def stubborn():
    """Does not end when asked, and leaves a mark if it is left to end by itself."""
    return _stay


def _train(job, report, _threads):
    for step in (1, 2):
        report(Progress(step * job.steps // 2, tuple(10.0 * seed for seed in job.seeds)))
    for seed in job.seeds:
        report(Finished(seed, "finished", job.steps, 100.0 + seed, 90.0 + seed))


def _fail_some(job, report, threads):
    what = job.settings.get("fail")
    if what == "raise":
        print("the last words")
        raise ValueError("bad [bold]number[/bold]\nsecond line")
    if what == "memory":
        raise MemoryError("Unable to allocate 7 TiB")
    if what == "user":
        raise UserError("Stored settings differ.")
    if what == "kill":
        print("nearly there", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "disk":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 2)  # the log is on the same disk
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/progress.csv")
    if what in ("twice", "before"):
        _crash(job, report, times=2 if what == "twice" else 1, told=what == "twice")
    if what == "exit":
        os._exit(7)
    if what == "environment":
        print(os.environ["OMP_NUM_THREADS"], os.environ["MKL_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"])
        print("torch" in sys.modules)
    _train(job, report, threads)


def counting():
    """Tells as its progress how many threads it is allowed, each time that changes, until they are `steps`."""
    return _count_threads


def _count_threads(job, report, threads):
    seen = 0
    while seen < job.steps:
        if threads() != seen:
            seen = threads()
            report(Progress(seen, (None,)))
        time.sleep(0.001)


def _crash(job, report, times, told):
    """Dies as many times as asked for, and leaves a mark each time it is begun."""
    folder = Path(job.settings["marks"])
    number = len(list(folder.glob("begun-*"))) + 1
    (folder / f"begun-{number}").touch()
    if job.fresh:
        (folder / f"fresh-{number}").touch()
    if number <= times:
        if told:
            report(Progress(100, (None,)))
        print(f"crash {number}", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


def _stay(job, report, _threads):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report(Progress(1, (None,)))
    time.sleep(600)
    Path(job.settings["mark"]).touch()


def refuse(words):
    raise UserError(words)


def ask_and_die(marks):
    (Path(marks) / str(os.getpid())).touch()
    os.kill(os.getpid(), signal.SIGKILL)


class OwnError(UserError):
    """A mistake of somebody's own kind."""


def refuse_in_its_own_words():
    raise OwnError("not so")
