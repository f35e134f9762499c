"""The inside of Gymnasium's small environments: what it takes to put one back to the bit without playing it again."""

import copy
from typing import Any

import gymnasium
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

OWN = {
    "classic_control.acrobot:AcrobotEnv": ("state",),
    "classic_control.cartpole:CartPoleEnv": ("state", "steps_beyond_terminated"),
    "classic_control.continuous_mountain_car:Continuous_MountainCarEnv": ("state",),
    "classic_control.mountain_car:MountainCarEnv": ("state",),
    "classic_control.pendulum:PendulumEnv": ("state", "last_u"),
    "toy_text.cliffwalking:CliffWalkingEnv": ("s", "lastaction"),
    "toy_text.frozen_lake:FrozenLakeEnv": ("s", "lastaction"),
    "toy_text.taxi:TaxiEnv": ("s", "lastaction", "taxi_orientation", "fickle_step"),
}
"""The attributes that a step changes, by class, as far as a later observation, reward or end depends on them."""

_PASSIVE = (OrderEnforcing, PassiveEnvChecker)


def has_own_state(world: gymnasium.Env) -> bool:
    """Whether `take` and `give` hold all of it: a known class, in no wrapper that remembers anything else."""
    wrappers, inner = _unwrap(world)
    return _name(inner) in OWN and all(isinstance(each, (TimeLimit, *_PASSIVE)) for each in wrappers)


def take(world: gymnasium.Env) -> dict[str, Any]:
    """A copy of all that the world's future depends on, its place in its own random numbers included."""
    wrappers, inner = _unwrap(world)
    return {
        "own": {name: copy.deepcopy(getattr(inner, name)) for name in OWN[_name(inner)]},
        "chance": inner.np_random.bit_generator.state,
        "elapsed": [each._elapsed_steps for each in wrappers if isinstance(each, TimeLimit)],
    }


def give(world: gymnasium.Env, taken: dict[str, Any]) -> None:
    """Put a world, which must have been reset before, where another of its kind was when `take` looked at it."""
    wrappers, inner = _unwrap(world)
    for name, value in taken["own"].items():
        setattr(inner, name, copy.deepcopy(value))
    inner.np_random.bit_generator.state = taken["chance"]
    for each, elapsed in zip((each for each in wrappers if isinstance(each, TimeLimit)), taken["elapsed"], strict=True):
        each._elapsed_steps = elapsed


def _unwrap(world: gymnasium.Env) -> tuple[list[gymnasium.Wrapper], gymnasium.Env]:
    wrappers = []
    while isinstance(world, gymnasium.Wrapper):
        wrappers.append(world)
        world = world.env
    return wrappers, world


def _name(inner: gymnasium.Env) -> str:
    return f"{type(inner).__module__.removeprefix('gymnasium.envs.')}:{type(inner).__name__}"
