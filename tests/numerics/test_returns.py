"""Monte-Carlo returns by hand."""

import torch

from rlbench.numerics.gae import gae
from rlbench.numerics.returns import discounted_returns


def test_returns_by_hand():
    """Two worlds; the first ends an episode at step 1, the second does not end."""
    rewards = torch.tensor([[[1.0, 4.0], [2.0, 0.0], [3.0, 8.0]]])
    done = torch.tensor([[[False, False], [True, False], [False, False]]])
    expected = [[[1 + 0.5 * 2, 4 + 0.25 * 8], [2, 0.5 * 8], [3, 8]]]
    assert discounted_returns(rewards, done, 0.5).tolist() == expected


def test_without_discount_they_are_sums():
    rewards = torch.arange(1.0, 6.0).view(1, 5, 1)
    done = torch.tensor([False, False, True, False, False]).view(1, 5, 1)
    assert discounted_returns(rewards, done, 1.0).flatten().tolist() == [6, 5, 3, 9, 5]
    assert torch.equal(discounted_returns(rewards, done, 0.0), rewards)


def test_they_are_gae_with_lambda_1_and_a_critic_that_says_0():
    rewards = torch.randn(2, 30, 3, generator=torch.Generator().manual_seed(0))
    done = torch.rand(2, 30, 3, generator=torch.Generator().manual_seed(1)) < 0.1
    zero = torch.zeros_like(rewards)
    assert torch.equal(discounted_returns(rewards, done, 0.9), gae(rewards, zero, zero, done, done, 0.9, 1.0))
