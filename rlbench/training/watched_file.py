"""A file that one process appends to, with a running SHA-256, and checks that nobody else changes it."""

import hashlib
import os
from io import FileIO
from pathlib import Path
from typing import Any

from rlbench.files import write_all

Checksum = dict[str, Any]
"""Length (`bytes`) and `sha256` of a file or of its first part."""

CHUNK = 1 << 20


def checksum(path: Path, length: int | None = None) -> Checksum:
    """The checksum of a file, or of its first `length` bytes if it is longer."""
    digest, size = _hashed(path, length)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _hashed(path: Path, length: int | None) -> tuple[Any, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK if length is None else min(CHUNK, length - size)):
            digest.update(chunk)
            size += len(chunk)
    return digest, size


def _reopen(path: Path, length: int) -> FileIO:
    """Open a file to append after its first `length` bytes; the rest is cut off."""
    file = path.open("r+b", buffering=0)
    file.truncate(length)
    file.seek(0, os.SEEK_END)
    return file


class WatchedFile:
    """Appends to a file; raises an OSError if the file is not as the previous writes left it."""

    def __init__(self, path: Path, kept: Checksum | None = None) -> None:
        """Start an empty file or, given the checksum `kept`, keep that first part and cut off the rest."""
        self._path = path
        if kept is None:
            self._digest, self._size = hashlib.sha256(), 0
        else:
            self._digest, self._size = _hashed(path, kept["bytes"])
            if self.checksum != kept:
                raise self._changed("A file was changed since the latest checkpoint")
        self._file = _reopen(path, self._size) if kept else path.open("wb", buffering=0)

    @property
    def checksum(self) -> Checksum:
        """The checksum of everything written."""
        return {"sha256": self._digest.hexdigest(), "bytes": self._size}

    def append(self, content: bytes) -> None:
        """Append bytes."""
        write_all(self._file, content)
        self._digest.update(content)
        self._size += len(content)

    def look(self) -> None:
        """Raise an OSError if the file was deleted, replaced, moved or changed in length. Takes microseconds."""
        ours = os.fstat(self._file.fileno())
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            raise self._changed("A file was deleted or moved while its run was at work") from None
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            raise self._changed("A file was replaced by another while its run was at work")
        if ours.st_size != self._size:
            raise self._changed(
                f"A file was changed while its run was at work ({ours.st_size} bytes, and {self._size} were written)"
            )

    def verify(self) -> None:
        """Raise an OSError if any byte was changed. Reads the whole file."""
        self.look()
        if checksum(self._path) != self.checksum:
            raise self._changed("A file was changed while its run was at work (its SHA-256 differs)")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _changed(self, what: str) -> OSError:
        return OSError(0, what, str(self._path))
