"""Start states are drawn from Gymnasium's distributions, and each seed has its own sequence of them."""

import warnings

import gymnasium
import numpy as np
import pytest
import torch

from rlbench.envs import list_tasks, make
from rlbench.envs.tasks import find_task

COUNT = 600
# Reached by chance once in a million by the largest gap between two empirical distributions of COUNT numbers each.
LARGEST_GAP = np.sqrt(np.log(2 / 1e-6) / COUNT)


def gymnasium_starts(task_id, count):
    """States [count, nq + nv] after Gymnasium's own resets, and the bare environment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v4 tasks announce that they are old
        env = gymnasium.make(task_id, disable_env_checker=True).unwrapped
    env.reset(seed=11)
    states = []
    for _ in range(count):
        env.reset()
        states.append(np.concatenate((env.data.qpos, env.data.qvel)))
    return np.array(states), env


def largest_gap(first, second):
    """Kolmogorov and Smirnov's statistic of two samples."""
    both = np.concatenate((first, second))
    first, second = (np.searchsorted(np.sort(x), both, side="right") / len(x) for x in (first, second))
    return np.abs(first - second).max()


@pytest.mark.parametrize("task_id", list_tasks())
def test_drawn_from_gymnasiums_distribution(task_id):
    theirs, env = gymnasium_starts(task_id, COUNT)
    task = find_task(task_id)
    qpos, qvel = task.start(np.random.default_rng(12), COUNT, env.model.qpos0, np.zeros(env.model.nv))
    ours = np.concatenate((qpos, qvel), axis=1)
    assert ours.shape == theirs.shape
    for column in range(ours.shape[1]):
        assert largest_gap(ours[:, column], theirs[:, column]) < LARGEST_GAP
    np.testing.assert_array_equal(ours.std(0) == 0, theirs.std(0) == 0)
    # The same support: uniform coordinates reach as far, and constant ones are equal.
    reach = np.ptp(theirs, axis=0)
    np.testing.assert_allclose(ours.min(0), theirs.min(0), atol=0.3 * reach.max())
    np.testing.assert_allclose(ours[:, reach == 0], theirs[:, reach == 0], rtol=0, atol=0)


def test_reachers_target_fills_its_disc_and_pushers_cylinder_keeps_its_distance():
    for task_id, norm_low, norm_high in (("Reacher-v5", 0.0, 0.2), ("Pusher-v5", 0.17, np.hypot(0.3, 0.2))):
        theirs, env = gymnasium_starts(task_id, COUNT)
        qpos, _ = find_task(task_id).start(np.random.default_rng(1), COUNT, env.model.qpos0, np.zeros(env.model.nv))
        place = slice(-2, None) if task_id == "Reacher-v5" else slice(-4, -2)
        theirs, ours = (np.linalg.norm(q[:, : env.model.nq][:, place], axis=1) for q in (theirs, qpos))
        assert largest_gap(ours, theirs) < LARGEST_GAP
        assert norm_low < ours.min()
        assert ours.max() < norm_high


def test_a_seeds_starts_are_consumed_in_order_from_its_own_blocks(starts):
    asked = []

    def recording(seed, block):
        asked.append((seed, block))
        return starts(seed, block)

    env = make("Hopper-v4", (7, 2), 3, recording, max_episode_steps=1)
    env.reset()
    task, model = find_task("Hopper-v4"), env.model
    drawn = {
        seed: np.concatenate([task.start(starts(seed, b), 64, model.qpos0, np.zeros(model.nv))[0] for b in (0, 1)])
        for seed in (7, 2)
    }
    still = torch.zeros(2, 3, 3)
    for episode in range(1, 24):
        assert env.step(still).any_done  # every episode is one step long
        place = slice(3 * episode, 3 * episode + 3)
        np.testing.assert_array_equal(env.fields.qpos, np.concatenate((drawn[7][place], drawn[2][place])))
    assert sorted(asked) == [(2, 0), (2, 1), (7, 0), (7, 1)]
