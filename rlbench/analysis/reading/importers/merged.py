"""The parts that several kinds of files hold of one run, as one run."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.importers.contract import Evaluations, Part, Told, Training, UnusableError
from rlbench.analysis.text import listed, shown


def name_in(path: Path, folder: Path) -> str:
    """A file's name within its run's folder."""
    return path.relative_to(folder).as_posix() if folder in path.parents else path.name


def checksum(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": os.fstat(file.fileno()).st_size}


NAMES = ("env", "seed", "algorithm", "budget")


@dataclass(frozen=True)
class ForeignRun:
    """One run of another tool, as far as its files tell."""

    path: Path
    """The folder, or the file where it is one of many runs."""
    tool: str
    short: str
    what: str
    """What the files were taken for."""
    files: tuple[Path, ...]
    told: Told
    training: Training | None
    evaluations: Evaluations | None
    notes: tuple[str, ...] = ()

    @cached_property
    def checksums(self) -> dict[str, dict[str, Any]]:
        """Length and SHA-256 of each file that was read, by its name within the run's folder."""
        return {name_in(path, self.path): checksum(path) for path in self.files}


def merge(path: Path, parts: Sequence[Part]) -> ForeignRun:
    """One run. Single episodes come before means, and the returns of evaluations.npz before means of them in events."""
    trained = [part for part in parts if part.training]
    trained.sort(key=lambda part: not part.training.single if part.training else True)
    evaluated = [part for part in parts if part.evaluations]
    evaluated.sort(key=lambda part: part.training is not None)
    if not trained and not evaluated:
        raise UnusableError("no return of any kind is in its files")
    main = (trained or evaluated)[0]
    used = {id(part): part for part in (*trained[:1], *evaluated[:1])}.values()
    spare = [part.what for part in parts if all(part is not each for each in used)]
    notes = [note for part in used for note in part.notes]
    if spare:
        notes.append(f"left out, as other files tell the same and more: {listed(spare)}")
    return ForeignRun(
        path=path,
        tool=main.tool,
        short=main.short,
        what=" and ".join(part.what for part in used),
        files=tuple(sorted({file for part in used for file in part.files})),
        told=merge_told(parts),
        training=trained[0].training if trained else None,
        evaluations=evaluated[0].evaluations if evaluated else None,
        notes=tuple(dict.fromkeys(notes)),
    )


def merge_told(parts: Sequence[Part]) -> Told:
    """What the parts tell together; an UnusableError where they contradict one another."""
    found: dict[str, object] = {}
    where: dict[str, str] = {}
    settings: dict[str, object] = {}
    for part in parts:
        settings = {**part.told.settings, **settings}
        for name in NAMES:
            value = getattr(part.told, name)
            if value is None:
                continue
            if name in ("env", "seed") and found.get(name, value) != value:
                values = f"{shown(str(found[name]))} and {shown(str(value))}"
                raise UnusableError(f"its files are of several runs: {name} {values}; put each into its own folder")
            found.setdefault(name, value)
            where.setdefault(name, part.told.where.get(name, part.what))
    return Told(**found, settings=settings, where=where)  # type: ignore[arg-type]
