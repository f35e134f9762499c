"""Requests: the options of a command or program over those of a TOML file over the defaults. Needs no torch."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, nearest, quoted
from rlbench.sweep.chosen_settings import COMMAND_LINE
from rlbench.sweep.constructed import Constructed
from rlbench.sweep.devices import choose_device
from rlbench.sweep.machine import usable_cores
from rlbench.sweep.variants import read_variants, rename
from rlbench.sweep.words import MOST_WORKERS, parse_count, parse_names, parse_seeds


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
    quiet: Any = None
    fresh: Any = None
    accept_changed_code: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values by `key`, by `algorithm.key` or by `variant.key`, as typed or as TOML read them."""
    variants: Any = None
    """A table for each variant: its algorithm and its settings."""


@dataclass(frozen=True)
class Request:
    """The options, parsed and checked as far as that is possible without the algorithms."""

    algorithms: tuple[str, ...]
    """Names of algorithms and of variants."""
    envs: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: int
    out: Path
    device: str
    """`cpu`, `cuda`, or `auto` where the faster one is still to be measured."""
    device_reason: str
    gpu_buffers: tuple[int, int] | None
    """Contacts and constraint rows allocated per world, where not the task's default."""
    cores: int
    workers: int
    """Number of worker processes at a time."""
    threads: int
    """Number of threads of all processes together: more than `workers` where there are fewer runs than cores."""
    eval_every: int | None
    """Transitions between evaluations, 0: only at the end; None: a tenth of `steps`, or as runs that are there."""
    quiet: bool
    fresh: bool
    """Whether to start over where there are results already."""
    accept_changed_code: bool
    """Whether to accept results that were made with another version of foreign code."""
    settings: tuple[tuple[str, Mapping[str, Any]], ...]
    """Layers of settings, each with its source and its values by `key` or `NAME.key`. Later layers win."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """The algorithm of each variant that has a name."""
    command: tuple[str, ...] = ()
    """The command line, which is recorded in each run."""


NOTHING_CONSTRUCTED = Constructed()

LARGEST_FILE = 1_000_000
"""Largest size of a --config file, in bytes."""

DEFAULTS = RawOptions(
    seeds="5",
    steps="1M",
    out="results",
    device="auto",
    quiet=False,
    fresh=False,
    accept_changed_code=False,
)


def read_request(
    typed: RawOptions,
    config: Path | None,
    command: tuple[str, ...] = (),
    source: str = COMMAND_LINE,
    constructed: Constructed = NOTHING_CONSTRUCTED,
) -> Request:
    """The options of a command or program (`source`) over those of a file over the defaults, parsed and checked.

    The algorithms that a program has constructed stand in place of those that are named.
    """
    written = read_file(config) if config else RawOptions()
    word = {
        each.name: next(
            (value for layer in (typed, written, DEFAULTS) if (value := getattr(layer, each.name)) is not None), None
        )
        for each in fields(RawOptions)
    }
    file = str(config)
    variants, own = read_variants(word["variants"] or {}, file)
    variants |= constructed.variants
    named = list(constructed.names) or word["algorithms"] or list(variants)
    algorithms = _names(named, "algorithm", "as in: rlbench run trpo --env Hopper-v4")
    if word["name"] is not None:
        algorithms, variants, own = rename(word["name"], algorithms, variants, own)
    envs = _names(word["env"], "environment", "as in: --env Hopper-v4")
    seeds = parse_seeds(word["seeds"])
    device, device_reason = choose_device(word["device"], word["workers"])
    cores = usable_cores()
    threads = _workers(word["workers"], cores, device)
    return Request(
        algorithms=algorithms,
        envs=envs,
        seeds=seeds,
        steps=parse_count(word["steps"], "--steps"),
        out=_folder(word["out"]),
        device=device,
        device_reason=device_reason,
        gpu_buffers=_buffers(word["gpu_buffers"], device),
        cores=cores,
        workers=min(threads, len(algorithms) * len(envs) * len(seeds)),
        threads=threads,
        eval_every=None if word["eval_every"] is None else parse_count(word["eval_every"], "--eval-every", low=0),
        quiet=_truth(word["quiet"], "quiet"),
        fresh=_truth(word["fresh"], "fresh"),
        accept_changed_code=_truth(word["accept_changed_code"], "accept_changed_code"),
        settings=_layers((source, typed), (file, written), own, constructed),
        variants=variants,
        command=command,
    )


def given_options(given: Mapping[str, Any]) -> RawOptions:
    """The options among some named values, where None, False and an empty list mean that an option was not given."""
    known = {each.name for each in fields(RawOptions)}
    said = {name: value for name, value in given.items() if not (value is False or value in (None, []))}
    return RawOptions(**{name: value for name, value in said.items() if name in known})


def read_file(path: Path) -> RawOptions:
    """The options in a TOML file. Its keys are the command line's, with `-` or `_`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        content = tomllib.loads(raw.decode()) if len(raw) <= LARGEST_FILE else {}
    except OSError as error:
        raise UserError(f"--config {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"--config {path} cannot be read: it is not UTF-8 text.") from None
    except RecursionError:
        raise UserError(f"--config {path} is not TOML of ours: it has lists or tables nested too deep.") from None
    except ValueError as error:  # TOMLDecodeError, or a whole number of thousands of digits
        raise UserError(f"--config {path} is not TOML: {error}.") from None
    if len(raw) > LARGEST_FILE:
        raise UserError(f"--config {path} is too large to be one: more than {LARGEST_FILE:,} bytes.")
    keys = [key.replace("-", "_") for key in content]
    for key in keys:
        if keys.count(key) > 1:
            raise UserError(f"--config {path} has {key} twice.")
    content = dict(zip(keys, content.values()))
    known = [each.name for each in fields(RawOptions)]
    for key in content:
        if key not in known:
            raise UserError(f"--config {path}: unknown key '{key}'.{nearest(key, known)} Known: {', '.join(known)}.")
    return RawOptions(**{**content, "settings": _flat(content.get("settings", {}), path)})


def _flat(settings: Any, path: Path) -> dict[str, Any]:
    """Flatten tables of settings: `[settings.trpo] gamma = 1` becomes `trpo.gamma`, the form that --set uses."""
    if not isinstance(settings, dict):
        raise UserError(f"--config {path}: settings is a table, as in: [settings] and below it gamma = 0.99.")
    plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
    tables = {name: table for name, table in settings.items() if isinstance(table, dict)}
    return plain | {f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()}


def read_assignments(assignments: list[str]) -> dict[str, str]:
    """Parse `--set gamma=0.99 --set trpo.damping=0.1,0.2` into a mapping. A repeated key is a mistake."""
    values: dict[str, str] = {}
    for assignment in assignments:
        key, equals, value = (part.strip() for part in assignment.partition("="))
        if not (key and equals and value):
            raise UserError(f"--set takes key=value, as in: --set gamma=0.99, not {assignment!r}.")
        if key in values:
            raise UserError(f"--set names {key} twice. To try several values: --set {key}={values[key]},{value}")
        values[key] = value
    return values


def _layers(
    typed: tuple[str, RawOptions],
    written: tuple[str, RawOptions],
    variants: Mapping[str, Any],
    constructed: Constructed,
) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Layers of settings in rising precedence: the file's, those of its variants, typed ones, and those of objects."""
    layers: list[tuple[str, Mapping[str, Any]]] = []
    for source, words in (written, typed):
        if words.num_envs is not None:
            layers.append((source, {"num_envs": parse_count(words.num_envs, "--num-envs")}))
        plain = {key: value for key, value in words.settings.items() if "." not in key}
        layers.append((source, plain))
        layers.append((source, {key: value for key, value in words.settings.items() if key not in plain}))
        layers.append((source, variants if words is written[1] else constructed.settings))
    return tuple((source, values) for source, values in layers if values)


def _names(word: Any, what: str, example: str) -> tuple[str, ...]:
    texts = [word] if isinstance(word, str) else [] if word is None else word
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise UserError(f"An {what} is a name, {example}.")
    names = parse_names(texts)
    if not names:
        raise UserError(f"Name at least one {what}, {example}. See: rlbench list")
    return names


def _folder(word: Any) -> Path:
    word = str(word) if isinstance(word, Path) else word
    if not isinstance(word, str) or not word.strip() or "\0" in word:
        raise UserError(f"--out is the name of a folder, not {quoted(word)}.")
    try:
        path = Path(word).expanduser()
    except RuntimeError:  # from expanduser: there is no such user
        raise UserError(f"--out {word}: there is no such user. ./{word} is a folder of that name.") from None
    for place in (path, *path.parents):
        if os.path.isfile(place):  # unlike Path.is_file, it raises for no name
            raise UserError(f"--out {path}: {place} is a file, not a folder. Name another folder.")
    return path


def _buffers(word: Any, device: str) -> tuple[int, int] | None:
    if word is None:
        return None
    if device == "cpu":
        raise UserError("--gpu-buffers is for --device cuda; on the CPU MuJoCo needs none.")
    parts = word.split(",") if isinstance(word, str) else word if isinstance(word, list | tuple) else ()
    if len(parts) != 2:
        raise UserError(
            f"--gpu-buffers takes contacts and rows of constraints a world, as in 32,128, not {quoted(word)}."
        )
    contacts, rows = (parse_count(part, "--gpu-buffers") for part in parts)
    return contacts, rows


def _workers(word: Any, cores: int, device: str) -> int:
    if device not in ("cpu", "auto"):
        if word is not None:
            raise UserError(f"--workers are processes on the CPU; with --device {device} one process does it all.")
        return 1
    if word is None:
        return cores
    workers = parse_count(word, "--workers")
    if workers > MOST_WORKERS:
        raise UserError(
            f"--workers {workers} is more processes than any machine has use for; this one has {cores} cores."
        )
    return workers


def _truth(word: Any, key: str) -> bool:
    if not isinstance(word, bool):
        raise UserError(f"{key} is true or false, not {quoted(word)}.")
    return word
