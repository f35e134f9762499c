"""What followed each step of a rollout, without a critic's opinion."""

import torch
from torch import Tensor


def discounted_returns(rewards: Tensor, done: Tensor, gamma: float) -> Tensor:
    """R_t = r_t + gamma R_{t+1}, up to the end of the episode or of the rollout; all is `[S, T, N]`."""
    carry = torch.where(done, 0.0, gamma).to(rewards.dtype)
    returns = torch.empty_like(rewards)
    ahead = torch.zeros_like(rewards[:, 0])
    for t in reversed(range(rewards.shape[1])):
        ahead = torch.addcmul(rewards[:, t], carry[:, t], ahead)
        returns[:, t] = ahead
    return returns
