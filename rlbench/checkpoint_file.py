"""checkpoint.pt: the output of torch.save followed by its SHA-256. Reading it executes nothing.

Training and whatever uses a trained policy both read it through this module.
"""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlbench.errors import UserError
from rlbench.run_file import say

FORMAT = 7
"""The number under `format` in a checkpoint."""
DIGEST_BYTES = hashlib.sha256().digest_size
ADVICE = "To train its seed anew, move its folder away"

GROWING = ("sampler.env.actions",)
"""Tensors whose size may grow: actions of an episode without a time limit."""

Check = tuple[Callable[[Any], bool], str]
"""Whether a value is of the kind that a field has, and the name of that kind."""


def sealed(payload: bytes) -> bytes:
    """The payload followed by its SHA-256, so that any changed byte is detected."""
    return payload + hashlib.sha256(payload).digest()


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint; a UserError for any other file, which is not unpickled."""
    try:
        data = path.read_bytes()
        payload = data[:-DIGEST_BYTES]
        if sealed(payload) != data:
            raise ValueError("its SHA-256 differs")
        content = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises many kinds of exceptions for a damaged file
        raise UserError(
            f"{path} is not a checkpoint that can be read: it was changed, or another version of rlbench wrote it.",
            ADVICE,
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not a checkpoint of this version of rlbench. {ADVICE}")
    return content


def is_count(value: Any) -> bool:
    """True for a whole number from 0."""
    return type(value) is int and value >= 0


def is_tree(value: Any) -> bool:
    """True for a nested dict of tensors of one seed."""
    return type(value) is dict and all(
        is_tree(each) or (isinstance(each, Tensor) and each.dim() > 0 and len(each) == 1) for each in value.values()
    )


COUNT: Check = (is_count, "a whole number")
TREE: Check = (is_tree, "a table of tensors")


def refuse_misfit(path: Path, content: dict[str, Any], fields: dict[str, Check], prefix: str = "") -> None:
    """Raise a UserError if a field of a checkpoint is missing or of another kind."""
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
                f"{path} is of another version of rlbench: it has no {place}, which a run needs here.",
                ADVICE,
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
