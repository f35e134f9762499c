"""What every policy can do. `pi` is what its own `at` gives: the distribution at some states, with derivatives."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from rlbench.numerics.arrays import Array
from rlbench.policies.network import Network


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

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """What chance there is in acting, `[*shape, K]`; zeros give the most likely action."""

    def acting(self, theta: Tensor) -> Callable[[Array, Array], Array]:
        """(obs `[S, B, O]`, noise `[S, B, K]`) -> actions `[S, B, A]`; anew for another theta."""

    def at(self, theta: Tensor, obs: Array) -> Any:
        """The policy at states `[S, B, O]`."""

    def log_prob(self, pi: Any, actions: Array) -> Array:
        """log pi(a|s), `[S, B]`."""

    def entropy(self, pi: Any) -> Array:
        """`[S, B]`, or `[S, 1]` where it is the same in every state."""

    def kl(self, old: Any, new: Any) -> Array:
        """KL(old || new) in each state, `[S, B]`."""

    def score(self, theta: Tensor, pi: Any, actions: Array, weights: Array, out: Tensor | None = None) -> Tensor:
        """sum_b w_b grad log pi(a_b|s_b), `[S, P]`."""

    def score_square_norm(self, pi: Any, actions: Array) -> Array:
        """|grad log pi(a_b|s_b)|^2, `[S, B]`."""

    def score_along(self, pi: Any, actions: Array, v: Tensor) -> Array:
        """v'grad log pi(a_b|s_b), `[S, B]`, for `v[S, P]`."""

    def kl_gradient(self, theta: Tensor, old: Any, new: Any, weights: Array) -> Tensor:
        """sum_b w_b grad KL(old_b || new_b), `[S, P]`, where theta is new's; weights `[S, B]`, or `[S, 1]` for all."""

    def entropy_gradient(self, theta: Tensor, pi: Any) -> Tensor:
        """grad of the mean entropy, `[S, P]`."""

    def fisher_vector(self, theta: Tensor, pi: Any, v: Tensor) -> Tensor:
        """F v, with F the mean Fisher matrix over the states."""
