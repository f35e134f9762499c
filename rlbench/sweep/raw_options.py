"""Options of a sweep as they are given, before they are parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class RawOptions:
    """Options as the command line, a program or a file gives them, not parsed yet. None: not given.

    The names are the keys of a --config file.
    """

    algorithms: Any = None
    env: Any = None
    name: Any = None
    seeds: Any = None
    steps: Any = None
    out: Any = None
    num_envs: Any = None
    device: Any = None
    gpu_buffers: Any = None
    workers: Any = None
    eval_every: Any = None
    row_every: Any = None
    log: Any = None
    quiet: Any = None
    fresh: Any = None
    accept_changed_code: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values by `key`, by `algorithm.key` or by `variant.key`, as typed or as TOML read them."""
    variants: Any = None
    """A table for each variant: its algorithm and its settings."""
    launcher: Any = None
    partition: Any = None
    account: Any = None
    time: Any = None
    memory: Any = None
    submit: Any = None
    address: Any = None
    expect_code: Any = None
    """A file of the code that is to be at work, as --launcher slurm writes it."""
    tasks: Any = None
    """A table for each environment that has a budget or settings of its own."""


def given_options(given: Mapping[str, Any]) -> RawOptions:
    """The options among some named values, where None, False and an empty list mean that an option was not given."""
    known = {each.name for each in fields(RawOptions)}
    said = {name: value for name, value in given.items() if not (value is False or value in (None, []))}
    return RawOptions(**{name: value for name, value in said.items() if name in known})
