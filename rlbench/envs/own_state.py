"""Exact save and restore of Gymnasium's small environments, without replaying their actions."""

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
"""By class, the attributes that a step changes and that later observations, rewards or ends depend on."""

_PASSIVE = (OrderEnforcing, PassiveEnvChecker)


def has_own_state(world: gymnasium.Env) -> bool:
    """True if `get_state` covers the whole state: a known class, in no wrapper that has a state of its own."""
    wrappers, inner = _unwrap(world)
    return _name(inner) in OWN and all(isinstance(each, (TimeLimit, *_PASSIVE)) for each in wrappers)


def get_state(world: gymnasium.Env) -> dict[str, Any]:
    """A copy of everything the future depends on, the state of the random generator included."""
    wrappers, inner = _unwrap(world)
    return {
        "own": {name: copy.deepcopy(getattr(inner, name)) for name in OWN[_name(inner)]},
        "chance": inner.np_random.bit_generator.state,
        "elapsed": [each._elapsed_steps for each in wrappers if isinstance(each, TimeLimit)],
    }


def set_state(world: gymnasium.Env, taken: dict[str, Any]) -> None:
    """Bring a world, which must have been reset once, to a state that `get_state` copied from one of its class."""
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
