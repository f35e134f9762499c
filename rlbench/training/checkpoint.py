"""Checkpoints: tensors and plain data, replaced atomically, and loaded without executing code.

The file is the output of torch.save followed by its SHA-256, so that any changed byte is detected.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlbench.errors import UserError
from rlbench.layout import COMPLETE_STATUSES, CSV_FILES
from rlbench.run_file import is_checksum, say
from rlbench.training.clock import PARTS, TIMES
from rlbench.training.evaluation import COLUMNS
from rlbench.training.files import replace_file

FORMAT = 7
DIGEST_BYTES = hashlib.sha256().digest_size

ENDINGS = ("", *COMPLETE_STATUSES)
ADVICE = "To train its seed anew, move its folder away"


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Save a nested dict of tensors, numbers and texts."""
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    replace_file(path, sealed(buffer.getvalue()))


def sealed(payload: bytes) -> bytes:
    """The payload followed by its SHA-256."""
    return payload + hashlib.sha256(payload).digest()


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load what `save_checkpoint` wrote; a UserError for any other file, which is not unpickled."""
    try:
        data = path.read_bytes()
        payload = data[:-DIGEST_BYTES]
        if sealed(payload) != data:
            raise ValueError("its SHA-256 differs")
        content = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises many kinds of exceptions for a damaged file
        raise UserError(
            f"{path} is not a checkpoint that can be read: it was changed, or another version of rlbench wrote it. "
            f"{ADVICE}"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not a checkpoint of this version of rlbench. {ADVICE}")
    return content


def load_run_checkpoint(path: Path) -> dict[str, Any]:
    """The checkpoint of a run; a UserError if a field is missing or has the wrong type."""
    content = load_checkpoint(path)
    _refuse_misfit(path, content, FIELDS)
    if content["before"] is not None:
        _refuse_misfit(path, content["before"], PLACE, "before.")
    return content


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _are_numbers(value: Any) -> bool:
    return type(value) is dict and all(type(each) in (int, float) for each in value.values())


def _is_tree(value: Any) -> bool:
    """True for a nested dict of tensors of one seed."""
    return type(value) is dict and all(
        _is_tree(each) or (isinstance(each, Tensor) and each.dim() > 0 and len(each) == 1) for each in value.values()
    )


PLACE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "iteration": (_is_count, "a whole number"),
    "env_steps": (_is_count, "a whole number"),
    "scores": (lambda value: _are_numbers(value) and set(value) <= set(COLUMNS), "a table of scores"),
    "times": (lambda value: _are_numbers(value) and set(PARTS) <= set(value) <= set(TIMES), "a table of times"),
    "files": (
        lambda value: type(value) is dict and set(value) == set(CSV_FILES) and all(map(is_checksum, value.values())),
        "a table of checksums",
    ),
    "algorithm": (_is_tree, "a table of tensors"),
    "sampler": (_is_tree, "a table of tensors"),
}
"""The fields needed to resume after a row: a check and a description of each."""

FIELDS = {
    **PLACE,
    "steps": (_is_count, "a whole number"),
    "ended": (
        lambda value: type(value) is str and value in ("", *COMPLETE_STATUSES),
        f"empty or one of {', '.join(COMPLETE_STATUSES)}",
    ),
    "before": (lambda value: value is None or type(value) is dict, "a table or nothing"),
}


GROWING = ("sampler.env.actions",)
"""Tensors whose size may grow: actions of an episode without a time limit."""


def _refuse_misfit(
    path: Path, content: dict[str, Any], fields: dict[str, tuple[Callable[[Any], bool], str]], prefix: str = ""
) -> None:
    for name, (fits, kind) in fields.items():
        if name not in content or not fits(content[name]):
            told = say(content.get(name)) if name not in content or content[name] is not None else "None"
            raise UserError(f"{path}: {prefix}{name} is {told}, and not {kind}. {ADVICE}")


def refuse_other_shapes(path: Path, stored: dict[str, Any], fresh: dict[str, Any], part: str) -> None:
    """Raise a UserError if the tensors of a checkpoint differ in name, type or shape from those of a fresh run."""
    for name, tensor in fresh.items():
        place, there = f"{part}.{name}", stored.get(name)
        if there is None:
            raise UserError(
                f"{path} is of another version of rlbench: it has no {place}, which a run needs here. {ADVICE}"
            )
        if isinstance(tensor, dict) and isinstance(there, dict):
            refuse_other_shapes(path, there, tensor, place)
        elif isinstance(tensor, dict) or not isinstance(there, Tensor):
            raise UserError(f"{path}: {place} is {say(there)}, and not {_kind(tensor)}. {ADVICE}")
        elif place not in GROWING and (there.dtype, there.shape[1:]) != (tensor.dtype, tensor.shape[1:]):
            raise UserError(f"{path}: {place} is {_kind(there)}, and not {_kind(tensor)}. {ADVICE}")


def _kind(tensor: Any) -> str:
    if isinstance(tensor, dict):
        return "a table"
    return f"a tensor of {'x'.join(map(str, tensor.shape[1:])) or '1'} {str(tensor.dtype).removeprefix('torch.')}"
