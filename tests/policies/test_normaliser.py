"""Running moments."""

import torch

from rlbench.policies.normaliser import initial_moments, normaliser, std, update_moments


def test_pieces_give_the_moments_of_the_whole():
    x = 3 + 2 * torch.randn(2, 1000, 4, generator=torch.Generator().manual_seed(0))
    moments = initial_moments(2, 4)
    for piece in x.split([10, 390, 600], 1):
        update_moments(moments, piece)
    torch.testing.assert_close(moments["mean"], x.double().mean(1))
    torch.testing.assert_close(std(moments), x.double().std(1, correction=0))
    assert (moments["count"] == 1000).all()


def test_normalised_has_no_mean_unit_variance_and_is_clipped():
    x = 3 + 2 * torch.randn(2, 50, 20, 4, generator=torch.Generator().manual_seed(0))
    x[0, 0, 0] = 1e6
    moments = initial_moments(2, 4)
    update_moments(moments, x[:, 1:].flatten(1, 2))
    y = normaliser(moments)(x)
    assert y.shape == (2, 1000, 4)
    assert y.max() == 10
    torch.testing.assert_close(y[1, 20:].mean(0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y[1, 20:].std(0, correction=0), torch.ones(4), atol=1e-5, rtol=0)


def test_nothing_seen_and_nothing_varied_change_nothing():
    x = torch.randn(1, 5, 2)
    assert torch.equal(normaliser(initial_moments(1, 2))(x), x)
    moments = initial_moments(1, 2)
    update_moments(moments, torch.full((1, 10, 2), 4.0))
    assert (std(moments) == 1).all()


def test_a_large_offset_loses_no_precision():
    x = 1e6 + torch.randn(1, 4096, 1, generator=torch.Generator().manual_seed(0)).double()
    moments = initial_moments(1, 1)
    for piece in x.split(64, 1):
        update_moments(moments, piece)
    torch.testing.assert_close(std(moments), x.std(1, correction=0), rtol=1e-8, atol=0)
