"""What every policy can do. `pi` is what its own `at` gives: the distribution at some states, with derivatives."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array
from rlbench.policies.heads import HeadGradient
from rlbench.policies.network import Network
from rlbench.policies.parameters import Parameters


class Policy(Protocol):
    """theta[S, P] -> a distribution over actions in each of `[S, B, O]` states."""

    @property
    def network(self) -> Network:
        """What maps a state to the distribution's parameters."""

    @property
    def size(self) -> int:
        """P, padding included."""

    @property
    def num_parameters(self) -> int:
        """How many of them are learnt."""

    @property
    def fisher_outside_network(self) -> float:
        """The Fisher information of each parameter that is not the network's; 0 where there are none.

        Each is orthogonal to all other parameters: their block of the Fisher matrix is diagonal.
        """

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """What chance there is in acting, `[*shape, K]`; zeros give the most likely action."""

    def acting(self, theta: Tensor | Parameters) -> Callable[[Array, Array], Array]:
        """(obs `[S, B, O]`, noise `[S, B, K]`) -> actions `[S, B, A]`; anew for another theta."""

    def at(self, theta: Tensor | Parameters, obs: Array) -> Any:
        """The policy at states `[S, B, O]`."""

    def log_prob(self, pi: Any, actions: Array) -> Array:
        """log pi(a|s), `[S, B]`."""

    def entropy(self, pi: Any) -> Array:
        """`[S, B]`, or `[S, 1]` where it is the same in every state."""

    def kl(self, old: Any, new: Any) -> Array:
        """KL(old || new) in each state, `[S, B]`."""

    # A term of an objective is differentiated to the distribution's parameters alone; terms add up, and `backward`
    # goes through the network once for all of them.

    def d_log_prob(self, pi: Any, actions: Array, slope: Array) -> HeadGradient:
        """The derivative of sum_b slope_b log pi(a_b|s_b), with a surrogate's `slope[S, B]`."""

    def d_kl(self, old: Any, pi: Any, beta: Array | float = 1.0) -> HeadGradient:
        """The derivative of beta mean KL(old || pi) over the states; old is constant, beta is `[S, 1]`."""

    def d_entropy(self, pi: Any, coef: float = 1.0) -> HeadGradient:
        """The derivative of coef times the mean entropy over the states."""

    def d_of(self, function: Callable[[Any], Tensor], pi: Any) -> HeadGradient:
        """`value_and_d_of` without the value."""

    def value_and_d_of(self, function: Callable[[Any], Tensor], pi: Any) -> tuple[Array, HeadGradient]:
        """Any `function(pi)` and its derivative, by automatic differentiation, for experiments.

        The function gets pi with tensors in place of arrays, and may use `log_prob`, `entropy` and `kl` of it with
        other tensors. The price of 64 samples for 5 seeds on a CPU: 0.7 ms, where the derivative by hand takes 0.05 ms
        and the passes through two layers of 64 take 1 ms.
        """

    def backward(self, pi: Any, d: HeadGradient, out: Tensor | Parameters | None = None) -> Tensor:
        """The gradient `[S, P]` of the objective whose derivative to the distribution's parameters is d.

        It is written into `out`, where that is given: zeros or an earlier gradient, and maybe part of a longer vector.
        """

    def score_square_norm(self, pi: Any, actions: Array) -> Array:
        """|grad log pi(a_b|s_b)|^2, `[S, B]`."""

    def score_along(self, pi: Any, actions: Array, v: Tensor) -> Array:
        """v'grad log pi(a_b|s_b), `[S, B]`, for `v[S, P]`."""

    def fisher_vector(self, theta: Tensor, pi: Any, v: Tensor) -> Tensor:
        """F v, with F the mean Fisher matrix over the states."""
