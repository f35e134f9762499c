"""The vine's surrogates against numbers worked out by hand and against autograd."""

import pytest
import torch

from rlbench.numerics.vine import discounted_sums, over_all_actions, self_normalised, spread


def test_all_actions_by_hand():
    # Two states: pi = (.25, .75), Q = (4, 8) makes 7; pi = (.5, .5), Q = (2, 0) makes 1; their mean is 4
    log_prob = torch.tensor([[[0.25, 0.75], [0.5, 0.5]]]).log()
    surrogate = over_all_actions(log_prob, torch.tensor([[[4.0, 8.0], [2.0, 0.0]]]))
    torch.testing.assert_close(surrogate.value, torch.tensor([4.0]))
    torch.testing.assert_close(surrogate.slopes, torch.tensor([[[0.5, 3.0], [0.5, 0.0]]]))


def test_self_normalised_by_hand():
    # Weights pi/q = 2 and 1, so shares 2/3 and 1/3 of Q = 3 and 9: 5
    log_prob, log_q = torch.tensor([[[0.6, 0.2]]]).log(), torch.tensor([[[0.3, 0.2]]]).log()
    surrogate = self_normalised(log_prob, log_q, torch.tensor([[[3.0, 9.0]]]))
    torch.testing.assert_close(surrogate.value, torch.tensor([5.0]))
    torch.testing.assert_close(surrogate.slopes, torch.tensor([[[2 / 3 * (3 - 5), 1 / 3 * (9 - 5)]]]))


@pytest.fixture
def numbers():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, 5, 4, generator=generator, dtype=torch.float64) for _ in range(3)]


def test_slopes_are_the_derivatives(numbers):
    log_prob, log_q, q = numbers
    for surrogate in (over_all_actions, lambda *given: self_normalised(given[0], log_q, given[1])):
        moving = log_prob.clone().requires_grad_()
        found = surrogate(moving, q)
        (wanted,) = torch.autograd.grad(found.value.sum(), moving)
        torch.testing.assert_close(found.slopes.detach(), wanted)


def test_a_constant_in_a_states_q_moves_no_slope(numbers):
    log_prob, log_q, q = numbers
    constants = torch.arange(5.0, dtype=torch.float64).view(1, 5, 1)
    plain, moved = (self_normalised(log_prob, log_q, each) for each in (q, q + constants))
    torch.testing.assert_close(plain.slopes, moved.slopes)
    torch.testing.assert_close(moved.value, plain.value + constants.mean())


def test_an_unknown_scale_of_q_does_not_matter(numbers):
    """Uniform q may be given as zeros: a constant in its logarithm cancels."""
    log_prob, log_q, q = numbers
    plain, moved = (self_normalised(log_prob, each, q) for each in (log_q, log_q - 7.0))
    torch.testing.assert_close(plain.slopes, moved.slopes)
    torch.testing.assert_close(plain.value, moved.value)


def test_discounted_sums_by_hand():
    rewards = torch.tensor([1.0, 2.0, 4.0]).view(1, 3, 1, 1)
    assert discounted_sums(rewards, 0.5).item() == 1 + 1 + 1
    assert discounted_sums(rewards, 1.0).item() == 7


def test_spread_by_hand():
    # Pairs of (0, 2, 4) differ by 2, 2, 4; the variance of the values is 4, of a difference of two 8
    assert spread(torch.tensor([[[0.0, 2.0, 4.0]]])).tolist() == [8.0]
    assert spread(torch.tensor([[[5.0, 5.0]], [[0.0, 2.0]]])).tolist() == [0.0, 4.0]
