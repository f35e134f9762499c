"""Writing so that nothing is lost: whole or not at all, and an error names its file."""

import os
from io import FileIO
from pathlib import Path


def write_all(file: FileIO, content: bytes) -> None:
    """All of it: one call to an unbuffered file may take a part, when a disk is nearly full."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file.name)) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a whole file so that a reader, or a crash, finds the old one or the new one and nothing between."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb", buffering=0) as file:
        write_all(file, content)
        try:
            os.fsync(file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
    beside.replace(path)
