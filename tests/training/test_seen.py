"""What a generation sees is counted world by world, and a seed's share of it is its own."""

import pytest
import torch

from rlbench.policies.normaliser import std
from rlbench.training.seen import BLOCK, Seen

STEPS, SEEDS, WORLDS, SIZE = 3 * BLOCK + 5, 3, 4, 2


@pytest.fixture
def walks():
    """Observations, and which worlds still move: seed 2 ends early, world 0 of seed 0 at once."""
    draw = torch.Generator().manual_seed(0)
    obs = 5 + torch.randn(STEPS, SEEDS, WORLDS, SIZE, generator=draw, dtype=torch.float64)
    ends = torch.randint(BLOCK, STEPS, (SEEDS, WORLDS), generator=draw)
    ends[2], ends[0, 0] = 3, 1
    return obs, torch.arange(STEPS).view(-1, 1, 1) < ends


def look(obs, moving):
    seen = Seen(*obs.shape[1:])
    for each, mark in zip(obs, moving, strict=True):
        seen.look(each, mark)
    return seen.moments()


def test_moments_are_those_of_the_rows_that_move(walks):
    obs, moving = walks
    moments = look(obs, moving)
    for seed in range(SEEDS):
        rows = obs[:, seed][moving[:, seed]]
        assert moments["count"][seed].item() == len(rows)
        torch.testing.assert_close(moments["mean"][seed], rows.mean(0))
        torch.testing.assert_close(std(moments)[seed], rows.std(0, correction=0))


def test_a_seed_has_the_same_bits_alone_and_however_long_others_go_on(walks):
    obs, moving = walks
    together = look(obs, moving)
    for seed in range(SEEDS):
        last = int(moving[:, seed].any(1).nonzero().max()) + 1
        alone = look(obs[:last, seed : seed + 1], moving[:last, seed : seed + 1])
        for name, values in alone.items():
            assert torch.equal(values[0], together[name][seed])
