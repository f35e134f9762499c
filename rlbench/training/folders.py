"""A seed's folder belongs to one process at a time, and what was in it is never deleted."""

import fcntl
import os
from pathlib import Path

from rlbench.errors import UserError


class Lock:
    """Held until it is released or its process ends, however that ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def close(self) -> None:
        """Let others in. May be called again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.close()


def lock_folder(folder: Path) -> Lock:
    """The folder for this process alone. The lock is on the folder itself and leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UserError(f"Another process is at work in {folder}. Wait for it, or choose another --out") from None
    return Lock(descriptor)


def move_aside(folder: Path) -> Path | None:
    """Rename a folder to the first free `NAME.old-1`, `NAME.old-2`, ...; None where there was none."""
    if not folder.exists():
        return None
    lock_folder(folder).close()
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    return folder.rename(aside)
