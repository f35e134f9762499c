"""Worlds and records that are graphs on a GPU do the same when they are replayed: here with graphs that are tapes."""

import pytest
import torch
from tapes import Tape, record_on_tapes

from rlbench.algorithms.contract import Actor
from rlbench.envs.warp_env import make_warp
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.sampler import EnvSampler


def sampler(task_id, num_envs=3):
    def starts(seed, block):
        return stream(seed, Purpose.START_STATES, block)

    def worlds(number):
        return make_warp(task_id, (0, 1), number, starts, torch.device("cpu"), max_episode_steps=30)

    return EnvSampler(worlds(num_envs), 100_000, worlds)


def everything(task_id):
    """What a sampler tells when asked for all it can do, in an order in which recordings get in each other's way."""
    one = sampler(task_id)
    size = one.env.action_size
    moving, draw, told = torch.tensor([[True, False, True], [True, True, False]]), torch.Generator(), []

    def noise(rng, *shape):
        return rng.standard_normal((*shape, size), dtype="float32")

    actor = Actor(noise, lambda obs, noise: noise + 0.01 * obs[..., :size])
    for num_steps in (10, 10, 10, 100, 100, 10, 10, 10):  # the longer one needs a larger pool
        batch = one.rollout(actor, num_steps, keep=3)
        told += [batch.obs, batch.rewards, batch.done, batch.terminated, batch.truncated_obs, batch.truncated_index]
        tried = torch.randn(2, 3, 2, size, generator=draw.manual_seed(1))
        branches = one.branch(actor, tried, torch.zeros(2, 9, 3, 2, size))
        told += [branches.rewards, branches.lengths, branches.last_obs]
        for number in range(3):  # both kinds of step in turn, in the same worlds
            action = torch.full((2, 3, size), 0.1 * number)
            for step in (one.env.advance(action, moving), one.env.step(action)):
                told += [step.obs.clone(), step.reward.clone(), step.done.clone()]
    played = one.play(lambda obs: obs[..., :size], starts=2)
    return [*told, played.returns, played.lengths, *played.seen.values()], one.episodes


@pytest.mark.parametrize(
    "task_id",
    [
        "InvertedPendulum-v4",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("Hopper-v4", "Reacher-v4", "Humanoid-v5")),
    ],
)
def test_replayed_worlds_and_records_are_the_same(monkeypatch, task_id):
    plain, episodes = everything(task_id)
    record_on_tapes(monkeypatch)
    replayed, episodes_too = everything(task_id)
    assert Tape.made > 5
    for number, (one, other) in enumerate(zip(plain, replayed, strict=True)):
        assert torch.equal(one, other), number
    assert episodes == episodes_too
