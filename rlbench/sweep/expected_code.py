"""The code that a job is to be trained by: noted when the job is queued, compared when it starts.

A job may wait for days, and the code may be edited meanwhile. Without this its results would be of code that nobody
has chosen for it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlbench.errors import Fault, UserError
from rlbench.sweep.lookup import Ask
from rlbench.training.job import Job


def describe_code(job: Job) -> dict[str, Any]:
    """Versions, git state and hashes of the source that would train a job. Must run in a worker."""
    from rlbench.training.provenance import describe_run

    about = describe_run(job, job.seeds[0])
    return {key: about[key] for key in ("env", "algorithm", "versions", "code", "git")}


def refuse_unexpected_code(path: Path, jobs: Sequence[Job], ask: Ask) -> None:
    """A UserError if the code that is here is not that in a file which `describe_code` made."""
    try:
        expected = {(each["env"], each["algorithm"]): each for each in json.loads(path.read_bytes())}
    except (OSError, ValueError, TypeError, KeyError):
        raise UserError(f"--expect-code {path} cannot be read: it is not what --launcher slurm writes.") from None
    for job in {(job.env, job.algorithm): job for job in jobs}.values():
        then = expected.get((job.env, job.algorithm))
        if then is None:
            raise UserError(f"--expect-code {path} tells nothing of {job.algorithm} on {job.env}.")
        try:
            changes = ask(_changes, then, job, parts=job.parts)
        except Fault:  # the job that meets it again reports it
            continue
        if changes:
            raise UserError(
                f"The code was changed after {job.algorithm} on {job.env} was queued: {'; '.join(changes)}.",
                "Give the command with --launcher slurm again to queue it for the present code",
            )


def _changes(then: dict[str, Any], job: Job) -> list[str]:
    from rlbench.training.provenance import differing_versions
    from rlbench.training.source import changed_parts, own_code_changed

    here = describe_code(job)
    changes = [*differing_versions(then, here), *changed_parts(then, here)]
    if own_code_changed(then, here):
        states = [f"git {each['git']}, source {each['code']['rlbench']['sha256'][:8]}" for each in (then, here)]
        changes.append(f"rlbench {states[0]} there, {states[1]} here")
    return changes
