"""Which kind of group steps the worlds of an environment. The choice concerns speed alone: it changes no byte."""

import time
from functools import cache
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import VectorEnv

from rlbench.envs.groups.child import Slice
from rlbench.envs.groups.contract import WorldGroup
from rlbench.envs.groups.make import make_world
from rlbench.envs.groups.processes import SharedOutWorlds
from rlbench.envs.groups.separate import SeparateWorlds
from rlbench.envs.own_state import has_own_state
from rlbench.envs.spaces import action_decoder
from rlbench.errors import Fault, UserError

MESSAGE_SECONDS = 3e-4
"""What it takes to have another process step its worlds, apart from their steps. Measured as 0.2 to 0.3 ms."""
TIMED_STEPS, TIMED_SECONDS = 20, 0.01
"""A step is timed so many times, but only until so much time has gone."""
FEWEST_TOGETHER = 32
"""Fewer worlds are stepped sooner one after another than by a vector form. Measured with CartPole-v1."""
TRIED_WORLDS, TRIED_STEPS, TRIED_LIMIT = 3, 40, 25
"""The trial of a vector form: long enough for episodes that the time limit ends."""


def choose_group(
    env_id: str, name: str, count: int, threads: int, max_episode_steps: int | None, world: gymnasium.Env
) -> WorldGroup:
    """A group of `count` worlds; `world` is one of them, made already. At most `threads` processes step them."""
    if count >= FEWEST_TOGETHER and why_no_vector_form(env_id, name) is None:
        from rlbench.envs.groups.vector import VectorWorlds

        return VectorWorlds(env_id, _make_vector(name, count, max_episode_steps))
    sizes = SharedOutWorlds.sizes(count, min(threads, count))
    if len(sizes) > 1 and not worth_processes(seconds_per_step(env_id, world), sizes):
        sizes = [count]
    own = [world, *(make_world(env_id, name, max_episode_steps) for _ in range(sizes[0] - 1))]
    separate = SeparateWorlds(env_id, own)
    if len(sizes) == 1:
        return separate
    return SharedOutWorlds(separate, [Slice(env_id, max_episode_steps, size) for size in sizes[1:]])


def worth_processes(seconds: float, sizes: list[int]) -> bool:
    """Whether worlds whose steps take so long are stepped sooner by several processes, each with some of them."""
    saved = seconds * (sum(sizes) - max(sizes))
    return saved > 2 * MESSAGE_SECONDS * (len(sizes) - 1)


def seconds_per_step(env_id: str, world: gymnasium.Env) -> float:
    """Seconds of one step of one world, the shortest of some. The world must be reset afterwards."""
    low, high, _ = action_decoder(env_id, world.action_space)
    one = SeparateWorlds(env_id, [world])
    row, action = np.zeros(1, int), np.clip(np.zeros((1, len(low)), np.float32), low, high)
    one.start(row, [0])
    seconds: list[float] = []
    while len(seconds) < TIMED_STEPS and sum(seconds) < TIMED_SECONDS:
        began = time.perf_counter()
        moved = one.step(row, action)
        seconds.append(time.perf_counter() - began)
        if moved.terminated[0] or moved.truncated[0]:
            one.start(row, [0])
    return min(seconds)


@cache
def why_no_vector_form(env_id: str, name: str) -> str | None:
    """The reason why the vector form of an environment is not used; None where it is.

    It is used if its worlds can be reset one by one and are then, in a trial, to the bit those that Gymnasium makes
    singly, whose independence of one another is certain.
    """
    spec = gymnasium.registry[name]
    if spec.vector_entry_point is None:
        return "it has no vector form"
    if spec.additional_wrappers:
        return "it has wrappers, which a vector form does without"
    from rlbench.envs.groups.vector import VectorWorlds, resets_one_by_one

    try:
        worlds = _make_vector(name, TRIED_WORLDS, TRIED_LIMIT)
    except Exception as error:
        return f"its vector form cannot be made: {' '.join(str(error).split())}"
    if not resets_one_by_one(worlds):
        return "its vector form cannot reset one world alone (AutoresetMode.DISABLED with a reset_mask)"
    singles = [make_world(env_id, name, TRIED_LIMIT) for _ in range(TRIED_WORLDS)]
    try:
        vector = VectorWorlds(env_id, worlds)
        if has_own_state(singles[0]) and not vector.exact_saves:
            return "its worlds can be saved, which those of its vector form cannot"
        return _difference(vector, SeparateWorlds(env_id, singles), singles[0])
    except (Fault, UserError) as error:
        return str(error)
    finally:
        worlds.close()


def _make_vector(name: str, count: int, max_episode_steps: int | None) -> VectorEnv:
    from rlbench.envs.groups.vector import ENDLESS

    options: dict[str, Any] = {}
    if max_episode_steps is not None:
        options["max_episode_steps"] = ENDLESS if max_episode_steps == -1 else max_episode_steps
    return gymnasium.make_vec(name, num_envs=count, vectorization_mode="vector_entry_point", **options)


def _difference(vector: WorldGroup, separate: WorldGroup, world: gymnasium.Env) -> str | None:
    """Where the two kinds of worlds differ under the same seeds and actions; None where they do not."""
    low, high, _ = action_decoder("", world.action_space)
    bounds = np.nan_to_num(low, neginf=-1.0), np.nan_to_num(high, posinf=1.0)
    rng, every = np.random.default_rng(0), np.arange(TRIED_WORLDS)
    starting, seed = every, 0
    for _ in range(TRIED_STEPS):
        if len(starting):
            seeds = list(range(seed, seed + len(starting)))
            seed += len(starting)
            if not np.array_equal(vector.start(starting, seeds), separate.start(starting, seeds)):
                return "the worlds of its vector form start otherwise than single ones"
        actions = rng.uniform(*bounds, (TRIED_WORLDS, len(low))).astype(np.float32)
        actions = actions.round() if isinstance(world.action_space, gymnasium.spaces.Discrete) else actions
        ours, theirs = vector.step(every, actions), separate.step(every, actions)
        for field, a, b in zip(ours._fields, ours, theirs, strict=True):
            if not np.array_equal(a, b, equal_nan=field == "obs"):
                return f"the worlds of its vector form have another {field} than single ones"
        starting = np.flatnonzero(theirs.terminated | theirs.truncated)
    return None
