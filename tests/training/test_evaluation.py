"""Evaluation: fixed starts, one episode a world, mean action against sampled."""

import warnings

import gymnasium
import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Actor
from rlbench.training.evaluation import EPISODES, Evaluator, evaluation_starts


def evaluator(env_id, seeds):
    return Evaluator(lambda worlds: envs.make(env_id, seeds, worlds, evaluation_starts))


def actor_of(size, act):
    return Actor(lambda rng, *shape: rng.standard_normal((*shape, size), dtype=np.float32), act)


def test_all_seeds_see_the_same_and_so_does_the_next_evaluation():
    evaluate = evaluator("Hopper-v4", (0, 7))
    actor = actor_of(3, lambda obs, noise: 0.1 * obs[..., :3] + noise)
    first = evaluate(actor)
    assert all(value[0] == value[1] for value in first.values())
    assert all(torch.equal(first[name], value) for name, value in evaluate(actor).items())
    alone = evaluator("Hopper-v4", (3,))(actor)
    assert all(alone[name][0] == first[name][0] for name in first)
    assert first["eval_return_det"][0] != first["eval_return_stoch"][0]


def test_the_return_is_gymnasiums_of_the_same_episodes():
    """The mean action from the same start states, in Gymnasium's own environment."""
    warnings.filterwarnings("ignore", message=".*out of date.*")
    scores = evaluator("Hopper-v4", (0,))(actor_of(3, lambda obs, noise: obs[..., :3].clamp(-1, 1) + noise))
    worlds = envs.make("Hopper-v4", (0,), 2 * EPISODES, evaluation_starts)
    worlds.reset()
    start = worlds.state()
    env = gymnasium.make("Hopper-v4").unwrapped
    env.reset(seed=0)
    positions, totals = env.model.nq, []
    qpos, qvel = worlds.fields.qpos.copy(), worlds.fields.qvel.copy()
    for world in range(EPISODES):
        env.reset(seed=0)
        env.set_state(qpos[world, :positions], qvel[world])
        obs, total, over = env._get_obs(), 0.0, False
        while not over:
            action = np.clip(obs[:3].astype(np.float32), -1, 1)
            obs, reward, over, _, _ = env.step(action)
            total += reward
        totals.append(total)
    env.close()
    assert start["starts"].tolist() == [2 * EPISODES]
    assert scores["eval_return_det"][0].item() == pytest.approx(np.mean(totals), rel=1e-6)
    assert scores["eval_return_det_std"][0].item() == pytest.approx(np.std(totals), rel=1e-3, abs=1e-3)


def test_an_episode_ends_at_the_time_limit():
    scores = evaluator("InvertedPendulum-v4", (0,))(actor_of(1, lambda _, noise: 0 * noise + 1e-9))
    assert 0 < scores["eval_length_det"][0] <= 1000
    scores = evaluator("Reacher-v4", (0,))(actor_of(2, lambda _, noise: 0 * noise))
    assert scores["eval_length_det"][0] == 50
