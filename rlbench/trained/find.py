"""The policies of runs in folders: a run's own folder, or any folder above those of runs."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rlbench.errors import UserError, harmless
from rlbench.layout import RUN_FILE, seed_of
from rlbench.trained.policy import Policy, policy

DEEPEST = 6
"""Folders between one that is given and those of its runs."""

REFERENCE = "reference"
"""The shipped results, in a results folder: they have no checkpoints. They are looked at where they are named."""


class Skipped(NamedTuple):
    """A run without a policy that can be loaded, beside others that have one."""

    why: str

    def __str__(self) -> str:
        return self.why


def load_policies(
    folders: Sequence[str | Path], env: str | None, on_event: Callable[[Skipped], object]
) -> list[Policy]:
    """The policies of all runs in folders. A UserError if there is none; others without one are told as events."""
    loaded, failed = [], []
    for folder in find_run_folders(folders):
        try:
            loaded.append(policy(folder, env))
        except UserError as error:
            failed.append(error)
    if failed and not loaded:
        more = f" ({len(failed) - 1} more runs have none either.)" if len(failed) > 1 else ""
        raise UserError(f"{failed[0]}{more}") from failed[0]
    for each in failed:
        on_event(Skipped(str(each)))
    return loaded


def load_one_policy(folder: str | Path, env: str | None) -> Policy:
    """The policy of the only run in a folder; a UserError if there are several."""
    found = find_run_folders([folder])
    if len(found) > 1:
        raise UserError(
            f"{harmless(str(folder))} holds {len(found)} runs.",
            f"Name one, such as {harmless(str(found[0]))}",
        )
    return policy(found[0], env)


def find_run_folders(folders: Sequence[str | Path]) -> list[Path]:
    """Every run's folder, each once, in the order of names; a UserError if a folder has none."""
    found: dict[Path, Path] = {}
    for given in folders:
        folder = Path(given)
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise UserError(f"{harmless(str(folder))} {what}. A run's folder is like results/Hopper-v4/trpo/seed-0")
        inside = list(_below(folder, 0))
        if not inside:
            raise UserError(
                f"{harmless(str(folder))} holds no run: there is no {RUN_FILE} in it, nor in a seed's folder below.",
                "Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5",
            )
        found |= {path.resolve(): path for path in inside if path.resolve() not in found}
    return list(found.values())


def _below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / RUN_FILE).is_file():
        if depth == 0 or seed_of(folder.name) is not None:  # not a run that was moved aside
            yield folder
        return
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise UserError(f"{harmless(str(folder))} cannot be read: {error.strerror}. Look at its permissions") from error
    for name in sorted(names, key=_by_number):
        inside = folder / name
        left_out = name.startswith(".") or (depth == 0 and name == REFERENCE)
        if depth < DEEPEST and not left_out and inside.is_dir() and not inside.is_symlink():
            yield from _below(inside, depth + 1)


def _by_number(name: str) -> tuple[int, str]:
    """Seeds in the order of their numbers."""
    seed = seed_of(name)
    return (-1 if seed is None else seed, name)
