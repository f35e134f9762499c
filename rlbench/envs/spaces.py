"""Conversion between Gymnasium's spaces and vectors of numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from rlbench.errors import Fault, UserError, say_value

MOST_STATES = 100_000
"""The most values that a discrete observation may have; it becomes a one-hot vector of that length."""


def observation_encoder(env_id: str, space: Space) -> tuple[int, Callable[[Any], np.ndarray]]:
    """The size of the observation vector, and the function that makes it; that raises a Fault for a wrong value."""
    _refuse_nothing(env_id, "observes", space)
    if isinstance(space, Box) and len(space.shape) == 1:
        return space.shape[0], _vector(env_id, space.shape, space.dtype)
    if isinstance(space, Discrete):
        if space.n > MOST_STATES:
            raise UserError(
                f"{env_id} observes {_one_line(space)}; at most {MOST_STATES:,} states can be learned from."
            )
        return int(space.n), _one_hot(env_id, int(space.n), int(space.start))
    raise UserError(f"{env_id} observes {_one_line(space)}; only a Discrete or a flat Box can be learned from.")


def action_decoder(env_id: str, space: Space) -> tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], Any]]:
    """Lowest and highest action [A], and the function that turns A float32 numbers into an action."""
    _refuse_nothing(env_id, "takes actions of", space)
    if isinstance(space, Box) and len(space.shape) == 1 and np.issubdtype(space.dtype, np.floating):
        dtype = space.dtype
        return space.low.astype(np.float32), space.high.astype(np.float32), lambda numbers: numbers.astype(dtype)
    if isinstance(space, Discrete):
        first = int(space.start)
        # NaN, from a policy that diverged, becomes some valid action, so that other seeds can go on.
        return (
            np.zeros(1, np.float32),
            np.full(1, space.n - 1, np.float32),
            lambda numbers: first + (0 if np.isnan(numbers[0]) else int(numbers[0])),
        )
    raise UserError(f"{env_id} takes actions of {_one_line(space)}; only Discrete and a flat Box of floats are known.")


def _vector(env_id: str, shape: tuple[int, ...], dtype: Any) -> Callable[[Any], np.ndarray]:
    def encode(seen: Any) -> np.ndarray:
        if type(seen) is np.ndarray and seen.shape == shape and seen.dtype == dtype:
            return seen
        array = _array(seen)  # any real type is accepted, as it is converted anyway
        if array.shape != shape or array.dtype.kind not in "biuf":
            kind, space = (f"{each.dtype} of shape {list(each.shape)}" for each in (array, np.empty(shape, dtype)))
            raise Fault(f"{env_id}: its observation is {say_value(seen)}, {kind}; its space says {space}")
        return array

    return encode


def _one_hot(env_id: str, states: int, first: int) -> Callable[[Any], np.ndarray]:
    def encode(seen: Any) -> np.ndarray:
        state = _array(seen)
        if state.shape != () or state.dtype.kind not in "iu" or not 0 <= state - first < states:
            raise Fault(
                f"{env_id}: its observation is {say_value(seen)}, none of the {states} whole numbers from {first}"
            )
        one_hot = np.zeros(states)
        one_hot[int(state) - first] = 1
        return one_hot

    return encode


def _array(seen: Any) -> np.ndarray:
    try:
        return np.asarray(seen)
    except Exception:  # the value cannot be converted to an array
        return np.empty((), dtype=object)


def _refuse_nothing(env_id: str, what: str, space: Space) -> None:
    """Raise a UserError for an empty space."""
    if isinstance(space, Box) and 0 in space.shape:
        raise UserError(f"{env_id} {what} {_one_line(space)}, which is nothing: a policy needs a number at least.")


def _one_line(what: object) -> str:
    return " ".join(str(what).split())
