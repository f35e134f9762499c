"""The network's hand-written derivatives against autograd, and a seed's bits among others."""

import numpy as np
import pytest
import torch
from plain_network import plain

from rlbench.policies.network import Network, padded

SHAPES = [(11, 64, 64, 3), (4, 64, 64, 1), (3, 10, 5, 2), (2, 7, 1), (5, 2), (5, 1), (27, 30, 8)]


def example(sizes, seeds=3, batch=16):
    network = Network(sizes)
    rng = torch.Generator().manual_seed(1)
    theta = torch.randn(seeds, padded(network.size), generator=rng) * 0.5
    return network, theta, torch.randn(seeds, batch, sizes[0], generator=rng)


@pytest.mark.parametrize("sizes", SHAPES)
def test_forward_is_the_plain_formula(sizes):
    network, theta, x = example(sizes)
    expected, at = plain(theta, sizes, x)
    assert at == network.size
    torch.testing.assert_close(network(theta, x), expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(network.forward(theta, x)[0], network(theta, x))


@pytest.mark.parametrize("sizes", SHAPES)
def test_vjp_and_jvp_are_autograds(sizes):
    network, theta, x = example(sizes)
    dy = torch.randn(3, 16, sizes[-1], generator=torch.Generator().manual_seed(2))
    v = torch.randn(theta.shape, generator=torch.Generator().manual_seed(3))

    def output(parameters):
        return plain(parameters, sizes, x)[0]

    pulled_back = torch.autograd.functional.vjp(output, theta, dy)[1]
    pushed_forward = torch.autograd.functional.jvp(output, theta, v)[1]
    _, tape = network.forward(theta, x)
    torch.testing.assert_close(network.vjp(tape, dy, torch.zeros_like(theta)), pulled_back, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(network.jvp(tape, v), pushed_forward, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("batch", [1, 16, 100])
def test_a_seed_alone_has_the_bits_it_has_among_others(sizes, batch):
    network, theta, x = example(sizes, seeds=7, batch=batch)
    y, tape = network.forward(theta, x)
    gradient = network.vjp(tape, y, torch.zeros_like(theta))
    moved = network.jvp(tape, gradient)
    for rows in ([3], [2, 3], [3, 4, 5]):
        at = rows.index(3)
        own = theta[rows].clone()
        y_alone, tape_alone = network.forward(own, x[rows].clone())
        gradient_alone = network.vjp(tape_alone, y_alone, torch.zeros_like(own))
        assert torch.equal(y_alone[at], y[3])
        assert torch.equal(gradient_alone[at], gradient[3])
        assert torch.equal(network.jvp(tape_alone, gradient_alone)[at], moved[3])


def test_a_part_of_a_longer_vector_serves_as_theta():
    network, theta, x = example((4, 64, 64, 1))
    longer = torch.cat([torch.ones(3, 128), theta], 1)
    part, out = longer[:, 128:], torch.zeros_like(longer)
    y, tape = network.forward(part, x)
    network.vjp(tape, y, out[:, 128:])
    assert torch.equal(y, network(theta, x))
    assert torch.equal(out[:, 128:], network.vjp(tape, y, torch.zeros_like(theta)))
    assert (out[:, :128] == 0).all()


def test_starts_orthogonal_with_the_given_gains():
    network = Network((11, 64, 64, 3), last_gain=0.01)
    row = torch.from_numpy(network.initial(np.random.default_rng(0))).unsqueeze(0)
    (first, bias), (second, _), (last, _) = network.differentiable(row).layers
    torch.testing.assert_close(first[0] @ first[0].T, 2 * torch.eye(11), atol=1e-5, rtol=0)
    torch.testing.assert_close(second[0] @ second[0].T, 2 * torch.eye(64), atol=1e-5, rtol=0)
    torch.testing.assert_close(last[0].T @ last[0], 1e-4 * torch.eye(3), atol=1e-8, rtol=0)
    assert (bias == 0).all()


def test_the_fast_tanh_is_tanh():
    """Seen through layers that change nothing else."""
    x = torch.linspace(-20, 20, 6400).view(1, 100, 64)
    network, unchanged = Network((64, 64, 64)), torch.cat([torch.eye(64).flatten(), torch.zeros(64)])
    theta = torch.cat([unchanged, unchanged]).unsqueeze(0)
    torch.testing.assert_close(network(theta, x), torch.tanh(x), atol=3e-7, rtol=0)
