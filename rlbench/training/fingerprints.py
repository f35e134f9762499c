"""By what it can be seen later whether a run's files were changed since it ended."""

import hashlib
from pathlib import Path
from typing import Any

from rlbench.layout import CSV_FILES


def fingerprints(folder: Path) -> dict[str, dict[str, Any]]:
    """SHA-256 and length of each CSV file that is there."""
    found = {}
    for path in (folder / name for name in CSV_FILES):
        if path.exists():
            with path.open("rb") as file:
                found[path.name] = {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": file.tell()}
    return found
