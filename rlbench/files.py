"""Writing of whole files: a crash leaves the old content or the new one, and an error names the file."""

import os
from io import FileIO
from pathlib import Path


def write_all(file: FileIO, content: bytes) -> None:
    """Write all bytes. A single call to an unbuffered file may write a part only, as on a nearly full disk."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file.name)) from error


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file atomically: a reader, or a crash, finds the old content or the new one."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb", buffering=0) as file:
        write_all(file, content)
        try:
            os.fsync(file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
    beside.replace(path)
