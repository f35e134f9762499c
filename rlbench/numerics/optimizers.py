"""First-order steps on a flat theta[S, P]. State is a dict of tensors, changed in place."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from rlbench.numerics import arrays

OptimizerState = dict[str, Tensor]

GRADIENT_POWERS = {"m": 1, "v": 2}
"""Moments of gradients in an optimiser's state, and the power of the gradient that each is a mean of."""


def adam_state(theta: Tensor) -> OptimizerState:
    """Zero moments, and a step count for each seed."""
    count = torch.zeros(theta.shape[0], 1, device=theta.device)
    return {"m": torch.zeros_like(theta), "v": torch.zeros_like(theta), "t": count}


class Adam:
    """Descent steps of Adam (Kingma and Ba 2015, algorithm 1), beta = (0.9, 0.999), on given vectors, in place.

    On a CPU torch's fused kernel is called with each seed's row as a vector of its own. That keeps the bits of a seed
    independent of the others, and takes a third of the time of one pass per operation. The rows are sliced once, here.
    On a GPU each operation works on all rows.
    """

    def __init__(self, state: OptimizerState, theta: Tensor, gradient: Tensor, eps: float = 1e-5) -> None:
        self._state, self._theta, self._gradient, self._eps = state, theta, gradient, eps
        self._rows = [each.unbind(0) for each in (theta, gradient, state["m"], state["v"], state["t"])]

    def step(self, rate: Tensor) -> None:
        """One step along the present content of the gradient; `rate` is `[S, 1]`."""
        if not arrays.is_open(self._theta):
            adam_by_operations(self._state, self._theta, self._gradient, rate.to(self._theta), self._eps)
            return
        rates = rate.flatten().tolist()
        for common in set(rates):
            marked = [row for row, own in enumerate(rates) if own == common]
            rows, slopes, m, v, t = ([each[row] for row in marked] for each in self._rows)
            adam(
                rows,
                slopes,
                m,
                v,
                [],
                t,
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                lr=common,
                weight_decay=0.0,
                eps=self._eps,
                maximize=False,
            )


def adam_step(state: OptimizerState, theta: Tensor, gradient: Tensor, rate: Tensor, eps: float = 1e-5) -> None:
    """One step of Adam; `rate` is `[S, 1]`."""
    Adam(state, theta, gradient, eps).step(rate)


def adam_by_operations(state: OptimizerState, theta: Tensor, gradient: Tensor, rate: Tensor, eps: float = 1e-5) -> None:
    """The same step, by elementwise operations on all seeds."""
    m, v, t = state["m"], state["v"], state["t"].add_(1)
    m.lerp_(gradient, 0.1)
    v.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
    unbiased = (v / (1 - 0.999**t)).sqrt_().add_(eps)
    theta.sub_((rate / (1 - 0.9**t)) * m / unbiased)


def rate_for(theta: Tensor, rate: Tensor) -> Tensor:
    """The rate `[S, 1]` on the device of theta; on a CPU it is left as it is."""
    return rate if theta.is_cpu else rate.to(theta.device, torch.float32)


def rmsprop_state(theta: Tensor) -> OptimizerState:
    """A second moment of zero."""
    return {"v": torch.zeros_like(theta)}


def rmsprop_step(state: OptimizerState, theta: Tensor, gradient: Tensor, rate: Tensor, eps: float = 1e-5) -> None:
    """One descent step of RMSprop with decay 0.99, eps outside the root as in torch, in place; `rate` is `[S, 1]`."""
    state["v"].mul_(0.99).addcmul_(gradient, gradient, value=0.01)
    theta.sub_((gradient * rate.to(gradient)).div_(state["v"].sqrt().add_(eps)))


def save_rows(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Copies of the tensors, for `restore_rows`."""
    return [each.clone() for each in tensors]


def restore_rows(tensors: Sequence[Tensor], saved: Sequence[Tensor], rows: Tensor) -> None:
    """Restore the saved values of the seeds marked in `rows[S]`, in place."""
    for now, then in zip(tensors, saved, strict=True):
        now.copy_(keep_rows(rows, then, now))


def keep_rows(rows: Tensor, before: Tensor, now: Tensor) -> Tensor:
    """`before[S, ...]` for the seeds marked in `rows[S]`, `now[S, ...]` for the others."""
    return torch.where(rows.view(-1, *[1] * (now.dim() - 1)), before, now)


def clip_norm(gradient: Tensor, limit: float) -> Tensor:
    """Scale each seed's gradient `[S, P]` to at most `limit`, in place; return the norms `[S]` before."""
    slopes = arrays.array(gradient)
    if isinstance(slopes, np.ndarray):
        norms = np.sqrt(np.vecdot(slopes, slopes))
        factors = np.minimum(limit / (norms + 1e-6), 1)
        if (factors != 1).any():  # true for NaN too, so that a seed's result does not depend on the other seeds
            slopes *= factors[:, None]
        return torch.from_numpy(norms)
    norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    gradient.mul_((limit / (norm + 1e-6)).clamp(max=1))
    return norm.squeeze(1)
