"""Plug-ins and environments of other people, written for a test, as worker processes find them: on the path."""

from pathlib import Path

RUN = ("--seeds", "2", "--workers", "1", "--eval-every", "0", "--device", "cpu", "-q", "--out", "out")
"""Words of a small run that says only what went wrong."""

PLUGIN = '''
from dataclasses import dataclass

import torch

from rlbench.algorithms.contract import Actor, Size
from rlbench.algorithms.settings import setting


def draw(rng, *shape):
    return rng.random((*shape, 1), dtype="float32")


def act(obs, noise):
    """One of two actions, or a number between 0 and 2."""
    return (2 * noise).floor().clamp(max=1) if {discrete} else 2 * noise


@dataclass(frozen=True)
class Stranger:
    """Acts at random and learns nothing."""

    num_envs: int = setting(2, "N", "worlds", low=1)
    num_steps: int = setting(32, "T", "steps", low=1)

    def size(self, space):
        {size}

    def initial(self, space, seeds):
        {initial}

    def iterate(self, state, sampler):
        {iterate}

    def actor(self, state, space):
        return Actor({draw}, {act})
'''
SIZE = "return Size(1, self.num_envs * self.num_steps)"
INITIAL = 'return {"weights": torch.zeros(len(seeds), 1)}'
SAMPLE = "sampler.rollout(self.actor(state, sampler.space), self.num_steps)"
ITERATE = f"""{SAMPLE}
        state["weights"] += 1
        return {{"first": state["weights"][:, 0].clone(), "second": -state["weights"][:, 0]}}"""

ENVIRONMENT = """
import faulthandler, os, sys, threading, time

import gymnasium
import numpy as np
import torch
from gymnasium import spaces


class Stranger(gymnasium.Env):
    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self):
        self.seen = np.zeros(2, np.float32)
        {init}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.now = 0
        {reset}
        return self.seen, {{}}

    def step(self, action):
        self.now += 1
        {step}
        return self.seen, 1.0, self.now >= 8, False, {{}}


gymnasium.register("{name}-v0", Stranger, max_episode_steps={limit})
"""


def plugin(size=SIZE, initial=INITIAL, iterate=ITERATE, draw="draw", act="act", discrete=True):
    """The source of a plug-in's module."""
    fields = {"size": size, "initial": initial, "iterate": iterate, "draw": draw, "act": act}
    source = PLUGIN
    for name, value in {**fields, "discrete": str(discrete)}.items():
        source = source.replace("{" + name + "}", value)
    return source


def environment(name="Stranger", init="pass", reset="pass", step="pass", limit=100, head=""):
    """The source of a module that registers `NAME-v0`."""
    return head + ENVIRONMENT.format(name=name, init=init, reset=reset, step=step, limit=limit)


def install_plugin(site: Path, name: str, source: str) -> None:
    """A package that brings the algorithm `name`."""
    module = f"plugin_{name.replace('-', '_')}"
    (site / f"{module}.py").write_text(source)
    about = site / f"{module}-1.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[rlbench.algorithms]\n{name} = {module}:Stranger\n")


def install_task(site: Path, name: str, module: str, source: str, thing: str = "POINT") -> None:
    """A package that brings the task `name`."""
    (site / f"{module}.py").write_text(source)
    about = site / f"{module}-1.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[rlbench.tasks]\n{name} = {module}:{thing}\n")


def install_environment(site: Path, module: str, source: str) -> None:
    """A module that registers an environment when it is imported: `module:NAME-v0`."""
    (site / f"{module}.py").write_text(source)
