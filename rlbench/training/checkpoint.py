"""Checkpoints: tensors and plain data, written beside and renamed, read without executing anything."""

import io
from pathlib import Path
from typing import Any

import torch

from rlbench.errors import UserError
from rlbench.training.files import replace_file

FORMAT = 5


def save_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """`content` is a dict of tensors, numbers, texts and such dicts."""
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **content}, buffer)
    replace_file(path, buffer.getvalue())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """What `save_checkpoint` was given. Anything else is refused, unread."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader meets nonsense with any exception there is
        raise UserError(
            f"{path} is not a checkpoint that can be read. Remove its folder to start that seed anew"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not a checkpoint of this version. Remove its folder to start that seed anew")
    return content
