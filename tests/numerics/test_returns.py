"""Monte-Carlo returns by hand."""

import torch

from rlbench.numerics.gae import gae
from rlbench.numerics.returns import discounted_returns, discounted_sums, ends_within, episode_totals, mean_of_others


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


def test_totals_and_what_is_complete_by_hand():
    """Three worlds, T = 4: ends at 1 and 3; ends at 2; never ends. The second world goes on with an older episode."""
    done = torch.tensor([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]]).bool().unsqueeze(0)
    rewards = torch.tensor([[1.0, 10, 100], [2, 20, 200], [3, 30, 300], [4, 40, 400]]).unsqueeze(0)
    returns = discounted_returns(rewards, done, 1.0)
    assert ends_within(done).int().tolist() == [[[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 0, 0]]]
    totals, begun = episode_totals(returns, done, torch.tensor([[True, False, True]]))
    assert totals[0, :, 0].tolist() == [3, 3, 7, 7]
    assert begun.int().tolist() == [[[1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 1, 1]]]
    assert totals[0, 3, 1] == 40


def test_mean_of_others_by_hand():
    """World 0 has episodes {1, 2} and {3}, world 1 has {10, 20, 30}."""
    done = torch.tensor([[0, 0], [1, 0], [1, 1]]).bool().unsqueeze(0)
    x = torch.tensor([[1.0, 10, 2, 20, 3, 30]])
    weights = torch.tensor([[1.0, 1, 1, 1, 2, 1]])
    first, second, third = (6 + 60) / 5, 63 / 5, 9 / 4
    expected = torch.tensor([[first, third, first, third, second, third]])
    torch.testing.assert_close(mean_of_others(x, weights, done), expected)
    alone = mean_of_others(x[:, ::2], torch.tensor([[1.0, 1, 0]]), done[:, :, :1])
    assert alone[0, :2].tolist() == [0, 0]  # nothing else has weight
    assert alone[0, 2] == 1.5


def test_discounted_sums_by_hand():
    rewards = torch.tensor([1.0, 2.0, 4.0]).view(1, 3, 1, 1)
    assert discounted_sums(rewards, 0.5).item() == 1 + 1 + 1
    assert discounted_sums(rewards, 1.0).item() == 7
