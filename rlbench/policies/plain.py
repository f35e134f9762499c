"""A trained policy as plain arrays: what other programs need in order to act as it does, without torch."""

from typing import NamedTuple

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array
from rlbench.policies.network import Network
from rlbench.policies.normaliser import LIMIT, Moments, scale_and_shift

LEAST_LOGIT = -1e30
"""Takes the place of log 0 in a table: a product of 0 and infinity would be no number."""


class PlainPolicy(NamedTuple):
    """clip(x scale + shift), then layers with tanh between them. All arrays are float32."""

    scale: np.ndarray
    """`[O]`"""
    shift: np.ndarray
    """`[O]`"""
    limit: float
    """Normalised observations are clipped to plus and minus this."""
    layers: list[tuple[np.ndarray, np.ndarray]]
    """Weights `[I, O]` and bias `[O]` of each layer. The last layer gives the action, or a number for each choice, of
    which the largest is taken."""
    log_std: np.ndarray | None
    """`[A]`: the standard deviations of sampled actions; None where actions are choices or never sampled."""

    def output(self, obs: np.ndarray) -> np.ndarray:
        """What the last layer gives for observations `[N, O]`."""
        x = np.clip(np.float32(obs) * self.scale + self.shift, -self.limit, self.limit)
        *hidden, (weight, bias) = self.layers
        for hidden_weight, hidden_bias in hidden:
            x = np.tanh(x @ hidden_weight + hidden_bias)
        return x @ weight + bias


def plain_policy(moments: Moments, network: Network, theta: Tensor, log_std: Array | None = None) -> PlainPolicy:
    """The plain form of the first seed's normaliser and network."""
    scale, shift = scale_and_shift(moments)
    layers = [(_copy(weight), _copy(bias)) for weight, bias in network.layers_of(theta, 0)]
    return PlainPolicy(
        _copy(scale[0, 0]), _copy(shift[0, 0]), LIMIT, layers, None if log_std is None else _copy(log_std)
    )


def plain_table(log_policy: np.ndarray) -> PlainPolicy:
    """The plain form of log-probabilities `[X, A]` of actions in each state: one layer on one-hot states."""
    states, actions = log_policy.shape
    weight = np.maximum(log_policy, np.float32(LEAST_LOGIT))
    ones, zeros = np.ones(states, np.float32), np.zeros(states, np.float32)
    return PlainPolicy(ones, zeros, 1.0, [(weight, np.zeros(actions, np.float32))], None)


def _copy(x: Array) -> np.ndarray:
    """A copy with the same order in memory, on which the last bits of a matrix product depend."""
    found = x.numpy(force=True) if isinstance(x, Tensor) else x
    return found.copy(order="K")
