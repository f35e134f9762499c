"""The number of cores and the memory that this process may use."""

import math
import os
from pathlib import Path


def usable_cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The number of cores that the scheduler lets this process use; in a container often fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota(cgroup)
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def _cpu_quota(cgroup: Path) -> float | None:
    """The number of cores whose time the control group (version 2, then 1) allows; None without a limit."""
    unified = _words(cgroup / "cpu.max")
    if len(unified) == 2:
        quota, period = unified
    else:
        quota = " ".join(_words(cgroup / "cpu" / "cpu.cfs_quota_us"))
        period = " ".join(_words(cgroup / "cpu" / "cpu.cfs_period_us"))
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return share if share > 0 else None


def usable_memory(cgroup: Path = Path("/sys/fs/cgroup"), meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Free bytes of the machine, or of a control group that allows less; None where the system does not tell."""
    told = [_free_of_machine(meminfo), _free_of_group(cgroup)]
    return min((each for each in told if each is not None), default=None)


def _free_of_machine(meminfo: Path) -> int | None:
    words = _words(meminfo)
    try:
        return 1024 * int(words[words.index("MemAvailable:") + 1])
    except (ValueError, IndexError):
        return None


def _free_of_group(cgroup: Path) -> int | None:
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            return int("".join(_words(cgroup / limit))) - int("".join(_words(cgroup / used)))
        except ValueError:  # no such file, or no limit
            continue
    return None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
