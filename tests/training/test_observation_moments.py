"""The moments of what a population observes count moving worlds alone, and a seed's moments are its own."""

from types import SimpleNamespace

import pytest
import torch

from rlbench.policies.normaliser import std
from rlbench.training.observation_moments import BLOCK, ObservationMoments

STEPS, SEEDS, WORLDS, SIZE = 3 * BLOCK + 5, 3, 4, 2


@pytest.fixture
def walks():
    """Observations, and which worlds still move: seed 2 ends early, world 0 of seed 0 at once."""
    draw = torch.Generator().manual_seed(0)
    obs = 5 + torch.randn(STEPS, SEEDS, WORLDS, SIZE, generator=draw, dtype=torch.float64)
    ends = torch.randint(BLOCK, STEPS, (SEEDS, WORLDS), generator=draw)
    ends[2], ends[0, 0] = 3, 1
    return obs, torch.arange(STEPS).view(-1, 1, 1) < ends


def moments_of(obs, moving, asynchronous):
    _, seeds, worlds, size = obs.shape
    env = SimpleNamespace(
        seeds=range(seeds), num_envs=worlds, obs_size=size, device=torch.device("cpu"), asynchronous=asynchronous
    )
    observed = ObservationMoments(env)
    for each, mark in zip(obs, moving, strict=True):
        observed.add(each, mark)
    return observed.moments()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_moments_are_those_of_the_rows_that_move(walks, asynchronous):
    obs, moving = walks
    moments = moments_of(obs, moving, asynchronous)
    for seed in range(SEEDS):
        rows = obs[:, seed][moving[:, seed]]
        assert moments["count"][seed].item() == len(rows)
        torch.testing.assert_close(moments["mean"][seed], rows.mean(0))
        torch.testing.assert_close(std(moments)[seed], rows.std(0, correction=0))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_seed_has_the_same_bits_alone_and_however_long_others_go_on(walks, asynchronous):
    obs, moving = walks
    together = moments_of(obs, moving, asynchronous)
    for seed in range(SEEDS):
        last = int(moving[:, seed].any(1).nonzero().max()) + 1
        alone = moments_of(obs[:last, seed : seed + 1], moving[:last, seed : seed + 1], asynchronous)
        for name, values in alone.items():
            assert torch.equal(values[0], together[name][seed])
