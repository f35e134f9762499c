"""What must be known of algorithms and environments before a sweep can be planned and announced.

Nothing is found out in the process of the command: `ask` calls a function in a worker. What is not rlbench's own, an
environment or a plug-in, may do anything there, up to ending its process. So each is asked by itself, and what it fails
to answer is the failure of its own pairs of environment and algorithm; the others go on.
"""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Protocol

from rlbench.errors import Fault, UserError
from rlbench.sweep.device import GpuMemory, bytes_on_gpu, memory_of
from rlbench.sweep.request import Request, Words, read_request
from rlbench.sweep.settings import Chosen, Layers, check_keys, choose
from rlbench.sweep.workers import Workers

if TYPE_CHECKING:
    from rlbench.algorithms.contract import Space

TRIED_WORLDS = 4
"""That an environment's sizes and pace are read from."""

Pair = tuple[str, str]
"""Environment and algorithm."""


class Ask(Protocol):
    """Calls a function where torch may be imported, and where the code of these foreign parts may run."""

    def __call__(self, function: Any, *arguments: Any, parts: frozenset[str] = ...) -> Any: ...


@dataclass(frozen=True)
class LookedUp:
    """What is known of a request."""

    settings: dict[str, Chosen]
    """By algorithm."""
    batches: dict[Pair, int | None]
    """Transitions a seed of one iteration, by (environment, algorithm); None where episodes decide."""
    parameters: dict[Pair, int]
    """Numbers a seed learns."""
    memory: dict[Pair, int]
    """Bytes of a seed's state, where that may be a matter; else 0."""
    pace: dict[str, float]
    """Seconds that a transition takes, by environment; roughly."""
    worlds: dict[str, int] = field(default_factory=dict)
    """Of a seed, by algorithm."""
    gpu: GpuMemory | None = None
    """What the sweep would take of a GPU; None on a CPU."""
    parts: dict[Pair, frozenset[str]] = field(default_factory=dict)
    """What of each pair is not rlbench's own."""
    failed: dict[Pair, str] = field(default_factory=dict)
    """The pairs that cannot be trained, and why. They are in no other table by pair."""


def look_up(request: Request, ask: Ask) -> LookedUp:
    """Checks every name, chooses each algorithm's settings, and tries every pair.

    A UserError where the words of the request are at fault: nothing of it is begun then.
    """
    foreign = ask(foreign_names, request.algorithms, request.envs)
    found = LookedUp(_settings(request, foreign, ask), {}, {}, {}, {}, gpu=ask(memory_of, request.device))
    for env in request.envs:
        try:
            space, found.pace[env] = ask(try_environment, env, request.device, parts=foreign.parts(env))
        except Fault as fault:
            reason = f"the environment cannot be used: {fault}"
            found.failed.update(((env, name), reason) for name in request.algorithms)
            continue
        for name in request.algorithms:
            pair = env, name
            found.parts[pair] = foreign.parts(*pair)
            try:
                needs = ask(needs_on, request, pair, found.settings[name].settings, space, parts=found.parts[pair])
            except Fault as fault:
                found.failed[pair] = f"the algorithm cannot be used: {fault}"
                continue
            found.batches[pair], found.parameters[pair] = needs.batch, needs.parameters
            found.memory[pair], found.worlds[name] = needs.memory, needs.worlds
            if found.gpu:
                found.gpu.a_seed[pair] = needs.on_gpu
    return found


def _settings(request: Request, foreign: "Foreign", ask: Ask) -> dict[str, Chosen]:
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

    chosen = {name: about(name, setting_names, name) for name in request.algorithms}
    check_keys(request.settings, chosen, foreign.known, elsewhere)
    return {name: about(name, choose_settings, request.settings, name) for name in request.algorithms}


def here(function: Any, *arguments: Any, parts: frozenset[str] = frozenset()) -> Any:  # noqa: ARG001
    """An `Ask` for one who is in a worker already."""
    return function(*arguments)


@dataclass(frozen=True)
class Foreign:
    """The names that are not rlbench's own."""

    known: tuple[str, ...]
    """All algorithms."""
    plugins: frozenset[str]
    """Of these algorithms those that are plug-ins."""
    envs: frozenset[str]
    """Of the request's environments those that neither Gymnasium nor rlbench brings."""

    def parts(self, *names: str) -> frozenset[str]:
        """Of an environment's and an algorithm's name those that stand for somebody else's code."""
        return frozenset(name for name in names if name in self.plugins or name in self.envs)


def foreign_names(algorithms: Collection[str], envs: Collection[str]) -> Foreign:
    """A UserError where there is no such name, as far as that can be known without running anybody's code."""
    from rlbench.algorithms import BUILT_IN, names, refuse_unknown
    from rlbench.envs import is_foreign

    for name in algorithms:
        refuse_unknown(name)
    known = names()
    return Foreign(known, frozenset(known) - BUILT_IN, frozenset(filter(is_foreign, envs)))


def setting_names(name: str) -> tuple[str, ...]:
    """Of an algorithm."""
    from rlbench.algorithms import find

    return tuple(each.name for each in fields(find(name)))


def choose_settings(layers: Layers, name: str) -> Chosen:
    """Of an algorithm, out of all that was said."""
    from rlbench.algorithms import find

    return choose(layers, name, find(name))


def try_environment(env: str, device: str) -> tuple["Space", float]:
    """Makes some worlds, resets and steps them: what they show and take, and how long a transition takes."""
    import numpy as np

    from rlbench import envs
    from rlbench.envs.gpu import check_on_gpu
    from rlbench.envs.pace import pace
    from rlbench.training.sampler import space_of

    if device != "cpu":
        check_on_gpu(env)
    worlds = envs.make(env, (0,), TRIED_WORLDS, lambda seed, block: np.random.default_rng((seed, block)))
    seconds = pace(worlds)
    return space_of(worlds), seconds


@dataclass(frozen=True)
class Needs:
    """What a seed of an algorithm takes on an environment."""

    batch: int | None
    parameters: int
    memory: int
    worlds: int
    on_gpu: int


def needs_on(request: Request, pair: Pair, settings: dict[str, Any], space: "Space") -> Needs:
    """Asks an algorithm for its size."""
    from rlbench.algorithms import find
    from rlbench.algorithms.checks import checked_size
    from rlbench.algorithms.settings import resolve

    env, name = pair
    algorithm = resolve(find(name), name, settings)
    size = checked_size(algorithm, space)
    on_gpu = bytes_on_gpu(request, env, algorithm, space, size)
    return Needs(size.batch, size.parameters, size.memory, algorithm.num_envs, on_gpu)


def all_names() -> tuple[str, ...]:
    """Of algorithms."""
    from rlbench.algorithms import names

    return names()


def suitable(envs: Collection[str]) -> list[str]:
    """The algorithms that can learn on all of these environments."""
    found, refused = [], UserError("There is no algorithm.")
    with Workers(1) as pool:
        for name in pool.ask(all_names):
            try:
                looked_up = look_up(read_request(Words(algorithms=[name], env=list(envs)), None), pool.ask)
            except UserError as error:
                refused = error
                continue
            if not looked_up.failed:
                found.append(name)
    if not found:
        raise refused
    return found
