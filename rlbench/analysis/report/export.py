"""Frames and results as JSON that every program reads: no NaN and no infinity, which JSON has not."""

import json
import math
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A dictionary for each row; None where a cell is empty or infinite."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_text(content: dict[str, Any]) -> str:
    """Indented, letters as they are."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
