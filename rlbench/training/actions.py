"""Checks that an algorithm's actions fit the environment, at the first step of each rollout."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from rlbench.algorithms.contract import Space
from rlbench.errors import Fault, say_value


def checked_at_first(act: Callable[..., Tensor], check: Callable[[Any], None]) -> Callable[..., Tensor]:
    """The function `act`, with `check` applied to its first result."""
    unchecked = True

    def call(*arguments: Any) -> Tensor:
        nonlocal unchecked
        action = act(*arguments)
        if unchecked:
            check(action)
            unchecked = False
        return action

    return call


def check_actions(action: Any, space: Space, seeds: int, worlds: int, finite: bool) -> None:
    """Raise a Fault if actions are not a real tensor `[S, N, A]` of values that the environment takes.

    `finite` also refuses NaN: right for a policy that has not learnt yet, while one that has learnt may have diverged,
    which ends its seed only. On a GPU only the shape is checked, to avoid a synchronisation.
    """
    shape = [seeds, worlds, space.action_size]
    if not isinstance(action, Tensor):
        raise Fault(f"its actions are {say_value(action)}, not a tensor")
    if list(action.shape) != shape or action.is_complex():
        kind = "complex numbers" if action.is_complex() else "numbers"
        raise Fault(f"its actions are {kind} of shape {list(action.shape)}; the environment takes {shape}")
    if action.device.type != "cpu":
        return
    values = action.detach().double()
    missing = values.isnan()
    if finite and bool(missing.any()):
        raise Fault("its actions are not numbers (NaN), before it has learnt anything")
    if space.num_actions is not None:
        wrong = ~missing & ((values != values.round()) | (values < 0) | (values >= space.num_actions))
        if bool(wrong.any()):
            raise Fault(
                f"its action {values[wrong][0].item():g} is none of the environment's {space.num_actions} actions: "
                f"the whole numbers from 0 to {space.num_actions - 1}"
            )
