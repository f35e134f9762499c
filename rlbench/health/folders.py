"""Whether files can be written where a run writes them, and how much room there is."""

import os
import shutil
import tempfile
from pathlib import Path

from rlbench.health.check import Check
from rlbench.sweep.words import say_bytes

LEAST_BYTES, FEW_BYTES = 50_000_000, 1_000_000_000
"""Free bytes below which a run fails soon, and below which a large sweep may."""


def check_results_folder(out: Path) -> Check:
    """Whether runs can be written there. Nothing stays behind."""
    return check_folder("results folder", out, "Choose another one with --out, or change its permissions")


def check_temporary_folder() -> Check:
    """Whether there is a folder for passing files."""
    try:
        folder = Path(tempfile.gettempdir())
    except OSError as error:
        return Check("temporary folder", "fail", str(error.strerror), "Set TMPDIR to a folder that can be written to.")
    return check_folder("temporary folder", folder, "Set TMPDIR to a folder that can be written to.")


def check_folder(name: str, folder: Path, hint: str) -> Check:
    """Make a folder, write, rename and lock as a run does, in the nearest folder that exists."""
    place = folder.absolute()
    while not os.path.lexists(place):
        place = place.parent
    try:
        write_as_a_run_does(place)
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Check(name, "fail", f"{place} cannot be written to: {error.strerror or error}", hint)
    found = f"{folder.absolute()}, {say_bytes(free)} free"
    if free < LEAST_BYTES:
        return Check(name, "fail", f"{found}: too little for a run", "Make room on the disk.")
    if free < FEW_BYTES:
        return Check(name, "warn", f"{found}: too little for a large sweep", "Make room on the disk.")
    return Check(name, "pass", found)


def write_as_a_run_does(place: Path) -> None:
    """A folder within the place: a file that is flushed to the disk and renamed, and a folder as a claim."""
    with tempfile.TemporaryDirectory(prefix=".rlbench-doctor-", dir=place) as made:
        new, final = Path(made, "checkpoint.pt.new"), Path(made, "checkpoint.pt")
        with new.open("wb") as file:
            file.write(b"rlbench")
            file.flush()
            os.fsync(file.fileno())
        new.replace(final)
        Path(made, "held").mkdir()
