"""The sampler gives the same results whether or not it may look at the worlds after every step."""

import dataclasses

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rlbench.algorithms.contract import Actor
from rlbench.envs.warp_env import make_warp
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.sampler import EnvSampler

CPU = torch.device("cpu")


def starts(seed, block):
    return stream(seed, Purpose.START_STATES, block)


def make(task_id="Hopper-v4", seeds=(0, 1), num_envs=3, limit=None, budget=100_000, asynchronous=True):
    def worlds(number):
        env = make_warp(task_id, seeds, number, starts, CPU, max_episode_steps=limit)
        env.asynchronous = asynchronous
        return env

    return EnvSampler(worlds(num_envs), budget, worlds)


@pytest.fixture
def both():
    """Makes samplers of equal worlds: one records them as on a CPU, the other as on a GPU."""
    return lambda **options: [make(asynchronous=asynchronous, **options) for asynchronous in (False, True)]


@pytest.fixture
def restless():
    """Acts by chance alone."""

    def noise(rng, *shape):
        return rng.standard_normal((*shape, 3), dtype="float32")

    return Actor(noise, lambda obs, noise: noise + 0.01 * obs[..., :3])


def same(one, other):
    for field in dataclasses.fields(one):
        assert torch.equal(getattr(one, field.name), getattr(other, field.name)), field.name


@pytest.mark.parametrize(("limit", "keep"), [(None, 0), (7, 4)])
def test_rollouts_are_the_same(both, restless, limit, keep):
    simple, device = both(limit=limit)
    for number in range(3):
        batches = [each.rollout(restless, 20 + 5 * (number > 1), keep) for each in (simple, device)]
        same(*batches)
        first = batches[1].obs.clone()
    assert simple.episodes == device.episodes
    assert len(device.episodes[0]) > 2
    assert torch.equal(simple.env_steps, device.env_steps)
    device.rollout(restless, 25)
    assert torch.equal(batches[1].obs, first)  # a batch stays what it was


def test_branches_are_the_same(both, restless):
    told = []
    for sampler in both(num_envs=2):
        sampler.rollout(restless, 10, keep=3)
        draw = torch.Generator().manual_seed(0)
        actions = torch.randn(2, 3, 4, 3, generator=draw)
        noise = torch.randn(2, 39, 3, 1, 3, generator=draw).expand(-1, -1, -1, 4, -1)
        told.append((sampler.branch(restless, actions, noise), sampler.env_steps))
    (one, spent), (other, spent_too) = told
    same(one, other)
    assert one.terminated.any()
    assert torch.equal(spent, spent_too)


@pytest.mark.parametrize("budget", [100_000, 120])
def test_whole_episodes_are_the_same(both, budget):
    gains = torch.linspace(-1, 1, 6).view(1, -1, 1)
    told = []
    for sampler in both(num_envs=6, budget=budget, limit=60):
        for _ in range(2):
            played = sampler.play(lambda obs: gains * obs[..., -3:], starts=2)
            if sampler.cut.any():
                break  # the budget is spent, and nobody plays on
        told.append((sampler, played))
    (simple, one), (device, other) = told
    assert torch.equal(one.returns, other.returns)
    assert torch.equal(one.lengths, other.lengths)
    assert simple.episodes == device.episodes
    for column in ("env_steps", "cut"):
        assert torch.equal(getattr(simple, column), getattr(device, column)), column
    assert bool(device.cut.any()) == (budget == 120)
    for name, value in one.seen.items():
        torch.testing.assert_close(other.seen[name], value)


def test_a_state_goes_on_in_another_sampler(restless):
    sampler, other = (make(limit=9) for _ in range(2))
    sampler.rollout(restless, 15)
    other.restore(sampler.state())
    same(sampler.rollout(restless, 15), other.rollout(restless, 15))


def test_unstable_worlds_are_a_column(restless):
    sampler = make()
    sampler.env.fields.qvel[5] = torch.inf
    batch = sampler.rollout(restless, 4)
    assert batch.terminated[1, 0].tolist() == [False, False, True]
    assert torch.isfinite(batch.obs).all()
    assert sampler.metrics()["unstable_worlds"].tolist() == [0, 1]
    assert sampler.metrics()["unstable_worlds"].tolist() == [0, 0]


def test_what_is_dropped_ends_the_rollout(restless):
    from rlbench.envs.physics.buffers import Buffers
    from rlbench.errors import UserError

    sampler = EnvSampler(make_warp("Hopper-v4", (0,), 4, starts, CPU, Buffers(16, 4)), 10_000)
    with pytest.raises(UserError, match="--gpu-buffers"):
        sampler.rollout(restless, 40)


class Asking(TorchDispatchMode):
    """Counts what a GPU would have to be waited for."""

    ASKS = (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default)

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function in self.ASKS
        return function(*args, **kwargs or {})


def test_what_a_rollout_asks_of_its_device_does_not_grow_with_its_length(restless):
    def asked(num_steps):
        sampler = make()
        sampler.rollout(restless, num_steps)  # fills and records what it needs
        with Asking() as asking:
            batch = sampler.rollout(restless, num_steps)
        assert batch.done.any()
        return asking.count

    assert 0 < asked(30) == asked(120) < 10
