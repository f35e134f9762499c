"""Checkpoints of training: tensors and plain data, replaced atomically, with all that a run needs to go on."""

import io
from pathlib import Path
from typing import Any

import torch

from rlbench.checkpoint_file import (
    COUNT,
    FORMAT,
    TREE,
    Check,
    load_checkpoint,
    refuse_misfit,
    sealed,
)
from rlbench.files import replace_file
from rlbench.layout import COMPLETE_STATUSES, CSV_FILES
from rlbench.run_file import is_checksum
from rlbench.training.clock import PARTS, TIMES
from rlbench.training.evaluation import COLUMNS


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Save a nested dict of tensors, numbers and texts."""
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    replace_file(path, sealed(buffer.getvalue()))


def load_run_checkpoint(path: Path) -> dict[str, Any]:
    """The checkpoint of a run; a UserError if a field is missing or has the wrong type."""
    content = load_checkpoint(path)
    refuse_misfit(path, content, FIELDS)
    if content["before"] is not None:
        refuse_misfit(path, content["before"], PLACE, "before.")
    return content


def _are_numbers(value: Any) -> bool:
    return type(value) is dict and all(type(each) in (int, float) for each in value.values())


PLACE: dict[str, Check] = {
    "iteration": COUNT,
    "env_steps": COUNT,
    "scores": (lambda value: _are_numbers(value) and set(value) <= set(COLUMNS), "a table of scores"),
    "times": (lambda value: _are_numbers(value) and set(PARTS) <= set(value) <= set(TIMES), "a table of times"),
    "files": (
        lambda value: type(value) is dict and set(value) == set(CSV_FILES) and all(map(is_checksum, value.values())),
        "a table of checksums",
    ),
    "algorithm": TREE,
    "sampler": TREE,
}
"""The fields needed to resume after a row: a check and a description of each."""

FIELDS: dict[str, Check] = {
    **PLACE,
    "steps": COUNT,
    "ended": (
        lambda value: type(value) is str and value in ("", *COMPLETE_STATUSES),
        f"empty or one of {', '.join(COMPLETE_STATUSES)}",
    ),
    "before": (lambda value: value is None or type(value) is dict, "a table or nothing"),
}
