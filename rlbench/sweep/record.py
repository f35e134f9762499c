"""The record of a sweep, `sweeps/NAME.json` in the results folder: its jobs and how they stand, for `rlbench status`.

It is written when the sweep begins, when a job begins, ends or fails, and when the sweep ends. How far a run is and who
works on it is in the run's own files. The same command writes the same record again.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rlbench.claim_file import this_process
from rlbench.layout import SWEEP_FORMAT, SWEEPS_FOLDER
from rlbench.sweep.logs import log_path
from rlbench.sweep.state import JobState
from rlbench.training.job import Job


class Record:
    """The record of one sweep. A failure to write it is no reason to stop the sweep."""

    def __init__(self, path: Path, states: Sequence[JobState]) -> None:
        self._path, self._states = path, states
        self._stages = [state.stage for state in states]
        self._began, self._owner = _now(), asdict(this_process(""))

    def update(self) -> None:
        """Write the record anew if a job has come to another stage."""
        stages = [each.stage for each in self._states]
        if stages != self._stages:
            self._stages = stages
            self.write(ended=False)

    def write(self, ended: bool) -> None:
        """Replace the file."""
        content = {
            "format": SWEEP_FORMAT,
            "command": self._states[0].job.provenance.get("command", []),
            "owner": self._owner,
            "began": self._began,
            "ended": _now() if ended else None,
            "jobs": [_describe(state) for state in self._states],
        }
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            beside.write_text(json.dumps(content, indent=1) + "\n")
            beside.replace(self._path)


@contextlib.contextmanager
def keep_record(states: Sequence[JobState]) -> Iterator[Record]:
    """Write the record of these jobs at the begin and at the end of the block."""
    record = Record(record_path([state.job for state in states]), states)
    if states:
        record.write(ended=False)
    try:
        yield record
    finally:
        if states:
            record.write(ended=True)


def record_path(jobs: Sequence[Job]) -> Path:
    """The path of the record of these jobs, which is also the stem of what a launcher writes for them."""
    if not jobs:
        return Path(SWEEPS_FOLDER)
    runs = sorted({(job.env, job.label, seed) for job in jobs for seed in job.seeds})
    digest = hashlib.sha256(json.dumps(runs).encode()).hexdigest()[:8]
    labels, envs = (list(dict.fromkeys(each)) for each in zip(*((job.label, job.env) for job in jobs)))
    name = "-".join(_some(each) for each in (labels, envs))
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "._=-") else "-" for each in name)
    return jobs[0].out / SWEEPS_FOLDER / f"{plain[:80].strip('.')}-{digest}.json"


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}-and-{len(names) - 1}-more"


def _describe(state: JobState) -> dict[str, Any]:
    job = state.job
    return {
        "env": job.env,
        "label": job.label,
        "seeds": list(job.seeds),
        "steps": job.steps,
        "stage": state.stage,
        "reason": state.failed.reason if state.failed else "",
        "log": state.handed.log if state.handed else str(log_path(job).relative_to(job.out)),
        "restarts": len(state.restarts),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
