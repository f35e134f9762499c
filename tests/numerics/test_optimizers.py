"""Adam and RMSprop against torch's, and gradient norms."""

import pytest
import torch

from rlbench.numerics.optimizers import (
    adam_by_operations,
    adam_state,
    adam_step,
    clip_norm,
    restore_rows,
    rmsprop_state,
    rmsprop_step,
    save_rows,
)


def test_adam_is_torchs_adam():
    gradients = torch.randn(30, 2, 64, generator=torch.Generator().manual_seed(0))
    theta = torch.ones(2, 64)
    state = adam_state(theta)
    reference = torch.nn.Parameter(torch.ones(2, 64))
    optimizer = torch.optim.Adam([reference], lr=0.01, eps=1e-5)
    for gradient in gradients:
        adam_step(state, theta, gradient, torch.full((2, 1), 0.01))
        reference.grad = gradient.clone()
        optimizer.step()
    torch.testing.assert_close(theta, reference.detach(), rtol=1e-4, atol=1e-6)


def test_adam_by_operations_is_the_same():
    draw = torch.Generator().manual_seed(0)
    one, other = torch.ones(2, 64), torch.ones(2, 64)
    states = adam_state(one), adam_state(other)
    for number in range(30):
        gradient, rate = torch.randn(2, 64, generator=draw), torch.tensor([[0.01], [0.02 / (1 + number)]])
        adam_step(states[0], one, gradient, rate)
        adam_by_operations(states[1], other, gradient, rate)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    assert torch.equal(states[0]["t"], states[1]["t"])


def test_each_seed_has_its_own_rate():
    theta = torch.zeros(2, 64)
    adam_step(adam_state(theta), theta, torch.ones(2, 64), torch.tensor([[0.1], [0.0]]))
    torch.testing.assert_close(theta[0], torch.full((64,), -0.1), rtol=1e-4, atol=0)
    assert (theta[1] == 0).all()


def test_undo_puts_back_the_marked_seeds_alone():
    theta = torch.zeros(3, 64)
    state = adam_state(theta)
    before = save_rows([theta, *state.values()])
    adam_step(state, theta, torch.ones(3, 64), torch.full((3, 1), 0.1))
    restore_rows([theta, *state.values()], before, torch.tensor([True, False, True]))
    assert (theta[[0, 2]] == 0).all()
    assert (theta[1] != 0).all()
    assert state["t"].flatten().tolist() == [0, 1, 0]
    assert (state["m"][[0, 2]] == 0).all()


def test_clip_norm_is_a_seeds_own():
    gradient = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    norms = clip_norm(gradient, limit=1.0)
    torch.testing.assert_close(norms, torch.tensor([5.0, 0.5, 0.0]))
    torch.testing.assert_close(gradient, torch.tensor([[0.6, 0.8], [0.3, 0.4], [0.0, 0.0]]))


def test_rmsprop_is_torchs():
    gradients = torch.randn(30, 2, 64, generator=torch.Generator().manual_seed(0))
    theta = torch.ones(2, 64)
    state = rmsprop_state(theta)
    reference = torch.nn.Parameter(torch.ones(2, 64))
    optimizer = torch.optim.RMSprop([reference], lr=0.01, alpha=0.99, eps=1e-5)
    for gradient in gradients:
        rmsprop_step(state, theta, gradient, torch.full((2, 1), 0.01))
        reference.grad = gradient.clone()
        optimizer.step()
    torch.testing.assert_close(theta, reference.detach(), rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_clipping_makes_of_a_seed_does_not_depend_on_its_neighbours():
    rows = torch.tensor([[torch.nan, 1.0, 2.0, 3.0], [10.0] * 4, [0.1] * 4, [torch.inf, 0.0, 0.0, 0.0]])
    together = rows.clone()
    norms = clip_norm(together, 0.5)
    for row in range(4):
        alone = rows[row : row + 1].clone()
        torch.testing.assert_close(clip_norm(alone, 0.5), norms[row : row + 1], rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(alone[0], together[row], rtol=0, atol=0, equal_nan=True)
    assert together[1].norm() < 0.5001
    assert torch.equal(together[2], rows[2])
