"""The job arrays of a results folder that Slurm has: how many of their tasks run or wait, and for what."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rlbench.analysis.text import shown
from rlbench.json_file import is_regular
from rlbench.layout import SWEEPS_FOLDER

SECONDS = 10
"""Longest time for an answer. The files tell most also without it."""
LONGEST_NUMBER = 12


def submitted(out: Path) -> list[int]:
    """The numbers of the arrays that were submitted for a results folder, as `rlbench run` has left them there."""
    return sorted(number for path in (out / SWEEPS_FOLDER).glob("*.job") for number in _number_in(path))


def describe_arrays(out: Path) -> tuple[list[str], list[int]]:
    """A line for each array that Slurm has, and the numbers of those that it no longer has.

    Both are empty where Slurm is not installed or does not answer.
    """
    lines, gone = [], []
    numbers = submitted(out)
    for number in numbers if numbers and shutil.which("squeue") else ():
        tasks = _tasks(number)
        if tasks:
            counts = Counter(tasks)
            lines.append(f"Slurm job {number}: {', '.join(f'{count} {each}' for each, count in counts.items())}")
        elif tasks is not None:
            gone.append(number)
    return lines, gone


def _tasks(number: int) -> list[str] | None:
    """How each task of an array stands, such as `running` or `pending (Priority)`; None if Slurm does not answer."""
    words = ["squeue", "--noheader", "--array", f"--job={number}", "--format=%T %r"]
    try:
        told = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    if told.returncode:
        return [] if "Invalid job id" in told.stderr else None
    found = (line.partition(" ") for line in told.stdout.splitlines() if line.strip())
    return [_say(state.lower(), reason.strip()) for state, _, reason in found]


def _say(state: str, reason: str) -> str:
    return shown(state if state != "pending" or reason in ("", "None") else f"{state} ({reason})", 60)


def _number_in(path: Path) -> Iterator[int]:
    try:
        text = path.read_bytes()[:LONGEST_NUMBER].decode().strip() if is_regular(path) else ""
    except (OSError, ValueError):
        return
    if text.isascii() and text.isdigit():
        yield int(text)
