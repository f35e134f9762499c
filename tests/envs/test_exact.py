"""Every task steps as Gymnasium's own environment does: observation, reward, both flags, to the last bit."""

import gymnasium
import numpy as np
import pytest
import torch

from rlbench.envs import list_tasks, make
from rlbench.envs.side_by_side import compare, differing, make_judge, random_actions, start_at

STEPS = 130
ACTION_SCALES = (1.0, 0.6, 0.3, 0.02)


def time_limit(task_id):
    """Short enough to be met, long enough for a robot that can fall to fall before."""
    limits = {"Ant": 120, "Hopper": 15, "Humanoid": 20, "InvertedDoublePendulum": 7, "InvertedPendulum": 15}
    return limits.get(task_id.partition("-")[0], 60)


def peer(task_id):
    """Gymnasium's environment with its own time limit shortened."""
    return make_judge(task_id, time_limit(task_id))


@pytest.mark.parametrize("task_id", list_tasks())
def test_every_step_is_gymnasiums(task_id, starts):
    ours = make(task_id, (3, 8), 2, starts, max_episode_steps=time_limit(task_id))
    judges = [peer(task_id) for _ in ACTION_SCALES]
    found = compare(ours, judges, STEPS, random_actions(ours, 5, ACTION_SCALES))
    assert found.difference is None, str(found.difference)
    assert found.steps == STEPS
    never_ends = task_id.partition("-")[0] in ("HalfCheetah", "HumanoidStandup", "Pusher", "Reacher", "Swimmer")
    assert (found.ends["terminated"] > 0) != never_ends
    assert found.ends["truncated"] > 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("_reward", "the reward after step 1 of world 0 is"),
        ("_obs", "the observation[2] after step 1 of world 0 is"),
        ("_terminated", "terminated after step 1 of world 0 is True, and Gymnasium's False"),
    ],
)
def test_one_last_bit_that_differs_is_found(change, told, starts):
    ours = make("Hopper-v4", (0,), 1, starts)
    judge = ours._judge

    def slightly_wrong(kept):
        judge(kept)
        values = getattr(ours, change)
        if values.dtype == bool:
            values[:] = True
        elif values.ndim == 2:
            values[0, 2] = np.nextafter(values[0, 2], np.inf)
        else:
            values[0] = np.nextafter(values[0], np.inf)

    ours._judge = slightly_wrong
    found = compare(ours, [peer("Hopper-v4")], 5, random_actions(ours, 5, (1.0,)))
    assert str(found.difference).startswith(told)


def test_numbers_that_are_not_finite_are_compared_too():
    assert differing(1, 0, {"reward": (float("nan"), float("nan"))}) is None
    found = differing(1, 0, {"reward": (np.array([1.0, np.nan]), np.array([1.0, 2.0]))})
    assert found.what == "reward[1]"
    assert differing(1, 0, {"reward": (np.zeros(2), np.zeros(3))}).what == "the shape of reward"


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
    start_at(theirs, ours.fields.qpos[1], ours.fields.qvel[1])
    ours.fields.qvel[1, 2] = theirs.unwrapped.data.qvel[2] = np.nan
    still = torch.zeros(1, 3, 3)
    step, other = ours.step(still), undisturbed.step(still)
    seen, reward, terminated, _, _ = theirs.step(np.zeros(3, np.float32))
    np.testing.assert_array_equal(step.obs[0, 1], seen)
    assert (step.reward[0, 1].item(), bool(step.terminated[0, 1])) == (float(reward), terminated)
    assert torch.equal(step.obs[0, (0, 2)], other.obs[0, (0, 2)])
