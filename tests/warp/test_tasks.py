"""Every task on MuJoCo Warp does what it does in C MuJoCo, to float32."""

import numpy as np
import pytest
import torch

from rlbench.envs import list_tasks
from rlbench.envs.mujoco import make_mujoco
from rlbench.envs.warp_env import make_warp

STEPS = 40
QPOS, QVEL = 1e-5, 5e-4
"""Largest errors after one step from the same state."""
OBS = 2e-3
"""The same of what is seen, in units of the largest number a world shows: contact forces run into the thousands."""


def largest_error(ours, theirs):
    scale = theirs.abs().amax(-1, keepdim=True).clamp(min=1)
    return ((ours - theirs).abs() / scale).max()


QUICK = ("Ant-v5", "Hopper-v4", "InvertedPendulum-v4")
"""Each task has kernels of its own, which take seconds to compile. These three have them already for other tests."""


@pytest.mark.parametrize(
    "task_id", [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in list_tasks()]
)
def test_a_step_from_the_same_state_is_cs(task_id, starts, act):
    warp = make_warp(task_id, (0, 1), 4, starts, torch.device("cpu"))
    c = make_mujoco(task_id, (0, 1), 4, starts)
    c.model.opt.solver = warp.model.opt.solver
    np.testing.assert_allclose(warp.reset(), c.reset(), atol=1e-6)
    for number in range(STEPS):
        action = act(c, number)
        ours, theirs = warp.step(action), c.step(action)
        np.testing.assert_allclose(warp.fields.qpos, c.fields.qpos, rtol=0, atol=QPOS)
        np.testing.assert_allclose(warp.fields.qvel, c.fields.qvel, rtol=0, atol=QVEL)
        assert largest_error(ours.final_obs, theirs.final_obs) < OBS
        np.testing.assert_allclose(ours.reward, theirs.reward, rtol=1e-5, atol=1e-3)
        for flag in ("terminated", "truncated", "done"):
            assert torch.equal(getattr(ours, flag), getattr(theirs, flag))
        assert largest_error(ours.obs, theirs.obs) < OBS  # of the next episode, where one ended
        c.fields.qpos[:], c.fields.qvel[:] = warp.fields.qpos, warp.fields.qvel
    warp.check()
