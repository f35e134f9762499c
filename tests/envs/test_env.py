"""What an Env does beyond its task: clipping, time limits, final observations, and mistakes answered in one line."""

import os
import subprocess
import sys

import pytest
import torch

from rlbench.envs import list_tasks, make
from rlbench.envs.tasks import find_task
from rlbench.errors import UserError


def test_actions_are_clipped_to_the_bounds(starts):
    wild, tame = (make("Humanoid-v4", (0,), 1, starts) for _ in range(2))
    wild.reset()
    tame.reset()
    action = torch.linspace(-3, 3, 17).view(1, 1, 17)
    first, second = wild.step(action), tame.step(action.clamp(wild.action_low, wild.action_high))
    assert torch.equal(first.obs, second.obs)
    assert torch.equal(first.reward, second.reward)
    assert action[0, 0, 0] == -3  # the caller's tensor is left alone


def test_a_time_limit_is_not_a_death_and_the_final_observation_is_kept(starts):
    env = make("HalfCheetah-v4", (0,), 2, starts, max_episode_steps=3)
    env.reset()
    for _ in range(2):
        step = env.step(torch.zeros(1, 2, 6))
        assert not step.any_done
        assert step.final_obs is step.obs
    step = env.step(torch.zeros(1, 2, 6))
    assert step.any_done
    assert step.truncated.all()
    assert step.done.all()
    assert not step.terminated.any()
    assert not torch.equal(step.final_obs, step.obs)
    pose = torch.from_numpy(env.fields.qpos[:, 1:]).view(1, 2, -1)
    assert torch.equal(step.obs[..., :8], pose)


def test_both_flags_may_be_set(starts):
    env = make("InvertedPendulum-v5", (0,), 1, starts, max_episode_steps=8)
    env.reset()
    flags = [env.step(torch.full((1, 1, 1), 3.0)) for _ in range(1)]
    while not flags[-1].any_done:
        flags.append(env.step(torch.full((1, 1, 1), 3.0)))
    fall = len(flags)
    assert bool(flags[-1].terminated)
    assert not bool(flags[-1].truncated)
    env = make("InvertedPendulum-v5", (0,), 1, starts, max_episode_steps=fall)
    env.reset()
    for _ in range(fall):
        step = env.step(torch.full((1, 1, 1), 3.0))
    assert bool(step.terminated)
    assert bool(step.truncated)


def test_the_face(starts):
    env = make("Ant-v5", (3, 4), 2, starts)
    assert (env.seeds, env.num_envs, env.obs_size, env.action_size) == ((3, 4), 2, 105, 8)
    assert env.num_actions is None
    assert env.action_low.dtype == env.action_high.dtype == torch.float32
    assert env.reset().shape == (2, 2, 105)
    step = env.step(torch.zeros(2, 2, 8))
    assert step.obs.shape == step.final_obs.shape == (2, 2, 105)
    for field in (step.reward, step.terminated, step.truncated, step.done):
        assert field.shape == (2, 2)


def test_stepping_before_the_first_reset_is_refused(starts):
    with pytest.raises(RuntimeError, match="reset"):
        make("Hopper-v4", (0,), 1, starts).step(torch.zeros(1, 1, 3))


def test_all_of_gymnasiums_tasks_are_there():
    robots = "Ant HalfCheetah Hopper Humanoid HumanoidStandup InvertedDoublePendulum InvertedPendulum Pusher Reacher "
    robots += "Swimmer Walker2d"
    expected = {f"{robot}-{version}" for robot in robots.split() for version in ("v4", "v5")} - {"Pusher-v4"}
    assert set(list_tasks()) == expected
    assert [find_task(name).id for name in list_tasks()] == list(list_tasks())


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ("Pusher-v4", "use Pusher-v5"),
        ("Pusher-v2", "use Pusher-v5"),
        ("Hopper-v3", "use Hopper-v4"),
        ("HalfCheetah-v2", "use HalfCheetah-v4"),
        ("HalfCheeta-v4", "Did you mean HalfCheetah-v4?"),
        ("hopper-v4", "Did you mean Hopper-v4?"),
    ],
)
def test_wrong_ids_are_answered_with_the_right_one(wrong, advice, starts):
    with pytest.raises(UserError) as caught:
        make(wrong, (0,), 1, starts)
    assert advice in str(caught.value)
    assert wrong in str(caught.value)
    assert "\n" not in str(caught.value)


UNSTABLE = """
import numpy as np, torch
from rlbench.envs import make
env = make("HalfCheetah-v4", (0, 1), 2, lambda *key: np.random.default_rng(key), threads=2)
env.reset()
env.fields.qvel[2] = np.nan
step = env.step(torch.zeros(2, 2, 6))
assert step.obs.isfinite().all()
"""


def test_mujocos_log_stays_away_from_the_user(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", UNSTABLE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert os.listdir(tmp_path) == []


def test_asking_for_the_ids_loads_neither_torch_nor_mujoco():
    code = "import sys, rlbench.envs; rlbench.envs.list_tasks(); assert not {'torch', 'mujoco'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
