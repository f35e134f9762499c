"""What is recorded as a graph on a GPU does the same when it is replayed: on a CPU, with graphs that are tapes.

A tape records the operations on tensors, undoes what they did, and does them again, on the same memory, each time it is
replayed. Python between the operations runs once, when it is recorded; so whatever leans on it goes wrong here too.
"""

from contextlib import contextmanager

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rlbench.algorithms.contract import Actor
from rlbench.envs.physics import device as device_module
from rlbench.envs.physics.device import Replay
from rlbench.envs.warp import make_warp
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.device_sampler import DeviceSampler


class Tape(TorchDispatchMode):
    """Stands for a CUDA graph."""

    made = 0

    def __init__(self):
        super().__init__()
        self.operations, self.before = [], {}
        Tape.made += 1

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        for argument, value in zip(function._schema.arguments, [*args, *kwargs.values()], strict=False):
            name = argument.name
            value = kwargs.get(name, value) if argument.kwarg_only else value
            if argument.alias_info is not None and argument.alias_info.is_write:
                self.before.setdefault(id(value), (value, value.clone()))
        made = function(*args, **kwargs)
        self.operations.append((function, args, kwargs, made))
        return made

    def undo(self):
        for value, was in reversed(self.before.values()):
            value.copy_(was)

    def replay(self):
        for function, args, kwargs, made in self.operations:
            again = function(*args, **kwargs)
            for there, value in zip(tree_leaves(made), tree_leaves(again), strict=True):
                if there.data_ptr() != value.data_ptr():
                    there.copy_(value)


@contextmanager
def recording(tape):
    with tape:
        yield
    tape.undo()


@pytest.fixture
def graphs(monkeypatch):
    monkeypatch.setattr(device_module, "can_record", lambda _: True)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Tape)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    Tape.made = 0


@pytest.mark.usefixtures("graphs")
def test_a_tape_does_again_what_was_done():
    total, x, python = torch.zeros(3), torch.ones(3), []

    def add():
        python.append(1)
        total.add_(x.square() + 1)
        x.mul_(2)

    replay = Replay(add, torch.device("cpu"))
    for _ in range(4):
        replay()
    assert total.tolist() == [1 + 4 + 16 + 64 + 4] * 3
    assert len(python) == 2  # as it is, and recorded


def sampler(task_id, num_envs=3):
    def starts(seed, block):
        return stream(seed, Purpose.START_STATES, block)

    def worlds(number):
        return make_warp(task_id, (0, 1), number, starts, torch.device("cpu"), max_episode_steps=30)

    return DeviceSampler(worlds(num_envs), 100_000, worlds)


def everything(task_id):
    """What a sampler tells when asked for all it can do, in an order in which recordings get in each other's way."""
    one = sampler(task_id)
    size = one.env.action_size
    moving, draw, told = torch.tensor([[True, False, True], [True, True, False]]), torch.Generator(), []

    def noise(rng, *shape):
        return rng.standard_normal((*shape, size), dtype="float32")

    actor = Actor(noise, lambda obs, noise: noise + 0.01 * obs[..., :size])
    for num_steps in (20, 20, 20, 300, 300, 20, 20, 20):  # the longer one needs a larger pool
        batch = one.rollout(actor, num_steps, keep=3)
        told += [batch.obs, batch.rewards, batch.done, batch.terminated, batch.cut_obs, batch.cut_at]
        tried = torch.randn(2, 3, 2, size, generator=draw.manual_seed(1))
        branches = one.branch(actor, tried, torch.zeros(2, 9, 3, 2, size))
        told += [branches.rewards, branches.lengths, branches.last_obs]
        for number in range(3):  # both kinds of step in turn, in the same worlds
            action = torch.full((2, 3, size), 0.1 * number)
            for step in (one.env.advance(action, moving), one.env.step(action)):
                told += [step.obs.clone(), step.reward.clone(), step.done.clone()]
    played = one.play(lambda obs: obs[..., :size], starts=2)
    return [*told, played.returns, played.lengths, *played.seen.values()], one.episodes


@pytest.mark.parametrize("task_id", ["Hopper-v4", "Reacher-v4", "Humanoid-v5"])
def test_replayed_worlds_and_records_are_the_same(request, task_id):
    plain, episodes = everything(task_id)
    request.getfixturevalue("graphs")
    replayed, episodes_too = everything(task_id)
    assert Tape.made > 5
    for number, (one, other) in enumerate(zip(plain, replayed, strict=True)):
        assert torch.equal(one, other), number
    assert episodes == episodes_too
