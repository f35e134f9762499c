"""The log of a job: everything its process prints, above all its traceback."""

import contextlib
from pathlib import Path

from rlbench.layout import LOGS_FOLDER
from rlbench.training.job import Job

LOG_TAIL = 12
"""Number of lines of a log that are shown."""


def log_path(job: Job) -> Path:
    """The path of a job's log."""
    seeds = "-".join(str(seed) for seed in dict.fromkeys((job.seeds[0], job.seeds[-1])))
    name = f"{job.env}--{job.label}--seed-{seeds}.log"
    return job.out / LOGS_FOLDER / name.replace("/", "-")


def make_log(log: Path, anew: bool) -> None:
    """Create an empty log; keep an existing one unless `anew`."""
    with contextlib.suppress(OSError):  # the worker cannot write it either, and says so
        log.parent.mkdir(parents=True, exist_ok=True)
        if anew:
            log.write_bytes(b"")


def close_log(log: Path | None) -> tuple[str, ...]:
    """The last lines of a log; an empty log is removed."""
    tail = _tail(log)
    if log and not tail:
        with contextlib.suppress(OSError):
            log.unlink()
            log.parent.rmdir()
    return tail


def _tail(log: Path | None) -> tuple[str, ...]:
    if log is None:
        return ()
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            return tuple(file.read().decode(errors="replace").splitlines()[-LOG_TAIL:])
    except OSError:
        return ()
