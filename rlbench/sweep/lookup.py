"""Sizes, settings and step times that a sweep needs before it can be planned and announced.

Nothing is looked up in the process of the command: `ask` calls a function in a worker. Foreign code (an environment or
plug-in of another package) may do anything there, including ending its process. So each is asked by itself; if it
fails, only its own pairs of environment and algorithm fail, and the others go on.
"""

import contextlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

from rlbench.errors import Fault, UserError
from rlbench.sweep.chosen_settings import (
    Chosen,
    Layers,
    check_keys,
    choose,
    idle_keys,
    refuse_alike,
    refuse_other_labels,
)
from rlbench.sweep.gpu_memory import GpuMemory, gpu_bytes, memory_of
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.memory import Need, machine_bytes
from rlbench.sweep.names import refuse_unknown_algorithms
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.request import Request, read_request

if TYPE_CHECKING:
    from rlbench.algorithms.contract import Space

TRIED_WORLDS = 4
"""Number of worlds created to probe sizes and step time."""

Pair = tuple[str, str]
"""(environment, label); the label is the name of an algorithm or of a variant."""


class Ask(Protocol):
    """Calls a function in a process where torch may be imported, and where the code of these foreign parts may run."""

    def __call__(self, function: Any, *arguments: Any, parts: frozenset[str] = ...) -> Any: ...


@dataclass(frozen=True)
class LookedUp:
    """The results of looking up a request."""

    settings: dict[str, Chosen]
    """Settings by label, in the order of the request, on environments without settings of their own."""
    batches: dict[Pair, int | None]
    """Transitions per seed in one iteration, by (environment, label); None where it depends on the episodes."""
    parameters: dict[Pair, int]
    """Number of parameters that a seed learns."""
    memory: dict[Pair, int]
    """Lower estimate of the bytes of memory that a seed takes."""
    pace: dict[str, float]
    """Rough seconds per transition, by environment."""
    costs: dict[Pair, float] = field(default_factory=dict)
    """Measured seconds per transition, learning and evaluations included; empty where they were not measured."""
    worlds: dict[Pair, int] = field(default_factory=dict)
    """Worlds per seed."""
    lower: dict[Pair, str] = field(default_factory=dict)
    """Names of the settings that most of the memory is due to."""
    gpu: GpuMemory | None = None
    """Memory of the GPU; None on a CPU."""
    parts: dict[Pair, frozenset[str]] = field(default_factory=dict)
    """The foreign parts (environment, plug-in) of each pair."""
    failed: dict[Pair, str] = field(default_factory=dict)
    """The reason, for each pair that cannot be trained. Such a pair is in no other table by pair."""
    notes: list[str] = field(default_factory=list)
    """Notes on options that have no effect."""
    task_settings: dict[Pair, Chosen] = field(default_factory=dict)
    """Settings of the environments that have some of their own."""

    def settings_on(self, env: str, label: str) -> Chosen:
        """The settings of a variant on an environment."""
        return self.task_settings.get((env, label), self.settings[label])


def look_up(request: Request, ask: Ask) -> LookedUp:
    """Check every name, choose each variant's settings, and try every pair.

    A UserError where the request itself is wrong; then nothing of it is begun.
    """
    try:
        foreign = ask(foreign_names, request.algorithms, request.variants, request.envs)
    except UserError as error:
        _refuse_registered_only_here(request.envs, error)
        raise
    chosen, notes = _settings(request, foreign, ask)
    found = LookedUp(chosen.settings, {}, {}, {}, {}, gpu=ask(memory_of, request.device), notes=notes)
    found.task_settings.update(chosen.of_tasks)
    for env in request.envs:
        try:
            space, found.pace[env] = ask(try_environment, env, request.device, parts=foreign.parts(env))
        except Fault as fault:
            reason = f"the environment cannot be used: {fault}"
            found.failed.update(((env, label), reason) for label in found.settings)
            continue
        for label in found.settings:
            pair, settings = (env, label), found.settings_on(env, label)
            found.parts[pair] = foreign.parts(env, settings.algorithm)
            try:
                needs = ask(needs_on, request, env, settings, space, parts=found.parts[pair])
            except Fault as fault:
                found.failed[pair] = f"the algorithm cannot be used: {fault}"
                continue
            found.batches[pair], found.parameters[pair] = needs.batch, needs.parameters
            found.memory[pair], found.lower[pair] = needs.memory
            found.worlds[pair] = needs.worlds
            if found.gpu:
                found.gpu.per_seed[pair] = needs.on_gpu
    return found


def _refuse_registered_only_here(envs: Collection[str], error: UserError) -> None:
    """A better UserError where the environment that a worker has not found was registered by the calling program."""
    registry = getattr(sys.modules.get("gymnasium"), "registry", {})
    for env in envs:
        if env in registry and f"'{env}'" in str(error):
            raise UserError(
                f"{env} is registered in this program alone, and its workers do not see that.",
                f'Register it in a module and name that module with it, as in env="my_module:{env}".',
            )


@dataclass(frozen=True)
class _AllSettings:
    """The settings of each variant."""

    settings: dict[str, Chosen]
    of_tasks: dict[Pair, Chosen]

    @property
    def every(self) -> list[Chosen]:
        return [*self.settings.values(), *self.of_tasks.values()]


