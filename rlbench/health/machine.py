"""What the operating system, a container or a batch system grants this process: cores, memory, files, threads."""

import os
import platform
from pathlib import Path

from rlbench.health.check import Check
from rlbench.sweep.machine import usable_cores, usable_memory
from rlbench.sweep.words import say_bytes

WORKER_BYTES = 300_000_000
"""Memory of a worker before it has any batch; measured."""
LEAST_FILES = 256
"""Open files that a sweep with many workers needs, and more."""
LEAST_TASKS = 64
"""Threads and processes that a sweep on a small machine starts."""
CGROUP = Path("/sys/fs/cgroup")


def check_cores(cores: int | None = None, present: int | None = None) -> Check:
    """The cores that may be used, and those that the machine has."""
    cores, present = cores or usable_cores(), present or os.cpu_count() or 1
    limited = f" of {present}: a control group or an affinity mask allows no more" if cores < present else ""
    found = f"{cores} {'core' if cores == 1 else 'cores'}{limited} ({platform.machine()})"
    if cores > 1:
        return Check("cores", "pass", found)
    more = "Ask the batch system or the container for more, as with --cpus-per-task=4 or --cpus 4" if limited else ""
    return Check("cores", "warn", f"{found}; jobs are trained one after another", more or "Use a machine with more.")


def check_load(load: float | None = None, cores: int | None = None) -> Check:
    """Whether other programs use the cores."""
    cores = cores or usable_cores()
    try:
        load = os.getloadavg()[0] if load is None else load
    except OSError:
        return Check("load", "pass", "unknown to this system")
    found = f"{load:.1f} programs at work on average over the last minute; usable cores: {cores}"
    if load <= 0.5 * cores:
        return Check("load", "pass", found)
    return Check("load", "warn", found, "Speeds that are measured now are too low; lower --workers, or wait.")


def check_memory(free: int | None = None, cores: int | None = None) -> Check:
    """Whether every core can have a worker."""
    free, cores = usable_memory() if free is None else free, cores or usable_cores()
    if free is None:
        return Check("memory", "pass", "unknown to this system")
    found, fitting = f"{say_bytes(free)} free", free // WORKER_BYTES
    if fitting >= cores:
        return Check("memory", "pass", found)
    if fitting:
        return Check("memory", "warn", f"{found}, too little for {cores} workers", f"Use --workers {fitting}")
    return Check("memory", "fail", f"{found}, too little for one worker", "Close other programs, or ask for more.")


def check_files(soft: int | None = None) -> Check:
    """The number of files that one process may open."""
    if soft is None:
        try:
            import resource
        except ImportError:  # Windows
            return Check("open files", "pass", "unknown to this system")
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if soft == resource.RLIM_INFINITY:
            return Check("open files", "pass", "no limit")
    if soft >= LEAST_FILES:
        return Check("open files", "pass", f"up to {soft:,}")
    return Check("open files", "warn", f"up to {soft:,} at a time", "Before rlbench run: ulimit -n 1024")


def check_threads(cgroup: Path = CGROUP) -> Check:
    """How many more threads and processes a control group allows; and variables that others set for threads."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    given = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    said = f"; workers use one thread each, whatever {', '.join(given)} says" if given else ""
    try:
        left = int((cgroup / "pids.max").read_text()) - int((cgroup / "pids.current").read_text())
    except (OSError, ValueError):  # no such group, or the limit is `max`
        return Check("threads", "pass", f"no limit is known{said}")
    if left >= LEAST_TASKS:
        return Check("threads", "pass", f"{left:,} more are allowed{said}")
    return Check(
        "threads", "warn", f"only {left} more are allowed", "Raise the container's limit, as with --pids-limit"
    )
