"""Fisher matrices of a network's layers as Kronecker products (K-FAC).

Martens and Grosse: Optimizing Neural Networks with Kronecker-factored Approximate Curvature, 2015, arXiv:1503.05671.

Weights and biases of a layer are one matrix V = (W; b), `[S, I+1, O]`, whose input is x~ = (x, 1). The gradient of one
sample's log p is x~ dy', with dy the derivative to the layer's output y = V'x~. Where x~ and dy are independent, the
Fisher matrix of V, read row by row, is E[x~ x~'] (x) E[dy dy'] = A (x) G; and (A (x) G) times V is A V G.
"""

from typing import NamedTuple

from rlbench.numerics.arrays import Array, namespace


class Eigen(NamedTuple):
    """A symmetric matrix a seed, Q diag(values) Q'."""

    values: Array
    """`[S, n]`, none below 0"""
    vectors: Array
    """Q, `[S, n, n]`"""


def with_ones(x: Array) -> Array:
    """x~ = (x, 1): `[S, B, I]` to `[S, B, I+1]`."""
    xp = namespace(x)
    return xp.concat([x, xp.ones_like(x[..., :1])], -1)


def second_moment(x: Array) -> Array:
    """E[x x'] over samples `[S, B, n]`: `[S, n, n]`."""
    return (x.mT @ x) / x.shape[1]


def average_into(mean: Array, new: Array, share: Array) -> None:
    """mean (1 - share) + share new, in place, with a `share[S, 1, 1]` of each seed."""
    mean *= 1 - share
    mean += share * new


def eigen(matrix: Array) -> Eigen:
    """Eigenvalues and eigenvectors of E[x x'], `[S, n, n]`; rounding errors below 0 become 0.

    Where a seed's matrix is not finite its eigenvalues are NaN. LAPACK would refuse the other seeds' with it.
    """
    xp = namespace(matrix)
    finite = xp.isfinite(matrix).all((1, 2))
    identity = xp.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    values, vectors = xp.linalg.eigh(xp.where(finite[:, None, None], matrix, identity))
    return Eigen(xp.where(finite[:, None], values.clip(0), xp.nan), vectors)


def solve(inputs: Eigen, outputs: Eigen, damping: float, v: Array) -> Array:
    """(A (x) G + damping)^-1 V, exactly: in the eigenvectors of both factors the matrix is diagonal."""
    rotated = inputs.vectors.mT @ v @ outputs.vectors
    rotated /= inputs.values[:, :, None] * outputs.values[:, None, :] + damping
    return inputs.vectors @ rotated @ outputs.vectors.mT
