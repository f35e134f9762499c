"""Views of a vector, kept as long as the vector lives: an optimiser works on the same vectors again and again, and
cutting them into views takes as long as a small product.
"""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.autograd import forward_ad

Views = TypeVar("Views")


def is_differentiated(x: Tensor) -> bool:
    """Whether torch records what is done with x, backward or forward."""
    return (x.requires_grad and torch.is_grad_enabled()) or forward_ad.unpack_dual(x).tangent is not None


def kept_with_vector(cut: Callable[..., Views]) -> Callable[..., Views]:
    """`cut(vector, *how)`, whose answers are kept until the vector dies, by the vector's identity and `how`.

    `cut` is given an alias of the vector, another tensor with the same memory: views of the vector itself would keep it
    alive. Nothing is kept of a vector that torch differentiates; its views are torch's own.
    """
    kept: dict[int, tuple[weakref.ref[Tensor], dict[Any, Views]]] = {}

    def forget(dead: weakref.ref[Tensor], key: int) -> None:
        if key in kept and kept[key][0] is dead:
            del kept[key]

    @wraps(cut)
    def views(vector: Tensor, *how: Any) -> Views:
        key = id(vector)
        known = kept.get(key)
        if known is None or known[0]() is not vector or vector.requires_grad:
            if is_differentiated(vector):
                return cut(vector, *how)
            known = kept[key] = weakref.ref(vector, lambda dead: forget(dead, key)), {}
        answers = known[1]
        if how not in answers:
            answers[how] = cut(vector.data, *how)
        return answers[how]

    return views
