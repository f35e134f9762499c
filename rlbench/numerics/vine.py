"""The vine's surrogates: what a policy would gain in the states of a rollout set, from Q of a few actions in each.

Schulman et al.: Trust Region Policy Optimization, 2015, arXiv:1502.05477, section 5.2. All is `[S, R, K]`: seeds,
states, actions tried. A surrogate is `[S]`, and its slopes are its derivatives with respect to log pi(a_k|s_r).
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Surrogate(NamedTuple):
    """L and its derivatives."""

    value: Tensor
    """`[S]`"""
    slopes: Tensor
    """dL / d log pi, `[S, R, K]`"""


def over_all_actions(log_prob: Tensor, q: Tensor) -> Surrogate:
    """Eq. 15: L = mean_r sum_a pi(a|s_r) Q(s_r, a), where all actions were tried."""
    slopes = log_prob.exp() * q / q.shape[1]  # d pi / d log pi = pi
    return Surrogate(slopes.sum((1, 2)), slopes)


def self_normalised(log_prob: Tensor, log_q: Tensor, q: Tensor) -> Surrogate:
    """Eq. 16: L = mean_r sum_k w_k Q_k / sum_k w_k, with w = pi / q and the actions drawn from q.

    It needs no baseline: a constant added to all Q of a state moves no slope.
    """
    shares = torch.softmax(log_prob - log_q, -1)  # w_k / sum w
    means = (shares * q).sum(-1, keepdim=True)
    return Surrogate(means.mean((1, 2)), shares * (q - means) / q.shape[1])


def spread(q: Tensor) -> Tensor:
    """Mean over states of the variance of Q_i - Q_j over the pairs of actions tried there, `[S]`."""
    branches = q.shape[-1]
    deviation = q - q.mean(-1, keepdim=True)
    return 2 * deviation.square().sum(-1).mean(1) / max(1, branches - 1)


def discounted_sums(rewards: Tensor, gamma: float) -> Tensor:
    """sum_t gamma^t r_t of `rewards[S, H, R, K]`."""
    discounts = gamma ** torch.arange(rewards.shape[1], dtype=rewards.dtype, device=rewards.device)
    return (discounts.view(-1, 1, 1) * rewards).sum(1)
