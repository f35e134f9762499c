"""Writing an imported run, so that no other run is overwritten and the same import writes the same bytes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from rlbench.analysis.reading.importers.about import checksum, name_in
from rlbench.analysis.reading.importers.merged import ForeignRun
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.layout import IMPORTED, RUN_FILE, seed_folder
from rlbench.run_file import is_imported, read_json, say

State = Literal["new", "unchanged", "updated"]


def is_same(folder: Path, run: ForeignRun) -> bool:
    """Whether a folder holds an earlier import of this run: of the same source, or of files of the same content."""
    try:
        origin = read_json(folder / RUN_FILE).get(IMPORTED)
    except (ValueError, OSError):
        return False
    if not isinstance(origin, dict):
        return False
    if origin.get("source") == str(run.path) and (run.path.is_dir() or len(run.files) == 1):
        return run.told.seed is None or folder.name == seed_folder(run.told.seed)
    return origin.get("files") == {name_in(path, run.path): checksum(path) for path in run.files}


def refuse_other_run(folder: Path, run: ForeignRun) -> None:
    """A UserError where a folder holds anything else than an earlier import of this run."""
    siblings = folder.parent
    for each in (folder, siblings, siblings.parent):
        if each.is_symlink():
            raise UserError(f"{shown_path(each)} is a link to another place. Choose another --out.")
    try:
        if siblings.is_dir():
            for each in sorted(siblings.iterdir()):
                if is_own_run(each):
                    raise UserError(f"{shown_path(each)} is a run of rlbench's own. Choose another --name or --out.")
        if not os.path.lexists(folder) or (folder.is_dir() and not os.listdir(folder)):
            return
    except OSError as error:
        raise UserError(f"{shown_path(folder)} cannot be read: {error.strerror}. Choose another --out.") from None
    if not is_same(folder, run):
        raise UserError(
            f"{shown_path(folder)} holds other results{origin_of(folder)}, which are not overwritten. "
            "Choose another --name or --seed, or move that folder away."
        )


def is_own_run(folder: Path) -> bool:
    """Whether a folder holds a run that rlbench trained."""
    try:
        about = read_json(folder / RUN_FILE)
    except (ValueError, OSError):
        return False
    return not is_imported(about)


def origin_of(folder: Path) -> str:
    try:
        origin = read_json(folder / RUN_FILE).get(IMPORTED)
    except (ValueError, OSError):
        return ""
    return f", imported from {say(origin.get('source'))}" if isinstance(origin, dict) else ""


def write(folder: Path, files: Mapping[str, bytes | None]) -> State:
    """Write the files that differ from what is there."""
    there = {name: (folder / name).read_bytes() if (folder / name).is_file() else None for name in files}
    if there == dict(files):
        return "unchanged"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink(missing_ok=True)
            continue
        beside = folder / f".{name}.new"
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:
            file.write(content)
        beside.replace(path)
    return "new" if all(content is None for content in there.values()) else "updated"
