"""Worlds on MuJoCo Warp keep what `Env` promises: starts, masks, snapshots; and say what went wrong."""

import math

import pytest
import torch

from rlbench.envs.env import join_snapshots
from rlbench.envs.physics.buffers import Buffers
from rlbench.errors import UserError


def test_a_graph_does_what_its_launches_do(warp_env, act):
    graph, eager = warp_env(), warp_env()
    for env in (graph, eager):
        env.reset()
    for number in range(5):
        for env, move in ((graph, graph.physics.step), (eager, eager.physics.step_eagerly)):
            env.fields.ctrl.copy_(act(env, number).flatten(0, 1))
            move()
        for name, field in graph.physics.state.items():
            assert torch.equal(field, eager.physics.state[name]), name


def test_finished_worlds_take_their_seeds_next_starts_and_others_go_on(warp_env, act):
    short, long = warp_env(max_episode_steps=3), warp_env(max_episode_steps=6)
    first = short.reset().clone()
    assert torch.equal(first, long.reset())
    for number in range(3):
        step, other = short.step(act(short, number)), long.step(act(long, number))
    assert step.truncated.all()
    assert not other.done.any()
    assert torch.equal(step.final_obs, other.obs)
    assert not torch.equal(step.obs, step.final_obs)
    seen = {tuple(row) for row in first.flatten(0, 1).tolist()}
    assert not seen & {tuple(row) for row in step.obs.flatten(0, 1).tolist()}
    assert (short.state()["elapsed"] == 0).all()
    assert short.state()["starts"].tolist() == [6, 6]


def test_starts_are_the_seeds_own_and_never_twice(warp_env, act):
    def starts_of(seeds):
        env = warp_env("InvertedPendulum-v4", seeds, 2, max_episode_steps=1)
        seen = [env.reset().clone()]
        for number in range(100):  # more than the pool holds, and filled again on the way
            if number % 30 == 0:
                env.prefetch_starts(30)
            seen.append(env.step(torch.zeros_like(act(env, 0))).obs.clone())
        return dict(zip(env.seeds, torch.stack(seen, 1), strict=True))

    alone, together = starts_of((1,)), starts_of((0, 1, 2))
    assert torch.equal(alone[1], together[1])
    assert len({tuple(row) for row in alone[1].flatten(0, 1).tolist()}) == 202


@pytest.mark.parametrize("task_id", ["Hopper-v4", "Ant-v5"])
def test_a_snapshot_brings_worlds_back_to_the_bit(warp_env, act, task_id):
    env = warp_env(task_id)

    def go_on():
        told = []
        for number in range(10, 15):
            step = env.advance(act(env, number), torch.ones(2, 3, dtype=torch.bool))
            told += [step.obs.clone(), step.reward.clone(), step.done.clone()]
        return told

    env.reset()
    for number in range(5):
        env.step(act(env, number))
    before = env.save()
    there = go_on()
    obs = env.load(join_snapshots([before, before]), torch.tensor([6, 7, 8, 3, 4, 5])).clone()
    again = go_on()
    assert all(torch.equal(one, other) for one, other in zip(there, again, strict=True))
    env.load(before, torch.arange(6))
    assert torch.equal(env.load(before, torch.arange(6)), obs)


def test_branches_of_one_state_are_one_with_the_same_actions(warp_env, act):
    env = warp_env("Ant-v4", (0,), 6)
    env.reset()
    for number in range(5):
        env.step(act(env, number))
    env.load(env.save(), torch.full((6,), 2))
    for number in range(10):
        action = act(env, number)[:, :1].expand(-1, 6, -1)
        obs = env.advance(action, torch.ones(1, 6, dtype=torch.bool)).obs
    assert (obs == obs[:, :1]).all()


@pytest.mark.parametrize("task_id", ["Hopper-v4", pytest.param("Reacher-v4", marks=pytest.mark.slow)])
def test_a_state_goes_on_elsewhere(warp_env, act, task_id):
    def told(env, numbers):
        steps = []
        for number in numbers:
            step = env.step(act(env, number))
            steps += [tensor.clone() for tensor in (step.obs, step.final_obs, step.reward, step.done)]
        return steps

    env, other = (warp_env(task_id, max_episode_steps=4) for _ in range(2))
    env.reset()
    told(env, range(6))
    other.restore(env.state())
    assert all(torch.equal(a, b) for a, b in zip(told(env, range(6, 20)), told(other, range(6, 20)), strict=True))


def test_who_does_not_move_stands(warp_env, act):
    env, all_move = warp_env("Ant-v5"), warp_env("Ant-v5")
    for each in (env, all_move):
        each.reset()
    moving = torch.tensor([[True, False, True], [False, True, True]])
    obs = env.step(act(env, 0)).obs.clone()
    all_move.step(act(env, 0))
    before = env.save()
    part, whole = env.advance(act(env, 1), moving), all_move.advance(act(env, 1), torch.ones_like(moving))
    assert torch.equal(part.obs[moving], whole.obs[moving])
    assert torch.equal(part.obs[~moving], obs[~moving])
    assert torch.equal(part.reward, whole.reward * moving)
    assert not part.done[~moving].any()
    for name, rows in env.save().items():
        assert torch.equal(rows[~moving.flatten()], before[name][~moving.flatten()]), name


def test_a_world_that_is_not_a_number_starts_anew_and_is_counted(warp_env, act):
    env, sound = warp_env(), warp_env()
    for each in (env, sound):
        each.reset()
    env.fields.qvel[4, 0] = math.nan
    broken, whole = env.step(act(env, 0)), sound.step(act(env, 0))
    assert broken.terminated.flatten().tolist() == [False, False, False, False, True, False]
    assert broken.reward[1, 1] == 0
    assert env.metrics()["unstable_worlds"].tolist() == [0, 1]
    others = torch.arange(6) != 4
    assert torch.equal(broken.obs.flatten(0, 1)[others], whole.obs.flatten(0, 1)[others])
    for number in range(1, 4):
        assert torch.isfinite(env.step(act(env, number)).obs).all()
    assert env.metrics()["unstable_worlds"].tolist() == [0, 0]


@pytest.mark.parametrize("room", [Buffers(1, 64), Buffers(16, 4)])
def test_what_does_not_fit_the_buffers_is_an_error_with_the_numbers(warp_env, act, room):
    env = warp_env(buffers=room)
    env.reset()
    for number in range(30):
        env.step(act(env, number))
    with pytest.raises(UserError, match=rf"room for {room.contacts} contacts and {room.rows} rows .*--gpu-buffers"):
        env.check()
    env.check()  # told once


def test_nothing_is_stepped_before_a_start(warp_env, act):
    env = warp_env()
    with pytest.raises(RuntimeError, match="comes before"):
        env.step(act(env, 0))
