"""Conjugate gradient against dense solves, and where it must stop."""

import pytest
import torch

from rlbench.numerics.conjugate_gradient import conjugate_gradient, dot


def product(matrices):
    return lambda v: (matrices * v.unsqueeze(1)).sum(-1)  # a row sum has the same bits for any number of seeds


@pytest.fixture
def systems():
    rng = torch.Generator().manual_seed(0)
    root = torch.randn(6, 20, 20, generator=rng, dtype=torch.float64)
    return root @ root.mT + 0.5 * torch.eye(20), torch.randn(6, 20, generator=rng, dtype=torch.float64)


def test_equals_a_dense_solve(systems):
    a, b = systems
    solution = conjugate_gradient(product(a), b, iterations=200, tolerance=1e-12)
    torch.testing.assert_close(solution.x, torch.linalg.solve(a, b))
    torch.testing.assert_close(solution.product, b)
    assert solution.positive.all()
    assert (solution.residual <= 1e-12).all()


def test_residual_and_product_are_true_after_few_iterations(systems):
    a, b = systems
    solution = conjugate_gradient(product(a), b, iterations=5)
    ax = product(a)(solution.x)
    torch.testing.assert_close(solution.product, ax)
    torch.testing.assert_close(solution.residual, (b - ax).norm(dim=1) / b.norm(dim=1))
    assert (solution.iterations == 5).all()


def test_n_iterations_suffice_in_n_dimensions():
    a = torch.diag(torch.tensor([1.0, 4.0, 9.0], dtype=torch.float64)).unsqueeze(0)
    solution = conjugate_gradient(product(a), torch.ones(1, 3, dtype=torch.float64), iterations=3)
    torch.testing.assert_close(solution.x, torch.tensor([[1.0, 1 / 4, 1 / 9]], dtype=torch.float64))


def test_zero_right_side_gives_zero(systems):
    a, b = systems
    b[2] = 0
    solution = conjugate_gradient(product(a), b, iterations=200)
    assert (solution.x[2] == 0).all()
    assert solution.residual[2] == 0
    assert solution.iterations[2] == 0
    assert solution.positive.all()


def test_stops_at_nonpositive_curvature_without_touching_other_seeds(systems):
    a, b = systems
    alone = conjugate_gradient(product(a[:1]), b[:1], iterations=10).x
    a[1], a[2] = -a[1], 0
    solution = conjugate_gradient(product(a), b, iterations=10)
    assert solution.positive.tolist() == [True, False, False, True, True, True]
    assert (solution.x[1] == 0).all()
    assert (solution.x[2] == 0).all()
    assert torch.equal(solution.x[0], alone[0])


def test_indefinite_matrix_stops_on_the_way():
    a = torch.diag(torch.tensor([3.0, 1.0, -0.5])).unsqueeze(0)
    solution = conjugate_gradient(product(a), torch.tensor([[1.0, 1.0, 0.1]]), iterations=10)
    assert not solution.positive[0]
    assert torch.isfinite(solution.x).all()
    assert dot(solution.x, solution.product)[0] > 0  # what was found before is still a way uphill


def test_singular_matrix_with_a_solution():
    a = torch.diag(torch.tensor([2.0, 1.0, 0.0])).unsqueeze(0)
    solution = conjugate_gradient(product(a), torch.tensor([[1.0, 1.0, 0.0]]), iterations=10)
    torch.testing.assert_close(solution.x, torch.tensor([[0.5, 1.0, 0.0]]))


def test_not_a_number_stays_with_its_seed(systems):
    a, b = systems
    clean = conjugate_gradient(product(a), b, iterations=10).x
    a[3, 0, 0] = torch.nan
    solution = conjugate_gradient(product(a), b, iterations=10)
    assert not solution.positive[3]
    assert (solution.x[3] == 0).all()
    others = [0, 1, 2, 4, 5]
    assert torch.equal(solution.x[others], clean[others])
