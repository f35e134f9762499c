"""The adaptive weight of a penalty on the KL divergence."""

import torch
from torch import Tensor

SMALLEST, LARGEST = 2.0**-20, 2.0**20


def adapt_penalty(beta: Tensor, kl: Tensor, target: float) -> Tensor:
    """Halve beta where the KL divergence is below target / 1.5, double it where it is above 1.5 target.

    Schulman et al. 2017, arXiv:1707.06347, section 4. The bounds are not the paper's: a beta of 0 would stay 0.
    """
    factor = torch.where(kl > 1.5 * target, 2.0, torch.where(kl < target / 1.5, 0.5, 1.0))
    return (beta * factor).clamp(SMALLEST, LARGEST)
