"""Terms of a loss. Each is a value together with its derivatives, so that whoever adds one adds both.

    loss = -surrogate_term(policy, pi, actions, clipped(ratio, advantage, 0.2)) - 0.01 * entropy_term(policy, pi)

A derivative goes only as far as the outputs of a network; one backward pass through each network takes the sum of all
terms to its parameters.
"""

from dataclasses import dataclass
from typing import Any

from rlbench.numerics.arrays import Array, alike
from rlbench.numerics.surrogates import Clipped, Surrogate
from rlbench.policies.heads import HeadGradient
from rlbench.policies.policy import Policy


@dataclass(frozen=True, slots=True)
class Term:
    """A loss, or a part of one."""

    value: Array
    """`[S]`"""
    d_policy: HeadGradient | None = None
    """The derivative to the parameters of the action distribution."""
    d_critic: Array | None = None
    """The derivative to V, `[S, B]`."""

    def __add__(self, other: "Term") -> "Term":
        return Term(self.value + other.value, *map(_sum, self._derivatives, other._derivatives))

    def __sub__(self, other: "Term") -> "Term":
        return self + -other

    def __neg__(self) -> "Term":
        return Term(-self.value, *(None if d is None else -d for d in self._derivatives))

    def __rmul__(self, factor: float) -> "Term":
        return Term(factor * self.value, *(None if d is None else factor * d for d in self._derivatives))

    @property
    def _derivatives(self) -> tuple[Any, Any]:
        return self.d_policy, self.d_critic


def _sum(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def surrogate_term(policy: Policy, pi: Any, actions: Array, surrogate: Surrogate | Clipped) -> Term:
    """A surrogate objective of the probabilities of some actions."""
    return Term(surrogate.value, policy.d_log_prob(pi, actions, surrogate.slope))


def kl_term(policy: Policy, old: Any, pi: Any, beta: Array) -> Term:
    """beta mean KL(old || pi) over the states; old is constant, beta is `[S, 1]`."""
    kl = policy.kl(old, pi).mean(1)
    return Term(alike(beta, kl)[:, 0] * kl, policy.d_kl(old, pi, beta))


def entropy_term(policy: Policy, pi: Any) -> Term:
    """The mean entropy over the states."""
    return Term(policy.entropy(pi).mean(1), policy.d_entropy(pi))
