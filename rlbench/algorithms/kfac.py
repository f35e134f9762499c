"""The natural gradient of a network by Kronecker-factored curvature (K-FAC), and steps along it in a trust region.

Martens and Grosse: Optimizing Neural Networks with Kronecker-factored Approximate Curvature, 2015, arXiv:1503.05671; as
Wu et al. 2017, arXiv:1708.05144, use it. What is remembered of a network's curvature is a dict: running averages of
each layer's factors A and G, their eigenvalues and eigenvectors as of the latest decomposition, and the last step.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import State
from rlbench.numerics import kronecker
from rlbench.numerics.arrays import Array, alike, array, namespace, tensor
from rlbench.numerics.kronecker import Eigen
from rlbench.numerics.optimizers import keep_rows, restore_rows
from rlbench.policies.network import Network, Tape
from rlbench.policies.parameters import Parameters


class Step(NamedTuple):
    """A step with momentum, before it is taken."""

    theta: Tensor
    """`[S, P]`; the old row to the bit where the step was not accepted."""
    velocity: Tensor
    """`[S, P]`, likewise"""
    accepted: Tensor
    """Whether all numbers of the step are finite, `[S]`."""
    length: Tensor
    """eta, `[S]`"""


def factors(network: Network) -> Iterator[tuple[str, int]]:
    """The name and the size of each layer's two factors, A and G."""
    for layer, (inputs, outputs) in enumerate(pairwise(network.sizes)):
        yield from ((f"A{layer}", inputs + 1), (f"G{layer}", outputs))


def curvature_bytes(network: Network) -> int:
    """What a seed remembers of the factors."""
    return sum(4 * (2 * size * size + size) for _, size in factors(network))


def initial_curvature(network: Network, theta: Tensor) -> State:
    """No batch taken in, and no step."""

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(len(theta), *shape, device=theta.device)

    averages = {
        name: {"mean": zeros(size, size), "values": zeros(size), "vectors": zeros(size, size)}
        for name, size in factors(network)
    }
    return {"velocity": torch.zeros_like(theta), "batches": zeros(1, 1), **averages}


def update_curvature(state: State, network: Network, tape: Tape, scores: Array, decay: float, period: int) -> None:
    """Take a batch into the running averages of all factors, and decompose them anew where that is due.

    `scores[S, B, O]` are derivatives of log p to the network's outputs, each at a sample drawn from p itself. The first
    batches weigh alike (Martens and Grosse, section 5). Decompositions are amortised: in `period` batches there is one
    but at the start, where the averages change most.
    """
    batches = state["batches"]
    due = ((batches < period) | (batches % period == 0)).view(-1)
    batches += 1
    share = alike(torch.maximum(1 / batches, torch.full_like(batches, 1 - decay)), tape.inputs[0])
    for layer, dy in network.layer_gradients(tape, scores):
        for factor, samples in (("A", kronecker.with_ones(tape.inputs[layer])), ("G", dy)):
            mean = alike(state[f"{factor}{layer}"]["mean"], samples)
            kronecker.average_into(mean, kronecker.second_moment(samples), share)
    if due.any():
        decompose(state, network, due)


def rescale_curvature(state: State, network: Network, change: Array) -> None:
    """What is remembered as if the last layer had always been what it is after a multiplication by `change[S, 1]`.

    Its own gradients of outputs stay what they are; those that flow through it to the layers before are multiplied.
    """
    network.multiply_last_layer(state["velocity"], change)
    for layer in range(len(network.sizes) - 2):
        for name in ("mean", "values"):
            factor = array(state[f"G{layer}"][name])
            factor *= (change * change).reshape(-1, *[1] * (factor.ndim - 1))


def decompose(state: State, network: Network, rows: Tensor) -> None:
    """Eigenvalues and eigenvectors of all factors as they now are, for the seeds marked in `rows[S]`."""
    for name, _ in factors(network):
        factor = state[name]
        new = kronecker.eigen(array(factor["mean"]))
        restore_rows([factor[field] for field in Eigen._fields], [tensor(each) for each in new], rows)


def natural_gradient(
    state: State, network: Network, damping: float, fisher_of_rest: float = 0
) -> Callable[[Tensor | Parameters], Tensor]:
    """The function g -> x = (F + damping)^-1 g, `[S, P]`, with F block-diagonal: A (x) G of each layer.

    The parameters after the network's have the Fisher information `fisher_of_rest` each.
    """
    eigen = {name: Eigen(*(array(state[name][field]) for field in Eigen._fields)) for name, _ in factors(network)}

    def solve(gradient: Tensor | Parameters) -> Tensor:
        slopes = network.parameters(gradient)
        x = slopes.vector / (fisher_of_rest + damping)
        for layer, (slope, direction) in enumerate(zip(slopes.layers, network.parameters(x).layers, strict=True)):
            v = namespace(slope[0]).concat(slope, 1)  # [S, I+1, O]
            solution = kronecker.solve(eigen[f"A{layer}"], eigen[f"G{layer}"], damping, v)
            for part, solved in zip(direction, (solution[:, :-1], solution[:, -1:]), strict=True):
                part[...] = solved
        return x

    return solve


def trust_region_step(
    theta: Tensor, velocity: Tensor, x: Tensor, curvature: Tensor, longest: Tensor, target_kl: float, momentum: float
) -> Step:
    """Along x by eta = min(eta_max, sqrt(2 delta / x'Fx)), averaged with the steps before (momentum).

    `curvature[S]` is x'Fx, `longest[S, 1]` eta_max. The rule for eta is that of Wu et al., section 3.2. An average of
    steps that each lie in the trust region lies in it, too, as long as F stays the same.
    """
    length = torch.minimum(longest.to(x).squeeze(1), (2 * target_kl / curvature).sqrt())
    moving = momentum * velocity + (1 - momentum) * (length.unsqueeze(1) * x)
    moved = theta + moving
    accepted = torch.isfinite(moved).all(1)
    return Step(keep_rows(accepted, moved, theta), keep_rows(accepted, moving, velocity), accepted, length)
