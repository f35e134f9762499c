"""The natural gradient's direction F^-1 g, which NPG and TRPO share, and TRPO's search along it.

Kakade: A Natural Policy Gradient, 2001. The truncated solution by conjugate gradient is appendix C of Schulman et al.,
arXiv:1502.05477.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.numerics.arrays import Array
from rlbench.numerics.conjugate_gradient import conjugate_gradient, dot
from rlbench.numerics.line_search import Backtracking, line_search
from rlbench.numerics.surrogates import importance
from rlbench.policies.policy import Policy


class Start(NamedTuple):
    """Where a step begins."""

    policy: Policy
    theta: Tensor
    """`[S, P]`"""
    obs: Array
    """`[S, B, O]`"""
    pi: Any
    """The policy of theta at these states."""


class Direction(NamedTuple):
    """Where the natural gradient points."""

    gradient: Tensor
    """g, `[S, P]`"""
    x: Tensor
    """(F + damping)^-1 g, `[S, P]`"""
    curvature: Tensor
    """x'(F + damping)x, `[S]`"""
    positive: Tensor
    """False where curvature was met that is not positive, `[S]`."""
    metrics: Metrics
    """How the solution went."""

    def step_length_for_kl(self, target_kl: float) -> Tensor:
        """sqrt(2 delta / x'(F + damping)x), `[S]`: there the quadratic model's KL divergence is delta.

        0 where the curvature is not positive.
        """
        return torch.where(self.curvature > 0, (2 * target_kl / self.curvature).sqrt(), 0.0)


def surrogate_gradient(start: Start, actions: Array, advantage: Tensor) -> Tensor:
    """g = grad L at the start (eq. 14), where all ratios are 1; it is the policy gradient."""
    surrogate = importance(torch.ones_like(advantage), advantage)
    return start.policy.backward(start.pi, start.policy.d_log_prob(start.pi, actions, surrogate.slope))


def natural_direction(
    fisher: Callable[[Tensor], Tensor], gradient: Tensor, damping: float, iterations: int
) -> Direction:
    """Solve (F + damping) x = g, given v -> F v."""
    solution = conjugate_gradient(lambda v: fisher(v) + damping * v, gradient, iterations)
    curvature = dot(solution.x, solution.product)
    metrics = {"cg_iterations": solution.iterations, "cg_residual": solution.residual, "curvature": curvature}
    return Direction(gradient, solution.x, curvature, solution.positive & (curvature > 0), metrics)


def analytic_fisher(policy: Policy, theta: Tensor, pi: Any) -> Callable[[Tensor], Tensor]:
    """v -> F v, with the expectation over actions in each sampled state taken exactly."""
    return lambda v: policy.fisher_vector(theta, pi, v)


def empirical_fisher(policy: Policy, pi: Any, actions: Tensor) -> Callable[[Tensor], Tensor]:
    """v -> mean_b g_b (g_b'v), the covariance of the sampled actions' scores g_b = grad log pi(a_b|s_b)."""

    def product(v: Tensor) -> Tensor:
        along = policy.score_along(pi, actions, v)  # g_b'v
        return policy.backward(pi, policy.d_log_prob(pi, actions, along / actions.shape[1]))

    return product


def searched_step(
    start: Start,
    natural: Direction,
    length: Tensor,
    evaluate: Callable[[Any], tuple[Tensor, Tensor]],
    how: Backtracking,
) -> Metrics:
    """Move theta, in place, by length x or the first shortening of it that gains and stays within the trust region.

    `evaluate(pi)` gives another policy's gain over the start's and its distance from it, `[S]` each.
    """
    policy, theta, obs, old = start
    step = length.unsqueeze(1) * natural.x
    found = line_search(lambda candidate: evaluate(policy.at(candidate, obs)), theta, step, how)
    new = policy.at(found.theta, obs)
    kl, entropy = policy.kl(old, new), policy.entropy(new)  # before theta moves, which `old` may be a view of
    theta.copy_(found.theta)
    return {
        "status": step_status(natural, found.accepted),
        "kl": kl.mean(1),
        "kl_max": kl.amax(1),
        "surrogate_gain": found.gain,
        "backtracks": found.backtracks,
        "step_size": length,
        **natural.metrics,
        "entropy": entropy.mean(1),
    }


def step_status(natural: Direction, accepted: Tensor) -> Tensor:
    """How a step ended: 0 taken, 1 none was good enough, 2 curvature not positive, 3 not finite, 4 no gradient."""
    status = torch.where(accepted, 0.0, 1.0)
    status = torch.where(~accepted & ~natural.positive, 2.0, status)
    status = torch.where(~torch.isfinite(natural.gradient).all(1), 3.0, status)
    return torch.where((natural.gradient == 0).all(1), 4.0, status)
