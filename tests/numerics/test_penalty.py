"""The adaptive weight of a penalty."""

import torch

from rlbench.numerics.penalty import LARGEST, SMALLEST, adapt_penalty


def test_beta_halves_below_and_doubles_above_the_band():
    kl = torch.tensor([0.0066, 0.0067, 0.01, 0.0149, 0.0151])  # the band is 0.01 / 1.5 to 0.015
    assert adapt_penalty(torch.full((5,), 3.0), kl, 0.01).tolist() == [1.5, 3, 3, 3, 6]


def test_beta_stays_within_bounds_from_which_it_can_return():
    assert adapt_penalty(torch.tensor([SMALLEST, LARGEST]), torch.tensor([0.0, 1.0]), 0.01).tolist() == [
        SMALLEST,
        LARGEST,
    ]
    assert adapt_penalty(torch.tensor([SMALLEST]), torch.tensor([1.0]), 0.01).tolist() == [2 * SMALLEST]


def test_not_a_number_leaves_beta():
    assert adapt_penalty(torch.tensor([3.0]), torch.tensor([torch.nan]), 0.01).tolist() == [3]
