"""Weights & Biases: a run for each seed, grouped by algorithm and environment. WANDB_MODE=offline keeps it here.

Its own variables hold: WANDB_PROJECT (here rlbench by default), WANDB_ENTITY, WANDB_MODE. Its files go to OUT/wandb.
"""

import hashlib
import os
from collections.abc import Mapping
from typing import Any

from rlbench.errors import UserError
from rlbench.training.job import Job


def load() -> Any:
    """The package, which is imported when it is asked for; a UserError that says how to install it."""
    try:
        import wandb
    except ImportError as error:
        raise UserError("--log wandb needs the package wandb. Install it: pip install wandb") from error
    return wandb


class WandbRun:
    """A `Log` that is a run of Weights & Biases."""

    def __init__(self, job: Job, seed: int) -> None:
        wandb = load()
        folder = job.folder(seed).absolute()
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "rlbench"),
            id=hashlib.sha256(os.fsencode(folder)).hexdigest()[:16],  # the same command again continues the same run
            resume="allow",
            name=f"{job.env} {job.label} seed {seed}",
            group=f"{job.env} {job.label}",
            config={"env": job.env, "algorithm": job.algorithm, "seed": seed, "steps": job.steps, **job.settings},
            dir=str(job.out),
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off"),
        )
        self._sent = getattr(self._run, "step", 0) or 0

    def write(self, env_steps: int, values: Mapping[str, float]) -> None:
        if env_steps >= self._sent:  # a resumed run has the earlier rows
            self._run.log(dict(values), step=env_steps)

    def close(self, status: str) -> None:
        self._run.summary["status"] = status
        self._run.finish(exit_code=0 if status == "finished" else 1)
