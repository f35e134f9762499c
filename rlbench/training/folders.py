"""Moving old results aside."""

from pathlib import Path


def move_aside(folder: Path) -> Path | None:
    """Rename a folder to the first free of `NAME.old-1`, `NAME.old-2`, ...; None if it does not exist."""
    if not folder.exists():
        return None
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    return folder.rename(aside)
