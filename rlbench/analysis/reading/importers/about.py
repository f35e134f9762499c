"""run.json of an imported run: what its files tell, where it was found, and what stays unknown."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from rlbench.analysis.reading.importers.merged import ForeignRun
from rlbench.analysis.reading.importers.place import Place
from rlbench.analysis.reading.importers.table import Table
from rlbench.layout import IMPORTED, PROGRESS_FILE, RUN_FILE, RUN_FORMAT, TIMING_FILE


def describe(
    place: Place, table: Table, window: int, evaluations: str, steps: int | None, versions: Mapping[str, str]
) -> dict[str, Any]:
    """run.json. What nobody knows is null or empty, and no time of the import is in it, so that it can be repeated."""
    run = place.run
    training = run.training
    kinds = {
        "training": describe_training(training.manner, training.single, window) if training else None,
        "evaluations": describe_evaluations(run, evaluations),
    }
    return {
        "format": RUN_FORMAT,
        "algorithm": place.label,
        "label": place.label,
        "env": place.env,
        "seed": place.seed,
        "status": "diverged" if table.diverged else IMPORTED,
        "steps": steps or run.told.budget,
        "env_steps": table.last_step,
        "eval_every": None,
        "settings": dict(run.told.settings),
        "versions": dict(versions),
        "iteration": table.count,
        IMPORTED: {
            "tool": run.tool,
            "what": run.what,
            "experiment": run.told.algorithm,
            "source": str(run.path),
            "files": run.checksums,
            "found": dict(place.where),
            "rolling": bool(training and training.rolling),
            **kinds,
            "notes": [*run.notes, *table.notes],
        },
    }


def describe_training(manner: str, single: bool, window: int) -> str:
    return f"means over the episodes that ended within windows of {window:,} transitions" if single else manner


def describe_evaluations(run: ForeignRun, chosen: str) -> str | None:
    if run.evaluations is None:
        return None
    told = run.evaluations.action
    words = {"det": "by the mean action", "stoch": "by sampled actions"}
    return words[told or chosen] + ("" if told else ", as --evaluations says; the files do not tell")


def contents(about: dict[str, Any], table: Table) -> dict[str, bytes | None]:
    """The files of a run; None for one that it does not have. run.json comes first: it says whose the others are."""
    files: dict[str, bytes | None] = {PROGRESS_FILE: table.progress(), TIMING_FILE: table.timing()}
    about["files"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
        if content is not None
    }
    return {RUN_FILE: (json.dumps(about, indent=2) + "\n").encode(), **files}
