"""What a seed's folder contains and whether a job can continue with it. Nothing here changes a file."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlbench.algorithms import find
from rlbench.algorithms.settings import depends_on_budget, resolve, ways_out_of_the_budget
from rlbench.errors import UserError, harmless
from rlbench.layout import CHECKPOINT_FILE, COMPLETE_STATUSES, CSV_FILES
from rlbench.training.checkpoint import load_run_checkpoint
from rlbench.training.claims import refuse_claimed
from rlbench.training.job import Job
from rlbench.training.provenance import (
    describe_run,
    differing_versions,
    now,
    read_run,
    refuse_other_settings,
)
from rlbench.training.source import changed_parts, own_code_changed
from rlbench.training.watched_file import Checksum, checksum

RESTORE = "Restore it from a copy; --fresh starts over, and keeps what is there aside"


@dataclass(frozen=True)
class FolderState:
    """The contents of one seed's folder, and where its run continues."""

    folder: Path
    about: dict[str, Any]
    """The content for run.json from the next row on; the present content if the run is complete."""
    is_new: bool = False
    """True if the folder has no run yet."""
    place: dict[str, Any] | None = None
    """The checkpoint, or its part, to resume from; None to begin at the first step."""
    ended: dict[str, Any] | None = None
    """The checkpoint of a run that ended but whose run.json does not say so yet."""
    is_accepted: bool = False
    """True if run.json is to note that only code changed and that the user accepted it."""
    warning: str | None = None
    """A warning for the user that does not prevent resuming."""
    moved: str | None = None
    """A warning if the run goes on on another kind of processor. Only its own process can know it."""

    @property
    def iteration(self) -> int:
        """The iteration to resume from."""
        return self.place["iteration"] if self.place else 0


def inspect(job: Job, seed: int) -> FolderState:
    """The state of a seed's folder; a UserError if the job cannot continue with it."""
    folder, asked = job.folder(seed), describe_run(job, seed)
    stored = None if job.fresh else read_run(folder)
    if stored is None or _nothing_trained(folder, stored):
        return FolderState(folder, asked, is_new=True)
    refuse_other_settings(folder, stored, asked)
    longer = asked["steps"] > stored["steps"]
    complete = stored["status"] in COMPLETE_STATUSES and not longer
    changes = [*changed_parts(stored, asked), *([] if complete else differing_versions(stored, asked))]
    if changes and not job.accept_changed_code:
        raise UserError(_other_code(folder, changes))
    warning = _warn_of_own_code(stored, asked, complete)
    refuse_changed_files(folder, stored.get("files") or {}, exactly=True)
    if complete:
        about = _with_changes(stored, asked, changes, stored["env_steps"])
        return FolderState(folder, about, is_accepted=bool(changes), warning=warning)
    checkpoint = _checkpoint(folder, stored)
    place = checkpoint and _place(checkpoint, asked["steps"])
    ended = place if place and place is checkpoint and checkpoint["ended"] else None
    if place:
        refuse_changed_files(folder, place["files"], exactly=ended is not None)
    if ended:
        return FolderState(folder, stored, place=place, ended=ended)
    algorithm = resolve(find(job.algorithm), job.algorithm, job.settings)
    if checkpoint and longer and depends_on_budget(algorithm):
        raise UserError(_cannot_be_longer(folder, stored, job.steps, algorithm))
    moved = other_processor(stored, asked) if place else None
    about = _going_on(stored, asked, [*changes, *filter(None, (warning, moved))], place)
    return FolderState(folder, _longer(about, asked) if longer else about, place=place, warning=warning, moved=moved)


def _place(checkpoint: dict[str, Any], steps: int) -> dict[str, Any] | None:
    """The state that a run of `steps` steps resumes from; None for its first step.

    A shorter run that ended may have fewer iterations in its last row than a longer run, so that row is repeated.
    """
    return checkpoint["before"] if checkpoint["ended"] and checkpoint["steps"] < steps else checkpoint


def _other_code(folder: Path, changes: list[str]) -> str:
    return (
        f"{folder} holds a run that was made with other code: {'; '.join(changes)}. Choose another --out, or --fresh; "
        "--accept-changed-code keeps it and goes on with it, where you know that the difference does not matter"
    )


def _warn_of_own_code(stored: dict[str, Any], asked: dict[str, Any], complete: bool) -> str | None:
    """A warning if rlbench's own source changed. It is no reason to refuse: most changes do not affect results."""
    if not own_code_changed(stored, asked):
        return None
    then, here = (f"{about['code']['rlbench'].get('version')} (git {about.get('git')})" for about in (stored, asked))
    what = "stay as they are; --fresh trains them anew" if complete else "go on"
    return f"made with other source of rlbench, {then} there and {here} here: they {what}"


