"""Line search alone: what it takes, what it refuses, and that refusing changes nothing."""

import torch

from rlbench.numerics.line_search import Backtracking, line_search


def parabola(theta):
    """Gain 1 - (theta - 1)^2 over theta = 0, and KL theta^2 / 2, of the first coordinate."""
    x = theta[:, 0]
    return 1 - (x - 1) ** 2, x**2 / 2


def search(step, evaluate=parabola, trust_region=0.5, backtracks=10):
    step = torch.tensor(step)
    theta = torch.zeros_like(step)
    return theta, line_search(evaluate, theta, step, Backtracking(trust_region, backtracks, factor=0.5))


def test_a_good_step_is_taken_whole():
    _, found = search([[0.5, 3.0]])
    assert found.theta.tolist() == [[0.5, 3.0]]
    assert (found.accepted[0], found.backtracks[0], found.gain[0]) == (True, 0, 0.75)


def test_each_seed_is_shortened_for_itself():
    _, found = search([[0.5], [2.0], [8.0]])
    assert found.theta.flatten().tolist() == [0.5, 1.0, 1.0]  # KL <= 0.5 means |x| <= 1
    assert found.backtracks.tolist() == [0, 1, 3]


def test_exhausted_backtracks_leave_theta_to_the_bit():
    theta, found = search([[8.0], [0.5]], backtracks=2)
    assert found.accepted.tolist() == [False, True]
    assert torch.equal(found.theta[0], theta[0])
    assert found.backtracks.tolist() == [2, 0]
    assert found.gain[0] == 0


def test_a_worse_surrogate_is_refused():
    _, found = search([[-0.5]])
    assert not found.accepted[0]
    assert (found.theta == 0).all()


def test_no_gain_is_no_improvement():
    _, found = search([[0.5]], evaluate=lambda _: (torch.zeros(1), torch.zeros(1)))
    assert not found.accepted[0]


def test_an_impossible_trust_region_leaves_theta():
    theta, found = search([[0.5], [0.25]], trust_region=0.0)
    assert not found.accepted.any()
    assert torch.equal(found.theta, theta)


def test_steps_and_gains_that_are_not_finite_are_refused():
    theta, found = search([[torch.nan], [torch.inf], [0.5]])
    assert found.accepted.tolist() == [False, False, True]
    assert torch.equal(found.theta[:2], theta[:2])

    def broken(theta):
        gain, kl = parabola(theta)
        return gain, kl * torch.nan

    theta, found = search([[0.5]], evaluate=broken)
    assert torch.equal(found.theta, theta)


def test_a_zero_step_is_not_searched():
    calls = []

    def counted(theta):
        calls.append(1)
        return parabola(theta)

    _, found = search([[0.0]], evaluate=counted)
    assert not found.accepted[0]
    assert not calls


def test_without_bound_the_gain_alone_decides():
    """Gain 1 - (x - 1)^2 is positive below 2, whatever the divergence is."""
    _, found = search([[1.5], [8.0], [torch.nan]], trust_region=torch.inf)
    assert found.theta[:2].flatten().tolist() == [1.5, 1.0]
    assert found.accepted.tolist() == [True, True, False]
    _, found = search([[1.5]], lambda theta: (theta[:, 0], theta[:, 0] * torch.nan), trust_region=torch.inf)
    assert not found.accepted[0]
