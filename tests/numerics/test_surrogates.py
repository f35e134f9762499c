"""The surrogates against numbers worked out by hand, and their slopes against autograd of their values."""

import numpy as np
import pytest
import torch

from rlbench.numerics.surrogates import all_actions, clipped, importance, score_function, self_normalised


def test_all_actions_by_hand():
    # Two states: pi = (.25, .75), Q = (4, 8) makes 7 and made 6; pi = (.5, .5), Q = (2, 0) makes 1 as before: .5 more.
    # Without the mean of each state's Q, 6 and 1, half of pi Q is the slope
    log_prob, old = torch.tensor([[[0.25, 0.75], [0.5, 0.5]]]).log(), torch.tensor([[[0.5, 0.5], [0.5, 0.5]]]).log()
    surrogate = all_actions(log_prob, old, torch.tensor([[[4.0, 8.0], [2.0, 0.0]]]))
    torch.testing.assert_close(surrogate.value, torch.tensor([0.5]))
    torch.testing.assert_close(surrogate.slope, torch.tensor([[[-0.25, 0.75], [0.25, -0.25]]]))


def test_self_normalised_by_hand():
    # Weights pi/q = 2 and 1, so shares 2/3 and 1/3 of Q = 3 and 9: 5. Before they were 1 and 1, which made 6
    log_prob, log_proposal = torch.tensor([[[0.6, 0.2]]]).log(), torch.tensor([[[0.3, 0.2]]]).log()
    surrogate = self_normalised(log_prob, log_proposal, log_proposal, torch.tensor([[[3.0, 9.0]]]))
    torch.testing.assert_close(surrogate.value, torch.tensor([-1.0]))
    torch.testing.assert_close(surrogate.slope, torch.tensor([[[2 / 3 * (3 - 5), 1 / 3 * (9 - 5)]]]))


@pytest.fixture
def numbers():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, 5, 4, generator=generator, dtype=torch.float64) for _ in range(3)]


VINE = {
    "all actions": all_actions,
    "self-normalised": lambda log_prob, old, q: self_normalised(log_prob, old, old, q),
    "self-normalised, uniform": lambda log_prob, old, q: self_normalised(log_prob, old, 0 * old, q),
}
ROLLOUT = {
    "importance": lambda log_prob, old, a: importance((log_prob - old).exp(), a),
    "clipped": lambda log_prob, old, a: clipped((log_prob - old).exp(), a, 0.2),
    "score function": lambda log_prob, _, a: score_function(log_prob, a),
    "score function, weighted": lambda log_prob, old, a: score_function(log_prob, a, old.softmax(1)),
}


def check_slope(surrogate, log_prob, *given):
    """Against autograd of the value; and NumPy says the same."""
    moving = log_prob.clone().requires_grad_()
    found = surrogate(moving, *given)
    assert found.value.shape == (3,)
    (wanted,) = torch.autograd.grad(found.value.sum(), moving)
    torch.testing.assert_close(found.slope.detach(), wanted)
    assert wanted.abs().max() > 0.01
    return found


@pytest.mark.parametrize("name", VINE)
def test_slopes_of_the_vines_surrogates_are_the_derivatives(numbers, name):
    check_slope(VINE[name], *numbers)


@pytest.mark.parametrize("name", ROLLOUT)
def test_slopes_of_a_rollouts_surrogates_are_the_derivatives(numbers, name):
    log_prob, old, advantage = (each.flatten(1) for each in numbers)
    check_slope(ROLLOUT[name], 0.3 * log_prob, 0.3 * old, advantage)


