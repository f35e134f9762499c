"""Tables of a file that hold for one environment alone: its budget, and settings of its own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlbench.errors import UserError, nearest
from rlbench.sweep.config_file import flat_settings, known_keys
from rlbench.sweep.words import parse_count, parse_names

EXAMPLE = "[tasks.Hopper-v4] and below it steps = 1_000_000, or [tasks.Hopper-v4.settings] and gamma = 0.995"
KEYS = ("steps", "eval_every", "settings")


@dataclass(frozen=True)
class Task:
    """What a file says of one environment alone."""

    steps: int | None = None
    """Transitions a seed executes there; None: as elsewhere."""
    eval_every: int | None = None
    """Transitions between evaluations there; None: as elsewhere."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values by `key` or `NAME.key`, which hold there."""


def read_tasks(tables: Any, envs: Any, file: str) -> dict[str, Task]:
    """The tables of environments by id. `envs` are those that the file trains on; None where it names none."""
    if tables is None:
        return {}
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UserError(f"{file}: tasks are tables, as in: {EXAMPLE}.")
    named = None if envs is None else _named(envs)
    found = {}
    for env, table in tables.items():
        where = f"{file}: [tasks.{env}]"
        if named is not None and env not in named:
            raise UserError(f"{where}: {env} is not under env.{nearest(env, named)} env has: {', '.join(named)}.")
        options = known_keys(table, KEYS, where)
        counts = {
            key: parse_count(options[key], f"{where} {key}", low=low)
            for key, low in (("steps", 1), ("eval_every", 0))
            if key in options
        }
        found[env] = Task(**counts, settings=flat_settings(options.get("settings", {}), where))
    return found


def _named(envs: Any) -> Collection[str]:
    """The environments under the key `env`; what is none is refused where the request reads that key."""
    texts = [envs] if isinstance(envs, str) else envs if isinstance(envs, list) else []
    return parse_names([text for text in texts if isinstance(text, str)])
