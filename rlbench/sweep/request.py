"""Requests: the options of a command or program over those of a TOML file over the defaults. Needs no torch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, quoted
from rlbench.sweep.chosen_settings import COMMAND_LINE, Layers
from rlbench.sweep.config_file import read_file
from rlbench.sweep.constructed import Constructed
from rlbench.sweep.dashboards.choose import read_names
from rlbench.sweep.devices import choose_device
from rlbench.sweep.launchers.options import LOCAL, RAY, SLURM, Launching, read_launching
from rlbench.sweep.layers import file_layers, typed_layers
from rlbench.sweep.machine import usable_cores
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.suite import Suite, notes_on_changes
from rlbench.sweep.tasks import Task, read_tasks
from rlbench.sweep.variants import read_variants, rename, renamed
from rlbench.sweep.words import MOST_WORKERS, parse_count, parse_names, parse_seeds


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
    row_every: int | None
    """Least number of transitions in a row of progress.csv; None: the default, or as runs that are there."""
    log: tuple[str, ...]
    """Dashboards that the rows are written for, beside progress.csv."""
    quiet: bool
    fresh: bool
    """Whether to start over where there are results already."""
    accept_changed_code: bool
    """Whether to accept results that were made with another version of foreign code."""
    settings: Layers
    """Layers of settings, each with its source and its values by `key` or `NAME.key`. Later layers win."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """The algorithm of each variant that has a name."""
    command: tuple[str, ...] = ()
    """The command line, which is recorded in each run."""
    task_steps: Mapping[str, int] = field(default_factory=dict)
    """Transitions a seed executes, for the environments that have a budget of their own."""
    task_eval_every: Mapping[str, int] = field(default_factory=dict)
    """Transitions between evaluations, for the environments that have a spacing of their own."""
    task_settings: Mapping[str, Layers] = field(default_factory=dict)
    """All layers of settings, for the environments that have settings of their own."""
    suite: Suite | None = None
    """The suite that the request is of."""
    launching: Launching = field(default_factory=Launching)
    """Where the jobs run."""
    expect_code: Path | None = None
    """The file of the code that is to be at work."""
    notes: tuple[str, ...] = ()
    """Notes on what the command changes of its suite."""

    def steps_on(self, env: str) -> int:
        """Transitions that a seed executes on an environment."""
        return self.task_steps.get(env, self.steps)

    def eval_every_on(self, env: str) -> int | None:
        """Transitions between evaluations on an environment, as `eval_every`."""
        return self.task_eval_every.get(env, self.eval_every)

    def settings_on(self, env: str) -> Layers:
        """The layers of settings on an environment."""
        return self.task_settings.get(env, self.settings)

    @property
    def all_settings(self) -> Layers:
        """Every layer, of all environments."""
        found = [*self.settings, *(layer for layers in self.task_settings.values() for layer in layers)]
        return [layer for place, layer in enumerate(found) if layer not in found[:place]]


NOTHING_CONSTRUCTED = Constructed()

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
    suite: Suite | None = None,
) -> Request:
    """The options of a command or program (`source`) over those of a file over the defaults, parsed and checked.

    The file is a --config file or that of a suite. The algorithms that a program has constructed stand in place of
    those that are named.
    """
    if suite and config:
        raise UserError(f"--config {config} and --suite cannot be combined: each is a whole study. Choose one.")
    written = suite.options if suite else read_file(config) if config else RawOptions()
    word = {
        each.name: next(
            (value for layer in (typed, written, DEFAULTS) if (value := getattr(layer, each.name)) is not None), None
        )
        for each in fields(RawOptions)
    }
    file = suite.source if suite else str(config)
    variants, own = read_variants(word["variants"] or {}, file)
    variants |= constructed.variants
    named = list(constructed.names) or word["algorithms"] or list(variants)
    algorithms = _names(named, "algorithm", "as in: rlbench run trpo --env Hopper-v4")
    tasks = read_tasks(written.tasks, written.env, file)
    if word["name"] is not None:
        tasks = {env: _renamed_in(task, algorithms[0], word["name"]) for env, task in tasks.items()}
        algorithms, variants, own = rename(word["name"], algorithms, variants, own)
    envs = _names(word["env"] or list(tasks), "environment", "as in: --env Hopper-v4")
    seeds = parse_seeds(word["seeds"])
    launching = read_launching(word)
    device, device_reason = choose_device(word["device"], word["workers"])
    if launching.launcher != LOCAL:
        on_gpu = launching.launcher == RAY and word["device"] not in ("auto", "cpu")
        device, word["workers"] = device if on_gpu else "cpu", None  # jobs at a time, not processes
    cores = usable_cores()
    threads = _workers(word["workers"], cores, device)
    given = typed_layers(source, typed, constructed.settings)
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
        row_every=None if word["row_every"] is None else parse_count(word["row_every"], "--row-every"),
        log=_dashboards(word["log"], launching),
        quiet=_truth(word["quiet"], "quiet"),
        fresh=_truth(word["fresh"], "fresh"),
        accept_changed_code=_truth(word["accept_changed_code"], "accept_changed_code"),
        settings=(*file_layers(file, written, variants, own), *given),
        variants=variants,
        command=command,
        task_steps=_typed_or_own(typed.steps, {env: tasks[env].steps for env in envs if env in tasks}),
        task_eval_every=_typed_or_own(typed.eval_every, {env: tasks[env].eval_every for env in envs if env in tasks}),
        task_settings={
            env: (*file_layers(file, written, variants, own, task), *given)
            for env, task in tasks.items()
            if task.settings and env in envs
        },
        suite=suite,
        launching=launching,
        expect_code=None if word["expect_code"] is None else Path(str(word["expect_code"])),
        notes=notes_on_changes(typed, suite),
    )


def _typed_or_own(typed: Any, own: Mapping[str, int | None]) -> dict[str, int]:
    """Numbers of single environments; none where one was typed, which holds for all."""
    return {} if typed is not None else {env: number for env, number in own.items() if number is not None}


def _renamed_in(task: Task, before: str, name: Any) -> Task:
    """The table of a task, whose settings for one algorithm or variant hold for its new name, too."""
    return replace(task, settings={**task.settings, **renamed(task.settings, before, name)})


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


def _dashboards(word: Any, launching: Launching) -> tuple[str, ...]:
    names = read_names(word)
    if names and launching.launcher == SLURM:
        raise UserError(
            "--log writes while jobs run, and --launcher slurm only writes an array: leave one of them out."
        )
    return names


def _truth(word: Any, key: str) -> bool:
    if not isinstance(word, bool):
        raise UserError(f"{key} is true or false, not {quoted(word)}.")
    return word
