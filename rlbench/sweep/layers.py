"""Layers of settings in rising precedence. Typed ones win over a file's, and in a file those that are meant for fewer.

A file's values for all algorithms come first, then those for one algorithm, then those for one variant; of two that are
meant for the same, the one for a single task comes later and wins.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rlbench.sweep.chosen_settings import Layers
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.tasks import Task
from rlbench.sweep.words import parse_count

NO_TASK = Task()


def file_layers(
    file: str, written: RawOptions, variants: Mapping[str, str], own: Mapping[str, Any], task: Task = NO_TASK
) -> Layers:
    """The layers of a file for one task, or for those without settings of their own.

    `own` are the settings of its variants, and `variants` their names.
    """
    everybodys, algorithms, named = _parts(written.settings, variants)
    on_task = _parts(task.settings, variants)
    together = [
        *_num_envs(written),
        *(everybodys, on_task[0]),
        *(algorithms, on_task[1]),
        *(named, own, on_task[2]),
    ]
    return tuple((file, values) for values in together if values)


def typed_layers(source: str, typed: RawOptions, constructed: Mapping[str, Any]) -> Layers:
    """The layers of a command or program: its options, then the settings of its objects."""
    plain = {key: value for key, value in typed.settings.items() if "." not in key}
    dotted = {key: value for key, value in typed.settings.items() if key not in plain}
    return tuple((source, values) for values in (*_num_envs(typed), plain, dotted, constructed) if values)


def _parts(settings: Mapping[str, Any], variants: Collection[str]) -> tuple[dict[str, Any], ...]:
    """Settings for all, for an algorithm, and for a variant."""
    parts: tuple[dict[str, Any], ...] = {}, {}, {}
    for key, value in settings.items():
        target = key.rpartition(".")[0]
        parts[2 if target in variants else 1 if target else 0][key] = value
    return parts


def _num_envs(options: RawOptions) -> Iterator[dict[str, Any]]:
    if options.num_envs is not None:
        yield {"num_envs": parse_count(options.num_envs, "--num-envs")}