def other_processor(stored: dict[str, Any], asked: dict[str, Any]) -> str | None:
    """How the processor or GPU differs on which a run goes on; None also where it was not recorded."""
    old, new = stored.get("platform") or {}, asked["platform"]
    told = [
        f"{name} {harmless(str(old[name]))[:80]} there, {new[name]} here"
        for name in ("processor", "gpu")
        if old.get(name) and new.get(name) and old[name] != new[name]
    ]
    return ", ".join(told) or None


def _going_on(
    stored: dict[str, Any], asked: dict[str, Any], changes: list[str], place: dict[str, Any] | None
) -> dict[str, Any]:
    """The content of run.json for a resumed run, with the differences to its beginning."""
    about = {**stored, "status": "running", "ended": None, "files": None, "platform": asked["platform"]}
    return _with_changes(about, asked, changes, place["env_steps"] if place else 0)


def _with_changes(about: dict[str, Any], asked: dict[str, Any], changes: list[str], env_steps: int) -> dict[str, Any]:
    """The content of run.json with the present code, and a note of the changes."""
    if not changes:
        return about
    change = {"what": changes, "env_steps": env_steps, "at": now()}
    new = {name: asked[name] for name in ("versions", "code", "git")}
    return {**about, **new, "changes": [*(about.get("changes") or []), change]}


def _nothing_trained(folder: Path, stored: dict[str, Any]) -> bool:
    """Whether a run ended before it had written anything to resume from."""
    return stored["status"] == "running" and not any((folder / name).exists() for name in (*CSV_FILES, CHECKPOINT_FILE))


def _checkpoint(folder: Path, stored: dict[str, Any]) -> dict[str, Any] | None:
    """A run's checkpoint; None where it was killed before it wrote one."""
    path = folder / CHECKPOINT_FILE
    if path.exists():
        return load_run_checkpoint(path)
    if stored["status"] == "running":
        return None
    raise UserError(
        f"{folder} holds a run of {stored['steps']:,} steps without the checkpoint that it would resume from.",
        RESTORE,
    )


def refuse_changed_files(folder: Path, files: dict[str, Checksum], exactly: bool = False) -> None:
    """A UserError if a file, or its first part, has changed since its checksum was taken."""
    for name in (name for name in CSV_FILES if name in files):
        path, then = folder / name, files[name]
        try:
            if path.stat().st_size < then["bytes"]:
                raise UserError(
                    f"{path} is shorter than it was at the latest checkpoint: somebody changed it. {RESTORE}"
                )
            now_there = checksum(path, None if exactly else then["bytes"])
        except FileNotFoundError:
            raise UserError(f"{path} is missing, and its run cannot be resumed without it. {RESTORE}") from None
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}. Look at its permissions") from error
        if now_there != {"sha256": then["sha256"], "bytes": then["bytes"]}:
            raise UserError(f"{path} is not what its run wrote: somebody changed it (its SHA-256 differs). {RESTORE}")


def _cannot_be_longer(folder: Path, stored: dict[str, Any], steps: int, algorithm: Any) -> str:
    ways = " or ".join(f"--set {way}" for way in ways_out_of_the_budget(algorithm))
    return (
        f"{folder} holds a {stored['status']} run of {stored['steps']:,} steps that cannot be made longer: with its "
        f"settings {stored['algorithm']} depends on --steps, such as by a learning rate that falls to 0, so a run of "
        f"{steps:,} steps is another one from its first iteration on. What is there is safe and untouched. To train "
        "the longer run, give another --out, or --fresh, which moves the shorter one aside"
        + (f"; a run begun with {ways} can be made longer" if ways else "")
    )


def _longer(stored: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The content of run.json for a run that is made longer."""
    earlier = {"steps": stored["steps"], "command": asked.get("command"), "at": now()}
    return {**stored, "steps": asked["steps"], "lengthened": [*(stored.get("lengthened") or []), earlier]}


def look_at_folders(job: Job) -> list[str]:
    """Warnings about the folders of a job; a UserError if it cannot continue with one of them."""
    warnings: dict[str, list[Path]] = defaultdict(list)
    for seed in job.seeds:
        if os.path.isdir(folder := job.folder(seed)) and (warning := _look(job, seed)):
            warnings[warning].append(folder)
    return [
        f"{folders[0]}{f' and {len(folders) - 1} more' if len(folders) > 1 else ''}: {warning}"
        for warning, folders in warnings.items()
    ]


def _look(job: Job, seed: int) -> str | None:
    try:
        refuse_claimed(job.folder(seed))
        return inspect(job, seed).warning
    except OSError as error:
        raise UserError(f"{job.folder(seed)} cannot be read: {error.strerror}. Look at its permissions") from error
