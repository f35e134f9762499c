"""Writing an imported run, so that no other run is overwritten and the same import writes the same bytes."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from rlbench.analysis.reading.importers.place import Place, Taken, is_same
from rlbench.analysis.text import shown_path
from rlbench.errors import UserError
from rlbench.layout import IMPORTED, seed_folder
from rlbench.run_file import is_imported, say

State = Literal["new", "unchanged", "updated"]


def refuse_other_runs(places: Sequence[Place], out: Path, taken: Taken) -> None:
    """A UserError where a folder holds anything else than an earlier import of its run, before anything is written."""
    for curve in dict.fromkeys(place.folder(out).parent for place in places):
        for seed, about in taken.curve(curve).items():
            if about is not None and not is_imported(about):
                there = shown_path(curve / seed_folder(seed))
                raise UserError(f"{there} is a run of rlbench's own. Choose another --name or --out.")
    for place in places:
        refuse_other_run(place.folder(out), place, taken)


def refuse_other_run(folder: Path, place: Place, taken: Taken) -> None:
    for each in (folder, folder.parent, folder.parent.parent):
        if each.is_symlink():
            raise UserError(f"{shown_path(each)} is a link to another place. Choose another --out.")
    if not os.path.lexists(folder) or (os.path.isdir(folder) and is_empty(folder)):
        return
    about = taken.curve(folder.parent).get(place.seed)
    if not is_same(about, place.run):
        origin = f", imported from {say(about[IMPORTED].get('source'))}" if about and is_imported(about) else ""
        raise UserError(
            f"{shown_path(folder)} holds other results{origin}, which are not overwritten. "
            "Choose another --name or --seed, or move that folder away."
        )


def is_empty(folder: Path) -> bool:
    try:
        return not os.listdir(folder)
    except OSError as error:
        raise UserError(f"{shown_path(folder)} cannot be read: {error.strerror}. Choose another --out.") from None


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
