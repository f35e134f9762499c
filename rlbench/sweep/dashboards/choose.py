"""The dashboards by name."""

from collections.abc import Sequence
from typing import Any

from rlbench.errors import UserError, nearest, quoted
from rlbench.sweep.dashboards.contract import OpenLog

NAMES = ("tensorboard", "wandb")


def read_names(given: Any) -> tuple[str, ...]:
    """The names that --log gives, checked."""
    from rlbench.sweep.words import parse_names

    texts = [given] if isinstance(given, str) else given or []
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise UserError(f"--log is {' or '.join(NAMES)}, not {quoted(given)}.")
    for name in (names := parse_names(texts)):
        if name not in NAMES:
            raise UserError(f"--log is {' or '.join(NAMES)}, not {quoted(name)}.{nearest(name, NAMES)}")
    return names


def open_logs(names: Sequence[str]) -> dict[str, OpenLog]:
    """What begins a seed's log, for each name. A UserError if a package is missing."""
    found: dict[str, OpenLog] = {}
    for name in names:
        if name == "tensorboard":
            from rlbench.sweep.dashboards.tensorboard import EventFile

            found[name] = EventFile
        else:
            from rlbench.sweep.dashboards import wandb

            wandb.load()
            found[name] = wandb.WandbRun
    return found
