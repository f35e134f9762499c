"""A policy over K choices: pi(a|s) = softmax(f(s))_a. An action is a choice's number, kept in a float, `[S, B, 1]`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, exp, largest, log_softmax, one_hot, picked
from rlbench.policies.heads import HeadGradient, by_autograd, new_vector, per_sample
from rlbench.policies.network import Network, Tape, padded
from rlbench.policies.parameters import Parameters


class Categorical(NamedTuple):
    """The policy at some states: the distribution, and the tape for derivatives."""

    log_probs: Array
    """`[S, B, K]`, of every choice"""
    tape: Tape


@dataclass(frozen=True)
class CategoricalPolicy:
    """theta = the network's parameters, padded."""

    network: Network

    @cached_property
    def size(self) -> int:
        """P: the length of theta's row."""
        return padded(self.num_parameters)

    @property
    def num_parameters(self) -> int:
        """How many of them are learnt."""
        return self.network.size

    @property
    def fisher_outside_network(self) -> float:
        """All parameters are the network's."""
        return 0.0

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""
        theta = np.zeros(self.size, dtype=np.float32)
        theta[: self.network.size] = self.network.initial(rng)
        return theta

    # Acting: the largest of logits + Gumbel noise is a sample of softmax(logits); no noise gives the likeliest choice.

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """`[*shape, K]` standard Gumbel."""
        return rng.gumbel(size=(*shape, self.network.sizes[-1])).astype(np.float32)

    def acting(self, theta: Tensor | Parameters) -> Callable[[Array, Array], Array]:
        """(obs `[S, B, O]`, noise `[S, B, K]`) -> argmax(f(s) + noise), `[S, B, 1]`."""
        theta = self.network.parameters(theta)
        return lambda obs, noise: largest(self.network(theta, obs) + noise)

    # Learning.

    def at(self, theta: Tensor | Parameters, obs: Array) -> Categorical:
        """The policy at states `[S, B, O]`."""
        logits, tape = self.network.forward(theta, obs)
        return Categorical(log_softmax(logits), tape)

    def log_prob(self, pi: Categorical, actions: Array) -> Array:
        """log pi(a|s), `[S, B]`."""
        return picked(pi.log_probs, actions)

    def entropy(self, pi: Categorical) -> Array:
        """H = -sum p log p, `[S, B]`."""
        return -(exp(pi.log_probs) * pi.log_probs).sum(-1)

    def kl(self, old: Categorical, new: Categorical) -> Array:
        """KL(old || new) in each state, `[S, B]`."""
        return (exp(old.log_probs) * (old.log_probs - new.log_probs)).sum(-1)

    def d_log_prob(self, pi: Categorical, actions: Array, slope: Array) -> HeadGradient:
        """Of sum_b slope_b log pi(a_b|s_b): with respect to the logits it is slope (onehot(a) - p)."""
        return HeadGradient(self._score_of_logits(pi, actions) * slope[..., None])

    def d_kl(self, old: Categorical, pi: Categorical, beta: Array | float = 1.0) -> HeadGradient:
        """Of beta times the mean of KL(old || pi) over the states: to the logits it is beta (p - p_old) / B."""
        share = per_sample(beta, pi.log_probs) / pi.log_probs.shape[1]
        return HeadGradient(share * (exp(pi.log_probs) - exp(old.log_probs)))

    def d_entropy(self, pi: Categorical, coef: float = 1.0) -> HeadGradient:
        """Of coef times the mean of H over the states: with respect to the logits, dH = -p (log p + H)."""
        d_logits = -exp(pi.log_probs) * (pi.log_probs + self.entropy(pi)[..., None])
        return HeadGradient(d_logits * (coef / pi.log_probs.shape[1]))

    def value_and_d_of(self, function: Callable[[Categorical], Tensor], pi: Categorical) -> tuple[Array, HeadGradient]:
        """Of any `function(pi)`, whose pi is made of tensors, by automatic differentiation; its price: policy.py."""
        value, [d_log_probs] = by_autograd(lambda log_probs: function(Categorical(log_probs, pi.tape)), pi.log_probs)
        d_logits = d_log_probs - exp(pi.log_probs) * d_log_probs.sum(-1)[..., None]  # through the log softmax
        return value, HeadGradient(d_logits)

    def d_of(self, function: Callable[[Categorical], Tensor], pi: Categorical) -> HeadGradient:
        """The same without the value."""
        return self.value_and_d_of(function, pi)[1]

    def backward(self, pi: Categorical, d: HeadGradient, out: Tensor | Parameters | None = None) -> Tensor:
        """The gradient `[S, P]` of what d is the derivative of, in one pass through the network; see policy.py."""
        [d_logits] = d.parts
        return self.network.vjp(pi.tape, d_logits, new_vector(pi.log_probs, self.size) if out is None else out)

    def score_square_norm(self, pi: Categorical, actions: Array) -> Array:
        """|grad log pi(a_b|s_b)|^2 for each b, `[S, B]`."""
        return self.network.square_norms(pi.tape, self._score_of_logits(pi, actions))

    def _score_of_logits(self, pi: Categorical, actions: Array) -> Array:
        return one_hot(actions, pi.log_probs.shape[-1]) - exp(pi.log_probs)

    def score_along(self, pi: Categorical, actions: Array, v: Tensor) -> Array:
        """v'grad log pi(a_b|s_b) for each b, `[S, B]`: the slope of log pi when theta moves along `v[S, P]`."""
        moved = self.network.jvp(pi.tape, v)  # [S, B, K]
        return picked(moved, actions) - (exp(pi.log_probs) * moved).sum(-1)

    def fisher_vector(self, theta: Tensor, pi: Categorical, v: Tensor) -> Tensor:
        """F v = E[J' M J v], with M = diag(p) - p p'."""
        p, moved = exp(pi.log_probs), self.network.jvp(pi.tape, v)
        through = p * (moved - (p * moved).sum(-1)[..., None]) / p.shape[1]
        return self.network.vjp(pi.tape, through, torch.zeros_like(theta))
