"""Seeds that leave a loop at different times have what they have alone, to the bit. Who leaves when is set by hand."""

import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Actor
from rlbench.numerics.conjugate_gradient import conjugate_gradient
from rlbench.numerics.line_search import Backtracking, line_search
from rlbench.training.run import run_job
from rlbench.training.sampler import EnvSampler


def assert_rows_are_alone(together, alone):
    """`alone(rows)` of each row gives that row of `together`."""
    for row in range(len(together[0])):
        for one, other in zip(together, alone(slice(row, row + 1)), strict=True):
            torch.testing.assert_close(one[row : row + 1], other, rtol=0, atol=0, equal_nan=True)


def test_conjugate_gradient():
    """Done at once, after 1 and after 6 iterations; stopped by curvature at once and on the way; and not a number."""
    diagonals = torch.ones(6, 64)
    diagonals[2] = torch.arange(64) % 6 + 1
    diagonals[3] = -1
    diagonals[4] = torch.where(torch.arange(64) == 5, -0.1, torch.arange(64) % 3 + 1)
    b = torch.ones(6, 64)
    b[0], b[5, 3] = 0, torch.nan

    def solved(rows):
        return conjugate_gradient(lambda v: diagonals[rows] * v, b[rows], iterations=20)

    together = solved(slice(None))
    assert together.iterations[:2].tolist() == [0, 1]
    assert together.iterations[2] >= 6
    assert together.positive.tolist() == [True, True, True, False, False, False]
    assert_rows_are_alone(together, solved)


def test_line_search():
    """Accepted whole, shortened thrice, never, and not a number."""
    step = torch.tensor([[0.5], [8.0], [1e9], [torch.nan]])

    def found(rows):
        theta = torch.zeros_like(step[rows])
        how = Backtracking(trust_region=0.5, backtracks=5, factor=0.5)
        return line_search(lambda x: (1 - (x[:, 0] - 1) ** 2, x[:, 0] ** 2 / 2), theta, step[rows], how)

    together = found(slice(None))
    assert together.accepted.tolist() == [True, True, False, False]
    assert together.backtracks[:3].tolist() == [0, 3, 5]
    assert_rows_are_alone(together, found)


def test_branches():
    """Each seed pushes its cart with another force: the poles fall at different times."""
    forces = torch.tensor([3.0, 1.0, 0.3])

    def branched(rows):
        seeds = tuple(range(3)[rows])

        def worlds(number):
            return envs.make("InvertedPendulum-v4", seeds, number, lambda seed, _: np.random.default_rng(seed))

        force = forces[rows].view(-1, 1, 1)
        push = Actor(
            lambda _, *shape: np.zeros((*shape, 1), np.float32), lambda obs, _: force.expand(*obs.shape[:2], 1)
        )
        sampler = EnvSampler(worlds(2), 10_000, worlds)
        sampler.rollout(push, 1, keep=2)
        actions = force.unsqueeze(-1).expand(-1, 2, 2, 1).contiguous()
        done = sampler.branch(push, actions, torch.zeros(len(seeds), 99, 2, 2, 1))
        observed = done.last_obs.unflatten(1, (2, 2))
        return done.rewards, done.terminated, done.lengths, observed, sampler.env_steps

    together = branched(slice(None))
    longest = together[2].amax((1, 2))
    assert longest[0] < longest[1] < longest[2] < 100
    assert_rows_are_alone(together, branched)


@pytest.mark.usefixtures("a_row_an_iteration")
@pytest.mark.parametrize("algorithm", ["cem", "cma-es"])
def test_generations(small_job, stated_generations, tmp_path, algorithm):
    """Generations of six episodes: 512 transitions are 8 of them, 3, or 2 of which the second is cut."""
    env = stated_generations(lambda seed, number: 10 if seed == 0 else 25 if seed == 1 else 30 if not number else 100)

    def files(*seeds):
        folder = tmp_path / "-".join(map(str, seeds))
        run_job(
            job := small_job(algorithm, env=env, seeds=seeds, steps=512, out=folder, eval_every=128), lambda _: None
        )
        names = ("progress.csv", "episodes.csv")
        return {seed: [(job.folder(seed) / name).read_bytes() for name in names] for seed in seeds}

    together = files(0, 1, 2)
    assert [progress.count(b"\n") for progress, _ in together.values()] == [9, 4, 3]  # with the header
    assert together[2][1].count(b"\n") == 1 + 6  # episodes that the budget cut are no complete ones
    for seed in together:
        assert files(seed)[seed] == together[seed]
