"""Kronecker factors, their eigenvectors and their damped inverse, against sums and matrices written out."""

import numpy as np
import pytest
import torch

from rlbench.numerics import kronecker

SEEDS, SAMPLES, INPUTS, OUTPUTS = 5, 40, 7, 3


@pytest.fixture(params=["numpy", "torch"])
def kind(request):
    """Makes a float32 array of either kind."""
    return np.asarray if request.param == "numpy" else torch.from_numpy


@pytest.fixture
def numbers():
    """Draws standard normals in float32."""
    rng = np.random.default_rng(0)
    return lambda *shape: rng.standard_normal(shape, dtype=np.float32)


def test_factors_are_means_of_outer_products(kind, numbers):
    x = numbers(SEEDS, SAMPLES, INPUTS)
    ones = np.concatenate([x, np.ones((SEEDS, SAMPLES, 1), np.float32)], -1)
    expected = [sum(np.outer(row, row) for row in seed.astype(float)) / SAMPLES for seed in ones]
    found = kronecker.second_moment(kronecker.with_ones(kind(x)))
    np.testing.assert_allclose(found, np.stack(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("damping", [1e-3, 0.1])
def test_solving_is_the_inverse_of_the_damped_kronecker_product_written_out(kind, numbers, damping):
    a, g = (kronecker.second_moment(kind(numbers(SEEDS, SAMPLES, size))) for size in (INPUTS, OUTPUTS))
    v = numbers(SEEDS, INPUTS, OUTPUTS)
    found = kronecker.solve(kronecker.eigen(a), kronecker.eigen(g), damping, kind(v))
    for seed in range(SEEDS):
        matrix = np.kron(np.asarray(a[seed], float), np.asarray(g[seed], float)) + damping * np.eye(INPUTS * OUTPUTS)
        expected = np.linalg.solve(matrix, v[seed].astype(float).ravel())
        np.testing.assert_allclose(np.asarray(found[seed]).ravel(), expected, rtol=1e-3, atol=1e-4)


def test_a_kronecker_product_times_a_matrix_is_a_product_on_each_side(kind, numbers):
    """Read row by row, (A (x) G) V = A V G: what `solve` undoes where there is next to no damping."""
    a, g = (kronecker.second_moment(kind(numbers(1, 400, size))) for size in (INPUTS, OUTPUTS))
    v = kind(numbers(1, INPUTS, OUTPUTS))
    product = (np.kron(np.asarray(a[0]), np.asarray(g[0])) @ np.asarray(v[0]).ravel()).reshape(INPUTS, OUTPUTS)
    np.testing.assert_allclose(np.asarray(a @ v @ g)[0], product, rtol=1e-4, atol=1e-5)
    found = kronecker.solve(kronecker.eigen(a), kronecker.eigen(g), 1e-9, kind(product[None]))
    np.testing.assert_allclose(found, np.asarray(v), rtol=1e-3, atol=1e-4)


def test_a_singular_factor_has_no_eigenvalue_below_0(kind, numbers):
    """Fewer samples than inputs: rounding would leave eigenvalues on either side of 0."""
    few = kronecker.eigen(kronecker.second_moment(kind(100 * numbers(SEEDS, 2, INPUTS))))
    assert (few.values >= 0).all()
    assert ((few.values > 0).sum(-1) < INPUTS).any()


def test_numbers_that_are_not_finite_stay_with_their_seed(kind, numbers):
    matrix = np.array(kronecker.second_moment(numbers(SEEDS, SAMPLES, INPUTS)))
    clean = kronecker.eigen(kind(matrix.copy()))
    matrix[1, 2, 2], matrix[3, 0, 1] = np.nan, np.inf
    found = kronecker.eigen(kind(matrix))
    for seed in range(SEEDS):
        if seed in (1, 3):
            assert np.isnan(np.asarray(found.values[seed])).all()
        else:
            assert (found.values[seed] == clean.values[seed]).all()
            assert (found.vectors[seed] == clean.vectors[seed]).all()


@pytest.mark.parametrize(("inputs", "outputs"), [(65, 64), (18, 64), (65, 6), (65, 1), (5, 1), (200, 129)])
def test_a_seed_is_the_same_bits_alone_and_in_company(numbers, inputs, outputs):
    """LAPACK and matrix products are called for several seeds at a time."""
    x, dy, v = numbers(SEEDS, 300, inputs - 1), numbers(SEEDS, 300, outputs), numbers(SEEDS, inputs, outputs)

    def learnt(rows):
        mean = np.ones((len(x[rows]), inputs, inputs), np.float32)
        a = kronecker.second_moment(kronecker.with_ones(x[rows]))
        kronecker.average_into(mean, a, np.full((len(a), 1, 1), 0.05, np.float32))
        found = kronecker.eigen(mean), kronecker.eigen(kronecker.second_moment(dy[rows]))
        return *found[0], *found[1], kronecker.solve(*found, 0.01, v[rows])

    together = learnt(slice(None))
    for seed in range(SEEDS):
        for one, all_of_them in zip(learnt(slice(seed, seed + 1)), together, strict=True):
            np.testing.assert_array_equal(one[0], all_of_them[seed])


def test_an_average_takes_its_share_of_the_new(kind):
    mean, new, share = (kind(np.array(each, np.float32).reshape(2, 1, 1)) for each in ([4, 8], [2, 4], [1, 0.25]))
    kronecker.average_into(mean, new, share)
    assert mean.ravel().tolist() == [2, 7]
