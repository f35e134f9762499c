"""A MuJoCo task beside Gymnasium's own class: the same states and actions, and the first number that differs.

Gymnasium's class is the judge. It may be one of Gymnasium's robots or any class derived from its MujocoEnv.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium
import mujoco
import numpy as np
import torch

from rlbench.envs.mujoco import MujocoEnv


@dataclass(frozen=True)
class Difference:
    """The first thing in which two simulations of the same actions differ."""

    step: int
    """How many steps had been taken; 0 is the first reset."""
    world: int
    what: str
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        return f"{self.what} after step {self.step} of world {self.world} is {self.ours}, and Gymnasium's {self.theirs}"


@dataclass
class Comparison:
    """What came of stepping a task beside Gymnasium's class."""

    difference: Difference | None = None
    """None: every observation, reward and flag was equal to the last bit."""
    steps: int = 0
    ends: dict[str, int] = field(default_factory=lambda: {"terminated": 0, "truncated": 0})
    """Number of episodes that ended so; a comparison without ends has not compared resets."""


def make_judge(env_id: str, max_episode_steps: int | None = None) -> gymnasium.Env:
    """Gymnasium's environment, without its advice on versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gymnasium.make(env_id, max_episode_steps=max_episode_steps, disable_env_checker=True)


def start_at(env: gymnasium.Env, qpos: np.ndarray, qvel: np.ndarray) -> Any:
    """Start an episode of Gymnasium's environment at a given state; its first observation."""
    env.reset(seed=0)
    bare: Any = env.unwrapped
    mujoco.mj_resetData(bare.model, bare.data)
    bare.set_state(qpos, qvel)
    return bare._get_obs()


def compare(
    ours: MujocoEnv, judges: Sequence[gymnasium.Env], steps: int, action: Callable[[], torch.Tensor]
) -> Comparison:
    """Step a task and a Gymnasium environment for each of its worlds, by the same actions, until they differ.

    `action` gives the next actions, `[S, N, A]`.
    """
    found = Comparison()
    obs, f = ours.reset().flatten(0, 1), ours.fields
    for w, judge in enumerate(judges):
        if told := differing(0, w, {"the first observation": (obs[w], start_at(judge, f.qpos[w], f.qvel[w]))}):
            found.difference = told
            return found
    for t in range(1, steps + 1):
        actions = action()
        step = ours.step(actions)
        found.steps = t
        for w, judge in enumerate(judges):
            seen, reward, terminated, truncated, _ = judge.step(actions.flatten(0, 1)[w].numpy())
            found.ends["terminated"] += bool(terminated)
            found.ends["truncated"] += bool(truncated)
            pairs = {
                "the observation": (step.final_obs.flatten(0, 1)[w], seen),
                "the reward": (step.reward.flatten()[w], float(reward)),
                "terminated": (step.terminated.flatten()[w], bool(terminated)),
                "truncated": (step.truncated.flatten()[w], bool(truncated)),
            }
            if terminated or truncated:
                next_obs = start_at(judge, f.qpos[w], f.qvel[w])
                pairs["the first observation of the next episode"] = (step.obs.flatten(0, 1)[w], next_obs)
            if told := differing(t, w, pairs):
                found.difference = told
                return found
    return found


def differing(step: int, world: int, pairs: dict[str, tuple[Any, Any]]) -> Difference | None:
    """The first pair that is not equal to the bit; NaN equals NaN."""
    for what, (ours, theirs) in pairs.items():
        mine, judged = np.asarray(ours), np.asarray(theirs)
        if mine.shape != judged.shape:
            return Difference(step, world, f"the shape of {what}", mine.shape, judged.shape)
        if not np.array_equal(mine, judged, equal_nan=mine.dtype.kind == "f"):
            if mine.ndim:
                place = int(np.flatnonzero(~((mine == judged) | ((mine != mine) & (judged != judged))))[0])
                return Difference(step, world, f"{what}[{place}]", mine.ravel()[place], judged.ravel()[place])
            return Difference(step, world, what, mine.item(), judged.item())
    return None


def random_actions(env: MujocoEnv, seed: int, scales: Sequence[float]) -> Callable[[], torch.Tensor]:
    """Uniform actions, those of world w times `scales[w]`: small ones keep a robot upright for longer."""
    generator = torch.Generator().manual_seed(seed)
    shape = len(env.seeds), env.num_envs, env.action_size
    factor = torch.tensor(scales).view(*shape[:2], 1)

    def draw() -> torch.Tensor:
        uniform = torch.rand(shape, generator=generator)
        return (env.action_low + (env.action_high - env.action_low) * uniform) * factor

    return draw
