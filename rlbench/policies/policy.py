"""The interface of policies: distributions over actions, and their derivatives by the parameters theta.

`pi` stands for what a policy's `at` returns: its distributions at given states, with all that derivatives need.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array
from rlbench.policies.heads import HeadGradient
from rlbench.policies.network import Network
from rlbench.policies.parameters import Parameters


class Policy(Protocol):
    """Maps parameters `theta[S, P]` and states `[S, B, O]` to a distribution over actions in each state."""

    @property
    def network(self) -> Network:
        """The network that maps a state to the parameters of its distribution."""

    @property
    def size(self) -> int:
        """The number of parameters P, padding included."""

    @property
    def num_parameters(self) -> int:
        """The number of parameters without padding: those that are learnt."""

    @property
    def fisher_outside_network(self) -> float:
        """The Fisher information of each parameter that is not the network's; 0 where there are none.

        Each is orthogonal to all other parameters: their block of the Fisher matrix is diagonal.
        """

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """Initial parameters of one seed, `[P]`."""

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """The random numbers that sampling an action takes, `[*shape, K]`; zeros give the most likely action."""

    def acting(self, theta: Tensor | Parameters) -> Callable[[Array, Array], Array]:
        """A function of obs `[S, B, O]` and noise `[S, B, K]` that returns actions `[S, B, A]` under this theta."""

    def at(self, theta: Tensor | Parameters, obs: Array) -> Any:
        """The distributions at the states `[S, B, O]`, as the other methods take them."""

    def log_prob(self, pi: Any, actions: Array) -> Array:
        """log pi(a|s), `[S, B]`."""

    def entropy(self, pi: Any) -> Array:
        """The entropy in each state, `[S, B]`, or `[S, 1]` where it is the same in every state."""

    def kl(self, old: Any, new: Any) -> Array:
        """KL(old || new) in each state, `[S, B]`."""

    # An objective is a sum of terms. Each term is differentiated by the distribution's parameters only; `backward` then
    # propagates the sum of these derivatives through the network, once for all terms.

    def d_log_prob(self, pi: Any, actions: Array, slope: Array) -> HeadGradient:
        """The derivative of sum_b slope_b log pi(a_b|s_b), with a surrogate's `slope[S, B]`."""

    def d_kl(self, old: Any, pi: Any, beta: Array | float = 1.0) -> HeadGradient:
        """The derivative of beta mean KL(old || pi) over the states; old is constant, beta is `[S, 1]`."""

    def d_entropy(self, pi: Any, coef: float = 1.0) -> HeadGradient:
        """The derivative of coef times the mean entropy over the states."""

    def d_of(self, function: Callable[[Any], Tensor], pi: Any) -> HeadGradient:
        """The derivative that `value_and_d_of` returns, without the value."""

    def value_and_d_of(self, function: Callable[[Any], Tensor], pi: Any) -> tuple[Array, HeadGradient]:
        """The value of any `function(pi)` and its derivative by automatic differentiation, for experiments.

        The function is given a pi of tensors, not arrays, and may call `log_prob`, `entropy` and `kl` with it. For 64
        samples of 5 seeds on a CPU this takes 0.7 ms; a derivative written by hand takes 0.05 ms, and the passes
        through two layers of 64 units take 1 ms.
        """

    def backward(self, pi: Any, d: HeadGradient, out: Tensor | Parameters | None = None) -> Tensor:
        """The gradient `[S, P]` of an objective, from its derivative d by the distribution's parameters.

        It is written into `out` if that is given. `out` holds zeros or an earlier gradient of the same policy, and may
        be a part of a longer vector.
        """

    def score_square_norm(self, pi: Any, actions: Array) -> Array:
        """The squared norm of each score, |grad log pi(a_b|s_b)|^2, `[S, B]`."""

    def score_along(self, pi: Any, actions: Array, v: Tensor) -> Array:
        """The dot product of each score with `v[S, P]`: v'grad log pi(a_b|s_b), `[S, B]`."""

    def fisher_vector(self, theta: Tensor, pi: Any, v: Tensor) -> Tensor:
        """The product F v, where F is the mean of the Fisher matrix over the states."""
