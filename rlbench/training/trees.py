"""Functions on trees: nested dicts of tensors whose first axis is the seed."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

Tree = dict[str, Any]


def leaves(tree: Tree) -> Iterator[Tensor]:
    """All tensors of a tree."""
    for value in tree.values():
        if isinstance(value, dict):
            yield from leaves(value)
        else:
            yield value


def to_device(tree: Tree, device: torch.device | str) -> Tree:
    """The tree with every tensor on a device."""
    return {
        key: to_device(value, device) if isinstance(value, dict) else value.to(device) for key, value in tree.items()
    }


def select(tree: Tree, rows: Sequence[int]) -> Tree:
    """A copy with the given seeds only."""
    index = torch.tensor(rows)
    return {
        key: select(value, rows) if isinstance(value, dict) else value[index.to(value.device)]
        for key, value in tree.items()
    }


def join(trees: Sequence[Tree]) -> Tree:
    """Concatenate trees along the seeds."""
    return {
        key: join([tree[key] for tree in trees])
        if isinstance(value, dict)
        else torch.cat([tree[key] for tree in trees])
        for key, value in trees[0].items()
    }


def put_back(tree: Tree, before: Tree, rows: Tensor) -> Tree:
    """The tree with the seeds marked in `rows[S]` replaced by those of `before`."""

    def choose(now: Tensor, then: Tensor) -> Tensor:
        return torch.where(rows.to(now.device).view(-1, *[1] * (now.dim() - 1)), then.to(now.device), now)

    return {
        key: put_back(value, before[key], rows) if isinstance(value, dict) else choose(value, before[key])
        for key, value in tree.items()
    }


def finite(tree: Tree) -> Tensor:
    """`[S]`, on the CPU: True for a seed whose numbers are all finite."""
    return torch.stack([torch.isfinite(leaf).flatten(1).all(1).cpu() for leaf in leaves(tree)]).all(0)
