"""Generalised advantage estimation (Schulman et al. 2016, arXiv:1506.02438, eq. 16), with the time-limit rule.

`terminated` means that nothing follows: it removes the bootstrap. `done` (terminated or cut off by a time limit)
means that the next row belongs to another episode: it cuts the chain of lambda, and the next value is the one of the
true final observation.
"""

import torch
from torch import Tensor


def gae(
    rewards: Tensor,
    values: Tensor,
    next_values: Tensor,
    terminated: Tensor,
    done: Tensor,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """A_t = sum_l (gamma lambda)^l delta_{t+l}. Tensors are `[S, T, N]`; `next_values`: V of the true next ones."""
    bootstrap = torch.where(terminated, 0.0, next_values)
    delta = rewards + gamma * bootstrap - values  # the TD residual
    carry = torch.where(done, 0.0, gamma * gae_lambda).to(delta.dtype)
    by_time = [each.transpose(0, 1).contiguous() for each in (delta, carry)]  # [T, S, N]: contiguous for each step
    advantages = torch.empty_like(by_time[0])
    following = torch.zeros_like(delta[:, 0])  # A_{t+1}
    for a, d, c in reversed(list(zip(advantages, *by_time, strict=True))):
        following = torch.addcmul(d, c, following, out=a)  # A_t = delta_t + gamma lambda A_{t+1}; delta_t where done
    return advantages.transpose(0, 1).contiguous()
