"""Whether a run's file is still as its run left it, by the length and the SHA-256 that run.json keeps of it."""

import hashlib
import io
import os
from typing import Any, NamedTuple


class Fingerprint(NamedTuple):
    """What run.json says of one file."""

    length: int
    """Bytes."""
    sha256: str


def fingerprint_in(checksums: dict[str, Any], name: str) -> Fingerprint | None:
    """What run.json's table of checksums has of the file `name`; None where it has nothing that can be compared."""
    noted = checksums.get(name)
    if not isinstance(noted, dict):
        return None
    length, digest = noted.get("bytes"), noted.get("sha256")
    return Fingerprint(length, digest) if type(length) is int and isinstance(digest, str) else None


def what_differs(file: io.BufferedReader, noted: Fingerprint) -> str:
    """In words, how an open file differs from its fingerprint; empty where it does not. Reads the file to its end."""
    length = os.fstat(file.fileno()).st_size
    if length != noted.length:
        return f"{length} bytes, and run.json has {noted.length}"
    same = hashlib.file_digest(file, "sha256").hexdigest() == noted.sha256
    return "" if same else "its SHA-256 is not the one in run.json"
