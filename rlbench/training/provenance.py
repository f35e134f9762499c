"""run.json: settings, versions, machine and status of a run."""

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import torch

from rlbench.algorithms import find
from rlbench.envs.gpu import physics_of
from rlbench.errors import UserError
from rlbench.files import replace_file
from rlbench.layout import IMPORTED, RUN_FILE, RUN_FORMAT
from rlbench.run_file import is_imported, read_run_file, say
from rlbench.training.host import processor, same_release, versions
from rlbench.training.job import Job
from rlbench.training.source import code_of

_IDENTITY = ("algorithm", "env", "seed", "steps", "eval_every", "row_every", "physics", "settings")


def describe_run(job: Job, seed: int) -> dict[str, Any]:
    """The content of run.json for a new run."""
    return {
        "format": RUN_FORMAT,
        "algorithm": job.algorithm,
        "label": job.label,
        "env": job.env,
        "seed": seed,
        "status": "running",
        "steps": job.steps,
        "env_steps": 0,
        "eval_every": job.eval_every,
        "row_every": job.row_every,
        "settings": json.loads(json.dumps(job.settings)),  # JSON has lists and no tuples
        "device": job.device,
        "physics": physics_of(job.env, job.device),
        "versions": versions(job.device),
        "code": code_of(find(job.algorithm), job.env),
        "platform": {"system": platform.platform(), "processor": processor(), **_gpu(job.device)},
        "git": _git_state(),
        "started": now(),
        "ended": None,
        **job.provenance,
    }


def now() -> str:
    """The present time in the format of run.json."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_memory() -> int | None:
    """Peak memory of this process in bytes; None if the system does not report it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read_run(folder: Path) -> dict[str, Any] | None:
    """The checked content of a folder's run.json; None if there is no such file."""
    content = read_run_file(folder)
    if content is not None and is_imported(content):
        origin = say(content[IMPORTED].get("tool"))
        raise UserError(f"{folder} holds results imported from {origin}. Choose another --name or --out")
    return content


def write_run(folder: Path, content: dict[str, Any]) -> None:
    """Replace a folder's run.json."""
    replace_file(folder / RUN_FILE, (json.dumps(content, indent=2) + "\n").encode())


def refuse_other_settings(folder: Path, stored: dict[str, Any], asked: dict[str, Any]) -> None:
    """Raise a UserError if a run was begun with other settings. More steps are allowed."""
    stored = {**stored, "steps": max(stored["steps"], asked["steps"])}
    differing = [key for key in _IDENTITY if key != "settings" and stored.get(key) != asked[key]]
    texts = [f"{key} {say(stored.get(key))} there, {asked[key]} asked" for key in differing]
    old, new = stored["settings"], asked["settings"]
    texts += [
        f"{key} {_setting(old.get(key))} there, {_setting(new.get(key))} asked"
        for key in dict.fromkeys((*new, *old))
        if old.get(key) != new.get(key)
    ]
    if texts:
        differences = "; ".join(texts)
        raise UserError(
            f"{folder} holds a run with other settings: {differences}.",
            "Choose another --out or --name, or --fresh",
        )


def _setting(value: Any) -> str:
    return say(str(value) if isinstance(value, list | dict) else value)


def differing_versions(stored: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Packages whose version differs from that at the beginning of the run, as text."""
    old, new = stored["versions"], asked["versions"]
    return [
        f"{name} {say(old[name])} there, {new[name]} here"
        for name in new
        if name in old and not same_release(name, old[name], new[name])
    ]


def _gpu(device: str) -> dict[str, str]:
    return {"gpu": torch.cuda.get_device_name()} if device == "cuda" else {}


@cache
def _git_state() -> str | None:
    """Commit of the checkout this program runs from, with `-dirty` where it was changed; None outside one."""
    here = Path(sys.modules["rlbench"].__file__ or "").parent.parent
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