def test_every_surrogate_takes_numpys_arrays(numbers):
    def same(found, arrays):
        for one, other in zip(found, arrays, strict=True):
            assert isinstance(other, np.ndarray)
            torch.testing.assert_close(torch.from_numpy(other), one)

    log_prob, other, q = numbers
    arrays = [each.numpy() for each in numbers]
    same(all_actions(log_prob, other, q), all_actions(*arrays))
    same(self_normalised(log_prob, other, other, q), self_normalised(*arrays[:2], *arrays[1:]))
    ratio, advantage = log_prob.exp().flatten(1), q.flatten(1)
    for surrogate in (importance, lambda r, a: clipped(r, a, 0.2), score_function):
        same(surrogate(ratio, advantage), surrogate(ratio.numpy(), advantage.numpy()))


def test_clipped_by_hand():
    """Beyond 1 +- 0.2 a sample counts as if it were there, unless that would make the objective larger."""
    ratio = torch.tensor([[1.5, 1.5, 0.5, 0.5, 1.1]])
    found = clipped(ratio, torch.tensor([[2.0, -2.0, 2.0, -2.0, 1.0]]), 0.2)
    terms = torch.tensor([[2.4, -3.0, 1.0, -1.6, 1.1]])
    torch.testing.assert_close(found.value, terms.mean(1))
    torch.testing.assert_close(found.slope, torch.tensor([[0.0, -3.0, 1.0, 0.0, 1.1]]) / 5)
    assert found.is_clipped.tolist() == [[True, False, False, True, False]]


def test_importance_is_the_gain_over_the_old_policy():
    ratio, advantage = torch.tensor([[1.0, 2.0], [1.0, 1.0]]), torch.tensor([[3.0, 4.0], [3.0, 4.0]])
    assert importance(ratio, advantage).value.tolist() == [2.0, 0.0]
    tiny = importance(torch.tensor([[1.0 + 2.0**-20, 1.0]]), torch.tensor([[1.0, 1e6]]))
    assert tiny.value.item() == 2.0**-21  # what a difference of two means would have rounded away


def test_what_is_not_a_number_stays_so():
    ratio = torch.tensor([[torch.nan, 1.0]])
    for surrogate in (importance, lambda r, a: clipped(r, a, 0.2)):
        found = surrogate(ratio, torch.ones(1, 2))
        assert found.value.isnan().all()
        assert found.slope.isnan().tolist() == [[True, False]]


def test_a_constant_in_a_states_q_moves_no_slope(numbers):
    log_prob, log_proposal, q = numbers
    constants = torch.arange(5.0, dtype=torch.float64).view(1, 5, 1)
    old = log_proposal.log_softmax(-1)
    for surrogate in (all_actions, lambda new, old, q: self_normalised(new, old, log_proposal, q)):
        plain, moved = (surrogate(log_prob.log_softmax(-1), old, each) for each in (q, q + constants))
        torch.testing.assert_close(plain.slope, moved.slope)
        torch.testing.assert_close(moved.value, plain.value)


def test_the_vines_small_gains_beside_large_returns_are_not_rounded_away(numbers):
    """A step as small as a line search's last ones, in float32, where all Q are near 10,000."""
    log_prob, direction, q = numbers
    old, q = log_prob.log_softmax(-1), 10_000 + q
    new = (log_prob + 1e-3 * direction).log_softmax(-1)
    exact = (new.exp() * q).sum(-1).mean(1) - (old.exp() * q).sum(-1).mean(1)
    assert exact.abs().min() > 1e-6
    assert exact.abs().max() < 1e-3
    new, old, q = new.float(), old.float(), q.float()
    for found in (all_actions(new, old, q), self_normalised(new, old, torch.zeros_like(q), q)):
        torch.testing.assert_close(found.value.double(), exact, rtol=0.05, atol=0)


def test_an_unknown_scale_of_q_does_not_matter(numbers):
    """Uniform q may be given as zeros: a constant in its logarithm cancels."""
    log_prob, log_proposal, q = numbers
    plain, moved = (
        self_normalised(log_prob, log_prob - 0.1 * q, each, q) for each in (log_proposal, log_proposal - 7.0)
    )
    torch.testing.assert_close(plain.slope, moved.slope)
    torch.testing.assert_close(plain.value, moved.value)
