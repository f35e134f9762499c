"""Claiming a seed's folder, so that at most one process writes to it, on any file system.

A claim is prepared beside and put in place by renaming a folder, which fails where there is one already: that is one
step everywhere, also on network file systems whose locks exclude nobody. Release and takeover are one operation, too:
the claim is renamed to `dead-TOKEN`, which can succeed only once for a token. A taker that has seen a dead claim and is
slow can therefore not remove the next owner's claim. A `dead-TOKEN` stays until no taker is left that may have seen it.
"""

import contextlib
import errno
import os
import shutil
import threading
import time
from pathlib import Path

from rlbench.claim_file import (
    BEAT_SECONDS,
    HEARTBEAT_FILE,
    SILENT_SECONDS,
    Owner,
    held_folder,
    is_alive,
    new_token,
    read_owner,
    say_held,
    silence,
    this_process,
    write_owner,
)
from rlbench.errors import UserError

MOST_TRIES = 1000
"""Tries to take a claim that others take and release meanwhile."""

CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that also counts while the machine is suspended."""


class Claim:
    """A claim on one seed's folder, held until `release`, or until the process is dead."""

    def __init__(self, folder: Path, token: str) -> None:
        self._folder, self._held, self._token = folder, held_folder(folder), token
        self._lock = threading.Lock()
        self._released = False
        self._beaten = time.clock_gettime(CLOCK)

    def beat(self) -> None:
        """Tell others that this process is alive. A file system that does not answer now may do so later."""
        with self._lock, contextlib.suppress(OSError):
            if not self._released:
                os.utime(self._held / HEARTBEAT_FILE)
                self._beaten = time.clock_gettime(CLOCK)

    def check(self) -> None:
        """Raise an OSError if another process has taken the claim over, as it may after a long silence."""
        if self._released or time.clock_gettime(CLOCK) - self._beaten < SILENT_SECONDS / 2:
            return
        owner = read_owner(self._held)
        if owner is None or owner.token != self._token:
            raise OSError(0, "This process was silent for so long that another has taken its place", str(self._folder))
        self.beat()

    def release(self) -> None:
        """Give the claim up. A second call does nothing."""
        with self._lock:
            if self._released:
                return
            self._released = True
        owner = read_owner(self._held)
        if owner is not None and owner.token == self._token:  # it may be another's by now, after a long silence
            retire(self._held, self._token)
        tidy(self._held.parent)


class Claims:
    """The claims of one job, and the thread that keeps them alive. Leaving the block releases them."""

    def __init__(self) -> None:
        self._claims: list[Claim] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Claims":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for claim in self._claims:
            claim.release()
        self._thread.join()

    def take(self, folder: Path) -> Claim:
        """Claim a folder; a UserError if another process holds it."""
        self._claims.append(take_claim(folder))
        return self._claims[-1]

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            for claim in self._claims:
                claim.beat()


def take_claim(folder: Path) -> Claim:
    """Claim a seed's folder for this process; a UserError if another process holds it."""
    held, owner = held_folder(folder), this_process(new_token())
    for _ in range(MOST_TRIES):
        with contextlib.suppress(FileNotFoundError, FileExistsError):  # the folder around it was removed just now
            if _try(folder, held, owner):
                return Claim(folder, owner.token)
    raise UserError(f"Others take and release {folder} all the time. Try again, or choose another --out")


def refuse_claimed(folder: Path) -> None:
    """A UserError if a live process holds a seed's folder. Changes nothing."""
    held = held_folder(folder)
    owner = read_owner(held)
    if owner is not None and is_alive(owner, silent := silence(held)):
        raise UserError(say_held(folder, owner, silent))


def retire(held: Path, token: str) -> bool:
    """Remove the claim with this token, whoever's it is; whether this call has done it."""
    try:
        os.rename(held, held.with_name(f"dead-{token}"))
    except OSError:
        return False
    return True


def tidy(around: Path) -> None:
    """Remove what released and dead claims have left, unless a taker is at work that may still need it."""
    with contextlib.suppress(OSError):
        names = os.listdir(around)
        for name in [each for each in names if each.startswith("new-")]:
            owner = read_owner(around / name)
            if owner is not None and is_alive(owner, silence(around / name)):
                return
            shutil.rmtree(around / name, ignore_errors=True)
        for name in [each for each in names if each.startswith("dead-")]:
            shutil.rmtree(around / name, ignore_errors=True)
        os.rmdir(around)


def _try(folder: Path, held: Path, owner: Owner) -> bool:
    """Try to claim a folder; False if a dead owner's claim was in the way. A UserError if another process holds it."""
    mine = held.with_name(f"new-{owner.token}")
    mine.parent.mkdir(exist_ok=True)
    mine.mkdir()
    try:
        write_owner(mine, owner)
        if _put(mine, held, owner.token):
            return True
        there = read_owner(held)
        if there is not None:
            silent = silence(held, now=os.stat(mine / HEARTBEAT_FILE).st_mtime)
            if is_alive(there, silent):
                raise UserError(say_held(folder, there, silent))
            retire(held, there.token)
        return False
    finally:
        shutil.rmtree(mine, ignore_errors=True)  # it is gone already if it was put in place
        if read_owner(held) is None:
            tidy(held.parent)


def _put(mine: Path, held: Path, token: str) -> bool:
    """Put a prepared claim in place; False if there is one already."""
    try:
        os.rename(mine, held)
    except OSError as error:
        owner = read_owner(held)
        if owner is None and error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
            raise
        return owner is not None and owner.token == token  # a network may lose the answer to what was carried out
    return True
