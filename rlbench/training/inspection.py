"""What a seed's folder holds and what a job would do with it. Nothing here changes a file: it refuses, or says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlbench.algorithms import find
from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.errors import UserError
from rlbench.layout import CHECKPOINT_FILE, COMPLETE_STATUSES, CSV_FILES
from rlbench.training.checkpoint import load_run_checkpoint
from rlbench.training.job import Job
from rlbench.training.provenance import (
    describe_run,
    differing_versions,
    now,
    read_run,
    refuse_other_settings,
)
from rlbench.training.watched_file import Checksum, checksum

RESTORE = "Restore it from a copy; --fresh starts over, and keeps what is there aside"


@dataclass(frozen=True)
class Found:
    """One seed's folder, and how its run goes on."""

    folder: Path
    about: dict[str, Any]
    """run.json as it is to be when there is a new row; as it is, where nothing is left to do."""
    is_new: bool = False
    """Whether there is no run yet."""
    place: dict[str, Any] | None = None
    """The checkpoint, or the part of it, to go on from; None: from the first step on."""
    ended: dict[str, Any] | None = None
    """A checkpoint that says that the run ended, where run.json does not say so yet."""

    @property
    def iteration(self) -> int:
        """Where it goes on."""
        return self.place["iteration"] if self.place else 0


def inspect(job: Job, seed: int) -> Found:
    """A UserError where the job cannot go on with what is there."""
    folder, asked = job.folder(seed), describe_run(job, seed)
    stored = None if job.fresh else read_run(folder)
    if stored is None or _nothing_trained(folder, stored):
        return Found(folder, asked, is_new=True)
    refuse_other_settings(folder, stored, asked)
    longer = asked["steps"] > stored["steps"]
    if stored["status"] in COMPLETE_STATUSES and not longer:
        return Found(folder, stored)
    refuse_other_versions(folder, stored, asked)
    refuse_changed_files(folder, stored.get("files") or {}, exactly=True)
    checkpoint = _checkpoint(folder, stored)
    place = checkpoint and _place(checkpoint, asked["steps"])
    ended = place if place and place is checkpoint and checkpoint["ended"] else None
    if place:
        refuse_changed_files(folder, place["files"], exactly=ended is not None)
    if ended:
        return Found(folder, stored, place=place, ended=ended)
    if checkpoint and longer and depends_on_budget(resolve(find(job.algorithm), job.algorithm, job.settings)):
        raise UserError(_cannot_be_longer(folder, stored, asked))
    goes_on = {**stored, "status": "running", "ended": None, "files": None}
    return Found(folder, _longer(goes_on, asked) if longer else goes_on, place=place)


def _place(checkpoint: dict[str, Any], steps: int) -> dict[str, Any] | None:
    """Where a run of so many steps goes on: a shorter one that ended has written its last row as a longer one would not
    have, so that row is written again; None: from the first step on."""
    return checkpoint["before"] if checkpoint["ended"] and checkpoint["steps"] < steps else checkpoint


def refuse_other_versions(folder: Path, stored: dict[str, Any], asked: dict[str, Any]) -> None:
    """A UserError where a run would go on with other versions than it was begun with."""
    if changes := differing_versions(stored, asked):
        raise UserError(
            f"{folder} holds a run that was begun with other versions: {'; '.join(changes)}. "
            "Install those, or choose another --out, or --fresh"
        )


def _nothing_trained(folder: Path, stored: dict[str, Any]) -> bool:
    """Whether a run was begun, and ended before it had written anything that could be gone on with."""
    return stored["status"] == "running" and not any((folder / name).exists() for name in (*CSV_FILES, CHECKPOINT_FILE))


def _checkpoint(folder: Path, stored: dict[str, Any]) -> dict[str, Any] | None:
    """A run's checkpoint; None where it was killed before it wrote one."""
    path = folder / CHECKPOINT_FILE
    if path.exists():
        return load_run_checkpoint(path)
    if stored["status"] == "running":
        return None
    raise UserError(
        f"{folder} holds a run of {stored['steps']:,} steps without the checkpoint it could go on from. {RESTORE}"
    )


def refuse_changed_files(folder: Path, files: dict[str, Checksum], exactly: bool = False) -> None:
    """A UserError where a file does not begin, or is not, as it was when its checksum was taken."""
    for name in (name for name in CSV_FILES if name in files):
        path, then = folder / name, files[name]
        try:
            if path.stat().st_size < then["bytes"]:
                raise UserError(
                    f"{path} is shorter than it was at the latest checkpoint: somebody changed it. {RESTORE}"
                )
            now_there = checksum(path, None if exactly else then["bytes"])
        except FileNotFoundError:
            raise UserError(f"{path} is missing, and its run cannot go on without it. {RESTORE}") from None
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}. Look at its permissions") from error
        if now_there != {"sha256": then["sha256"], "bytes": then["bytes"]}:
            raise UserError(f"{path} is not what its run wrote: somebody changed it (its SHA-256 differs). {RESTORE}")


def _cannot_be_longer(folder: Path, stored: dict[str, Any], asked: dict[str, Any]) -> str:
    return (
        f"{folder} holds a run of {stored['steps']:,} steps that cannot be made longer: some of its settings change "
        "over --steps, such as a learning rate that falls to 0, so a run of "
        f"{asked['steps']:,} steps is another one from its first iteration on. What is there is untouched. "
        "To train the longer run, choose another --out, or --fresh, which moves the shorter one aside"
    )


def _longer(stored: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The run.json of a run that is to have more steps than it was begun with."""
    earlier = {"steps": stored["steps"], "command": asked.get("command"), "at": now()}
    return {**stored, "steps": asked["steps"], "lengthened": [*(stored.get("lengthened") or []), earlier]}
