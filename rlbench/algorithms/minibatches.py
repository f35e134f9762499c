"""Passes over a batch in minibatches, in each seed's own random order."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.numerics.arrays import Array, array, namespace
from rlbench.numerics.moments import standardise

Data = TypeVar("Data", bound=Any)
"""A NamedTuple whose fields are `[S, B, ...]`."""


class Minibatch(NamedTuple):
    """Samples that PPO's loss is taken of; all fields are `[S, M]` but for observations and actions."""

    obs: Array
    actions: Array
    old_log_prob: Array
    target: Array
    old_value: Array
    advantage: Array


def minibatches(data: Data, order: Tensor, size: int) -> list[Data]:
    """The samples in each seed's own `order[S, n]`, cut into pieces of the same names."""
    parts = zip(*(_shuffled(field, order, size) for field in data), strict=True)
    return [type(data)(*part) for part in parts]


def _shuffled(x: Tensor, order: Tensor, size: int) -> list[Array]:
    first = torch.arange(len(x), device=x.device).unsqueeze(1) * x.shape[1]
    rows = (first + order).flatten()  # of all seeds' samples, one below the other: whole rows are copied at once
    ordered = array(x.flatten(0, 1).index_select(0, rows).view(*order.shape, *x.shape[2:]))
    return [ordered[:, at : at + size] for at in range(0, order.shape[1], size)]


def with_standard_advantages(parts: Sequence[Data]) -> list[Data]:
    """Each minibatch with its `advantage[S, M]` standardised. All but the last are of one size, and done at once."""
    *even, last = (part.advantage for part in parts)
    advantages = [*(standardise(namespace(last).stack(even)) if even else ()), standardise(last)]
    return [part._replace(advantage=advantage) for part, advantage in zip(parts, advantages, strict=True)]


def epoch_means(terms: Sequence[Metrics]) -> Metrics:
    """Means over a pass, `[S]`: of `[S, M]` terms over all samples, of `[S]` terms over the minibatches."""
    columns = {name: [each[name] for each in terms] for name in terms[0]}
    joined = {
        name: torch.cat(each, 1) if each[0].dim() == 2 else torch.stack(each, 1) for name, each in columns.items()
    }
    return {name: each.float().mean(1) for name, each in joined.items()}
