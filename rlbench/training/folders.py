"""Locking of a seed's folder, so that one process writes to it, and moving old results aside."""

import fcntl
import os
from pathlib import Path

from rlbench.errors import UserError


class Lock:
    """A lock on a folder, held until `close` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Release the lock. A second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()


def lock_folder(folder: Path) -> Lock:
    """Lock a folder for this process, without a lock file; a UserError if another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UserError(f"Another process is at work in {folder}. Wait for it, or choose another --out") from None
    return Lock(descriptor)


def move_aside(folder: Path) -> Path | None:
    """Rename a folder to the first free of `NAME.old-1`, `NAME.old-2`, ...; None if it does not exist."""
    if not folder.exists():
        return None
    lock_folder(folder).close()
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    return folder.rename(aside)
