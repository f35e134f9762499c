"""What the tests of MuJoCo Warp share. They run on Warp's CPU device."""

import hashlib

import mujoco
import numpy as np
import pytest
import torch
import warp

from rlbench.envs import warp_env as module
from rlbench.envs.physics.stopwatch import Stopwatch
from rlbench.envs.physics.warp import WarpPhysics

# Half of the compiler's time at a speed that tests of a few steps do not miss.
warp.config.optimization_level = 1
warp.config.cpu_compiler_flags = "-march=native"


class Lending:
    """Lends physics that earlier tests have used, as they were when new, because making one takes half a second.

    A step must depend on the state alone, so one that was used must move as a new one does.
    """

    def __init__(self):
        self.free, self.lent = {}, []

    def lend(self, model, frame_skip, worlds, derived, device, buffers):
        content = np.empty(mujoco.mj_sizeModel(model), np.uint8)
        mujoco.mj_saveModel(model, None, content)
        kind = hashlib.sha256(content).digest(), frame_skip, worlds, tuple(derived), device, buffers
        if not self.free.get(kind):
            physics = WarpPhysics(model, frame_skip, worlds, derived, device, buffers)
            new = {name: field.clone() for name, field in everything(physics).items()}
        else:
            physics, new = self.free[kind].pop()
            for name, field in everything(physics).items():
                field.copy_(new[name])
            physics._stopwatch = Stopwatch(device)
        self.lent.append((kind, physics, new))
        return physics

    def take_back(self):
        for kind, *physics in self.lent:
            self.free.setdefault(kind, []).append(physics)
        self.lent = []


def everything(physics):
    return {**physics.saved, "ctrl": physics.fields.ctrl, "overflow": physics._flags}


lending = Lending()


@pytest.fixture(autouse=True)
def lent_physics(monkeypatch):
    monkeypatch.setattr(module, "WarpPhysics", lending.lend)
    yield
    lending.take_back()


@pytest.fixture
def starts():
    """Generators of start states, as the training loop gives them: one for each (seed, block)."""
    return lambda seed, block: np.random.default_rng([seed, block])


@pytest.fixture
def warp_env(starts):
    """Makes the worlds of a task on Warp's CPU device."""

    def make(task_id="Hopper-v4", seeds=(0, 1), num_envs=3, **options):
        return module.make_warp(task_id, seeds, num_envs, starts, torch.device("cpu"), **options)

    return make


@pytest.fixture
def act():
    """Random actions for the worlds of an environment, the same for the same number."""

    def draw(env, number):
        rng = np.random.default_rng(number)
        shape = len(env.seeds), env.num_envs, env.action_size
        return torch.from_numpy(rng.uniform(-1, 1, shape).astype(np.float32)) * env.action_high

    return draw
