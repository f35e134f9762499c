"""Claims: which process works on a seed, how that is read, and whether that process is alive.

The claim of `seed-3` is the folder `.seed-3.claim/held` beside it, with a file that names the owner and one that the
owner touches every few seconds. Training makes and removes claims; the planner and `rlbench status` read them.
"""

import hashlib
import itertools
import json
import os
import socket
import time
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

from rlbench.json_file import read_object

_count = itertools.count()
OWNER_FILE, HEARTBEAT_FILE = "owner.json", "heartbeat"
LARGEST_OWNER_FILE = 10_000

BEAT_SECONDS = 15.0
"""Seconds between two heartbeats."""
SILENT_SECONDS = 120.0
"""An owner whose process cannot be asked, because it is on another machine, is taken for dead after so much silence."""


@dataclass(frozen=True)
class Owner:
    """The process that holds a claim."""

    token: str
    """A name that no other claim has, so that nobody takes it for a later one."""
    host: str
    process: int
    """The process's number."""
    started: str
    """When the process started, as the system tells it: it tells a process from a later one with the same number."""
    system: str
    """The running system that the number belongs to: another machine, reboot or container has another one."""
    job: str = ""
    """The job of a batch system that the process belongs to."""

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}{f' ({self.job})' if self.job else ''}"


def held_folder(seed_folder: Path) -> Path:
    """The folder that exists while a seed is claimed."""
    return seed_folder.with_name(f".{seed_folder.name}.claim") / "held"


def new_token() -> str:
    """A name for one claim that no other claim has, on any machine; without random numbers, which belong to seeds."""
    moment = time.time_ns(), time.monotonic_ns(), next(_count)
    whole = f"{socket.gethostname()} {_system()} {os.getpid()} {_start_time(os.getpid())} {moment}"
    return hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()


def this_process(token: str) -> Owner:
    """The owner that this process is."""
    return Owner(token, socket.gethostname(), os.getpid(), _start_time(os.getpid()), _system(), _batch_job())


def write_owner(folder: Path, owner: Owner) -> None:
    """Write the files of a claim."""
    (folder / OWNER_FILE).write_text(json.dumps(asdict(owner)) + "\n")
    (folder / HEARTBEAT_FILE).touch()


def read_owner(folder: Path) -> Owner | None:
    """The owner of the claim in a folder; None if the folder does not exist.

    An owner file that was cut off, as by a power failure, is of an unknown process, whose heartbeat decides.
    """
    try:
        inode = os.stat(folder).st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        owner = Owner(**read_object(folder / OWNER_FILE, LARGEST_OWNER_FILE))
        if all(type(getattr(owner, each.name)) is (int if each.name == "process" else str) for each in fields(Owner)):
            return owner
    except (OSError, ValueError, TypeError):
        pass
    return Owner(f"unreadable-{inode}", "an unknown host", 0, "", "") if os.path.isdir(folder) else None


def silence(folder: Path, now: float | None = None) -> float:
    """Seconds since the latest heartbeat of the claim in a folder; `now` is a time of the file system's own clock."""
    for path in (folder / HEARTBEAT_FILE, folder):
        try:
            with open(path) if path != folder else os.scandir(path):  # opening makes NFS ask its server anew
                return (time.time() if now is None else now) - os.stat(path).st_mtime
        except OSError:
            continue
    return 0.0


def is_alive(owner: Owner, silent: float) -> bool:
    """Whether the owner of a claim is alive: by its process where that can be asked, else by its heartbeat."""
    if owner.system == _system():
        return _exists(owner.process) and owner.started == _start_time(owner.process, owner.started)
    return silent < SILENT_SECONDS


def say_held(folder: Path, owner: Owner, silent: float) -> str:
    """A line for somebody who is refused because of a claim."""
    last = ""
    if owner.system != _system() and silent > 2 * BEAT_SECONDS:
        last = f", silent for {silent:.0f} s and taken for dead after {SILENT_SECONDS:.0f}"
    return f"Another process is at work in {folder}: {owner}{last}. Wait for it, or choose another --out"


def _exists(process: int) -> bool:
    """Whether a process of this number runs here. One that has ended and was not yet waited for does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return _stat(process)[:1] not in (["Z"], ["X"])


def _start_time(process: int, unknown: str = "") -> str:
    """Clock ticks between the system's and the process's start; `unknown` where the system does not tell."""
    words = _stat(process)
    return words[19] if len(words) > 19 else unknown


def _stat(process: int) -> list[str]:
    """What Linux tells of a process, from its state on; the name before it may contain anything."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []


@cache
def _system() -> str:
    """The running system, within which a process's number names one process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


def _batch_job() -> str:
    job, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    number = f"{job}_{task}" if job and task else os.environ.get("SLURM_JOB_ID")
    return f"Slurm job {number}" if number else ""
