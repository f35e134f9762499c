"""Every task steps as Gymnasium's own environment does: observation, reward, both flags, to the last bit."""

import warnings

import gymnasium
import mujoco
import numpy as np
import pytest
import torch

from rlbench.envs import list_tasks, make

STEPS = 130
ACTION_SCALES = (1.0, 0.6, 0.3, 0.02)


def time_limit(task_id):
    """Short enough to be met, long enough for a robot that can fall to fall before."""
    limits = {"Ant": 120, "Hopper": 15, "Humanoid": 20, "InvertedDoublePendulum": 7, "InvertedPendulum": 15}
    return limits.get(task_id.partition("-")[0], 60)


def peer(task_id):
    """Gymnasium's environment with its own time limit shortened."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v4 tasks announce that they are old
        return gymnasium.make(task_id, max_episode_steps=time_limit(task_id), disable_env_checker=True)


def start(env, qpos, qvel):
    """A reset of Gymnasium's environment to a state of our choice, in its own words."""
    env.reset(seed=0)
    bare = env.unwrapped
    mujoco.mj_resetData(bare.model, bare.data)
    bare.set_state(qpos, qvel)
    return bare._get_obs()


@pytest.mark.parametrize("task_id", list_tasks())
def test_every_step_is_gymnasiums(task_id, starts):
    ours = make(task_id, (3, 8), 2, starts, max_episode_steps=time_limit(task_id))
    f = ours.fields
    theirs = [peer(task_id) for _ in ACTION_SCALES]
    obs = ours.reset().flatten(0, 1)
    for w, env in enumerate(theirs):
        np.testing.assert_array_equal(obs[w], start(env, f.qpos[w], f.qvel[w]))
    generator = torch.Generator().manual_seed(5)
    scales = torch.tensor(ACTION_SCALES).view(2, 2, 1)
    ends = {"terminated": 0, "truncated": 0}
    for _ in range(STEPS):
        uniform = torch.rand(2, 2, ours.action_size, generator=generator)
        action = (ours.action_low + (ours.action_high - ours.action_low) * uniform) * scales
        step = ours.step(action)
        for w, env in enumerate(theirs):
            seen, reward, terminated, truncated, _ = env.step(action.flatten(0, 1)[w].numpy())
            np.testing.assert_array_equal(step.final_obs.flatten(0, 1)[w], seen)
            assert step.reward.flatten()[w].item() == float(reward)
            assert bool(step.terminated.flatten()[w]) == terminated
            assert bool(step.truncated.flatten()[w]) == truncated
            ends["terminated"] += terminated
            ends["truncated"] += truncated
            if terminated or truncated:
                np.testing.assert_array_equal(step.obs.flatten(0, 1)[w], start(env, f.qpos[w], f.qvel[w]))
    never_ends = task_id.partition("-")[0] in ("HalfCheetah", "HumanoidStandup", "Pusher", "Reacher", "Swimmer")
    assert (ends["terminated"] > 0) != never_ends
    assert ends["truncated"] > 0


@pytest.mark.parametrize("task_id", list_tasks())
def test_shape_of_the_task_is_gymnasiums(task_id, starts):
    ours, theirs = make(task_id, (0,), 1, starts), peer(task_id)
    registered = gymnasium.spec(task_id)
    assert ours.max_episode_steps == registered.max_episode_steps
    assert theirs.observation_space.shape == (ours.obs_size,)
    np.testing.assert_array_equal(ours.action_low, theirs.action_space.low)
    np.testing.assert_array_equal(ours.action_high, theirs.action_space.high)
    assert ours.fields.dt == theirs.unwrapped.dt


def test_an_unstable_world_is_what_gymnasium_makes_of_it(starts):
    """MuJoCo starts a world with impossible numbers anew, in the middle of a step; the worlds beside it go on."""
    ours, undisturbed = (make("Hopper-v5", (0,), 3, starts) for _ in range(2))
    ours.reset()
    undisturbed.reset()
    theirs = peer("Hopper-v5")
    start(theirs, ours.fields.qpos[1], ours.fields.qvel[1])
    ours.fields.qvel[1, 2] = theirs.unwrapped.data.qvel[2] = np.nan
    still = torch.zeros(1, 3, 3)
    step, other = ours.step(still), undisturbed.step(still)
    seen, reward, terminated, _, _ = theirs.step(np.zeros(3, np.float32))
    np.testing.assert_array_equal(step.obs[0, 1], seen)
    assert (step.reward[0, 1].item(), bool(step.terminated[0, 1])) == (float(reward), terminated)
    assert torch.equal(step.obs[0, (0, 2)], other.obs[0, (0, 2)])
