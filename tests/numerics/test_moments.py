"""Variance by hand, and a row's bits in any company."""

import pytest
import torch

from rlbench.numerics.moments import difference_variance, standardise, variance


def test_standardise_by_hand_and_without_spread():
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [7.0, 7.0, 7.0, 7.0]])
    torch.testing.assert_close(standardise(x)[0], torch.tensor([-3.0, -1.0, 1.0, 3.0]) / 5**0.5)
    assert (standardise(x)[1] == 0).all()


def test_variance_by_hand():
    assert variance(torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 5.0, 5.0, 5.0]])).tolist() == [1.25, 0.0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [2, 10, 64, 2048])
def test_a_row_has_the_same_bits_in_any_company(dtype, size):
    x = torch.randn(5, size, generator=torch.Generator().manual_seed(0)).to(dtype)
    for rows in ([2], [2, 3], [1, 2, 3]):
        at = rows.index(2)
        assert variance(x[rows])[at] == variance(x)[2]
        assert torch.equal(standardise(x[rows])[at], standardise(x)[2])


def test_variance_of_differences_by_hand():
    # Pairs of (0, 2, 4) differ by 2, 2, 4; the variance of the values is 4, of a difference of two 8
    assert difference_variance(torch.tensor([[[0.0, 2.0, 4.0]]])).tolist() == [8.0]
    assert difference_variance(torch.tensor([[[5.0, 5.0]], [[0.0, 2.0]]])).tolist() == [0.0, 4.0]
