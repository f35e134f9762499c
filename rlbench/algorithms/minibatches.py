"""Passes over a batch in minibatches, in each seed's own random order."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.numerics.arrays import Array, array, stack
from rlbench.numerics.moments import standardise


def minibatches(x: Tensor, order: Tensor, size: int) -> list[Array]:
    """`x[S, B, ...]` in each seed's own `order[S, n]`, cut along n."""
    first = torch.arange(len(x), device=x.device).unsqueeze(1) * x.shape[1]
    rows = (first + order).flatten()  # of all seeds' samples, one below the other: whole rows are copied at once
    ordered = array(x.flatten(0, 1).index_select(0, rows).view(*order.shape, *x.shape[2:]))
    return [ordered[:, at : at + size] for at in range(0, order.shape[1], size)]


def standardise_each(advantages: Sequence[Array]) -> list[Array]:
    """Each minibatch's advantages, `[S, M]`, standardised; all minibatches but the last one are of one size."""
    *even, last = advantages
    return [*(standardise(stack(even)) if even else ()), standardise(last)]


def epoch_means(terms: Sequence[Metrics]) -> Metrics:
    """Means over a pass, `[S]`: of `[S, M]` terms over all samples, of `[S]` terms over the minibatches."""
    columns = {name: [each[name] for each in terms] for name in terms[0]}
    joined = {
        name: torch.cat(each, 1) if each[0].dim() == 2 else torch.stack(each, 1) for name, each in columns.items()
    }
    return {name: each.float().mean(1) for name, each in joined.items()}