def _settings(request: Request, foreign: "Foreign", ask: Ask) -> tuple[_AllSettings, list[str]]:
    """The settings of each variant, and notes on options that have no effect."""

    def about(name: str, function: Any, *arguments: Any) -> Any:
        try:
            return ask(function, *arguments, parts=foreign.parts(name))
        except Fault as fault:
            raise UserError(f"{name} cannot be used: {fault}.") from None

    def elsewhere() -> set[str]:
        found: set[str] = set()
        for name in foreign.known:
            with contextlib.suppress(UserError):  # a plug-in that cannot be used has no settings
                found.update(about(name, setting_names, name))
        return found

    algorithms = {name: request.variants.get(name, name) for name in request.algorithms}
    chosen = {name: (each, about(each, setting_names, each)) for name, each in algorithms.items()}
    check_keys(request.all_settings, chosen, (*foreign.known, *request.variants), elsewhere)

    def variants(layers: Layers) -> list[tuple[str, Chosen]]:
        found = [
            variant for name, each in algorithms.items() for variant in about(each, choose_settings, layers, name, each)
        ]
        refuse_alike(found)
        return found

    return (
        _of_tasks(request, variants),
        idle_keys(request.all_settings, {name: names for name, (_, names) in chosen.items()}),
    )


def _of_tasks(request: Request, variants: Callable[[Layers], list[tuple[str, Chosen]]]) -> _AllSettings:
    """The settings on environments without settings of their own, or on the first one, and on those that have some."""
    found = {env: dict(variants(request.settings_on(env))) for env in request.envs}
    others = [env for env in request.envs if env not in request.task_settings]
    usual = (others or list(request.envs))[0]
    for env in found:
        refuse_other_labels(list(found[env]), list(found[usual]), env, usual)
    own = {(env, label): chosen for env in request.task_settings for label, chosen in found[env].items()}
    return _AllSettings(found[usual], own)


def here(function: Any, *arguments: Any, parts: frozenset[str] = frozenset()) -> Any:  # noqa: ARG001
    """An `Ask` that calls directly, for code that runs in a worker already."""
    return function(*arguments)


@dataclass(frozen=True)
class Foreign:
    """Names of the request that belong to other packages, and all known algorithms."""

    known: tuple[str, ...]
    """Every algorithm's name, plug-ins included."""
    plugins: frozenset[str]
    """Algorithms that are plug-ins."""
    envs: frozenset[str]
    """The request's environments that neither Gymnasium nor rlbench provides."""

    def parts(self, *names: str) -> frozenset[str]:
        """Those of these names that stand for foreign code."""
        return frozenset(name for name in names if name in self.plugins or name in self.envs)


def foreign_names(algorithms: tuple[str, ...], variants: Mapping[str, str], envs: Collection[str]) -> Foreign:
    """The foreign names of a request; a UserError for an unknown name, as far as that is known without foreign code."""
    from rlbench.algorithms import BUILT_IN, names
    from rlbench.envs import is_foreign

    refuse_unknown_algorithms(algorithms, variants)
    known = names()
    return Foreign(known, frozenset(known) - BUILT_IN, frozenset(filter(is_foreign, envs)))


def setting_names(name: str) -> tuple[str, ...]:
    """The names of an algorithm's settings."""
    from rlbench.algorithms import find

    return tuple(each.name for each in fields(find(name)))


def choose_settings(layers: Layers, name: str, algorithm: str) -> list[tuple[str, Chosen]]:
    """The variants of one name, with their settings."""
    from rlbench.algorithms import find

    return choose(layers, name, algorithm, find(algorithm))


def try_environment(env: str, device: str) -> tuple["Space", float]:
    """Make some worlds, reset and step them: the space of the environment, and the seconds per transition."""
    import numpy as np

    from rlbench import envs
    from rlbench.envs.gpu import check_on_gpu
    from rlbench.envs.step_time import refuse_not_finite, seconds_per_step
    from rlbench.training.sampler import space_of

    if device != "cpu":
        check_on_gpu(env)
    worlds = envs.make(env, (0,), TRIED_WORLDS, lambda seed, block: np.random.default_rng((seed, block)))
    refuse_not_finite(worlds)
    return space_of(worlds), seconds_per_step(worlds)


@dataclass(frozen=True)
class Needs:
    """What one seed of an algorithm needs on an environment."""

    batch: int | None
    parameters: int
    memory: Need
    worlds: int
    on_gpu: int


def needs_on(request: Request, env: str, chosen: Chosen, space: "Space") -> Needs:
    """Ask an algorithm for its size, and estimate its memory."""
    from rlbench.algorithms import find
    from rlbench.algorithms.checks import checked_size
    from rlbench.algorithms.settings import resolve

    algorithm = resolve(find(chosen.algorithm), chosen.algorithm, chosen.settings)
    size = checked_size(algorithm, space)
    on_gpu = gpu_bytes(request.device, request.gpu_buffers, env, algorithm, space, size)
    memory = machine_bytes(algorithm, space, size, request.device)
    return Needs(size.batch, size.parameters, memory, algorithm.num_envs, on_gpu)


def worlds_of(request: Request) -> list[int]:
    """Worlds per seed of each variant, from the settings alone. Must run in a worker."""
    from rlbench.algorithms import find
    from rlbench.algorithms.settings import resolve

    foreign = foreign_names(request.algorithms, request.variants, request.envs)
    found, _ = _settings(request, foreign, here)
    return [resolve(find(each.algorithm), each.algorithm, each.settings).num_envs for each in found.every]


def all_names() -> tuple[str, ...]:
    """The names of all algorithms."""
    from rlbench.algorithms import names

    return names()


def suitable(envs: Collection[str]) -> list[str]:
    """The algorithms that can learn on all of these environments."""
    found, refused = [], UserError("There is no algorithm.")
    with Workers(1) as pool:
        for name in pool.ask(all_names):
            try:
                looked_up = look_up(read_request(RawOptions(algorithms=[name], env=list(envs)), None), pool.ask)
            except UserError as error:
                refused = error
                continue
            if not looked_up.failed:
                found.append(name)
    if not found:
        raise refused
    return found
