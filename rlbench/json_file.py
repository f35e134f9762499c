"""Reading a JSON file that may be a stranger's. Nothing in it is run, and no pipe, device or huge file is read."""

import json
import os
import stat
from pathlib import Path
from typing import Any


def read_object(path: Path, largest: int) -> dict[str, Any]:
    """The JSON object in a file of at most `largest` bytes; a ValueError, as in `it is too large`, says why none is."""
    if not is_regular(path):
        raise ValueError("it is not a plain file" if os.path.lexists(path) else "it is missing")
    with path.open("rb") as file:
        text = file.read(largest + 1)
    if len(text) > largest:
        raise ValueError(f"it is too large: more than {largest:,} bytes")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    return content


def is_regular(path: Path) -> bool:
    """Whether it is a plain file: a pipe or a device would block or never end."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
