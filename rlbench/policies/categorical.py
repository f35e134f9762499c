"""A policy over K choices: pi(a|s) = softmax(f(s))_a. An action is a choice's number, kept in a float, `[S, B, 1]`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.policies.network import Network, Tape, padded


class Categorical(NamedTuple):
    """The policy at some states: the distribution, and the tape for derivatives."""

    log_probs: Tensor
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

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""
        theta = np.zeros(self.size, dtype=np.float32)
        theta[: self.network.size] = self.network.initial(rng)
        return theta

    # Acting: the largest of logits + Gumbel noise is a sample of softmax(logits); no noise gives the likeliest choice.

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """`[*shape, K]` standard Gumbel."""
        return rng.gumbel(size=(*shape, self.network.sizes[-1])).astype(np.float32)

    def acting(self, theta: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """(obs `[S, B, O]`, noise `[S, B, K]`) -> argmax(f(s) + noise), `[S, B, 1]`."""
        return lambda obs, noise: (self.network(theta, obs) + noise).argmax(-1, keepdim=True).float()

    # Learning.

    def at(self, theta: Tensor, obs: Tensor) -> Categorical:
        """The policy at states `[S, B, O]`."""
        logits, tape = self.network.forward(theta, obs)
        shifted = logits - logits.amax(-1, keepdim=True)
        return Categorical(shifted - shifted.exp().sum(-1, keepdim=True).log(), tape)

    def log_prob(self, pi: Categorical, actions: Tensor) -> Tensor:
        """log pi(a|s), `[S, B]`."""
        return pi.log_probs.gather(-1, actions.long()).squeeze(-1)

    def entropy(self, pi: Categorical) -> Tensor:
        """H = -sum p log p, `[S, B]`."""
        return -(pi.log_probs.exp() * pi.log_probs).sum(-1)

    def kl(self, old: Categorical, new: Categorical) -> Tensor:
        """KL(old || new) in each state, `[S, B]`."""
        return (old.log_probs.exp() * (old.log_probs - new.log_probs)).sum(-1)

    def score(
        self, theta: Tensor, pi: Categorical, actions: Tensor, weights: Tensor, out: Tensor | None = None
    ) -> Tensor:
        """sum_b w_b grad log pi(a_b|s_b), `[S, P]`: with respect to the logits it is w (onehot(a) - p)."""
        d_logits = -pi.log_probs.exp() * weights.unsqueeze(-1)
        d_logits.scatter_add_(-1, actions.long(), weights.unsqueeze(-1))
        return self.network.vjp(pi.tape, d_logits, torch.zeros_like(theta) if out is None else out)

    def score_square_norm(self, pi: Categorical, actions: Tensor) -> Tensor:
        """|grad log pi(a_b|s_b)|^2 for each b, `[S, B]`."""
        d_logits = -pi.log_probs.exp()
        d_logits.scatter_add_(-1, actions.long(), torch.ones_like(actions))
        return self.network.square_norms(pi.tape, d_logits)

    def score_along(self, pi: Categorical, actions: Tensor, v: Tensor) -> Tensor:
        """v'grad log pi(a_b|s_b) for each b, `[S, B]`: the slope of log pi when theta moves along `v[S, P]`."""
        moved = self.network.jvp(pi.tape, v)  # [S, B, K]
        return moved.gather(-1, actions.long()).squeeze(-1) - (pi.log_probs.exp() * moved).sum(-1)

    def kl_gradient(self, theta: Tensor, old: Categorical, new: Categorical, weights: Tensor) -> Tensor:
        """sum_b w_b grad KL(old_b || new_b), `[S, P]`, where theta is new's: to the logits it is w (p_new - p_old)."""
        d_logits = weights.unsqueeze(-1) * (new.log_probs.exp() - old.log_probs.exp())
        return self.network.vjp(new.tape, d_logits, torch.zeros_like(theta))

    def entropy_gradient(self, theta: Tensor, pi: Categorical) -> Tensor:
        """grad of the mean of H over the states, `[S, P]`: with respect to the logits, dH = -p (log p + H)."""
        d_logits = -pi.log_probs.exp() * (pi.log_probs + self.entropy(pi).unsqueeze(-1)) / pi.log_probs.shape[1]
        return self.network.vjp(pi.tape, d_logits, torch.zeros_like(theta))

    def fisher_vector(self, theta: Tensor, pi: Categorical, v: Tensor) -> Tensor:
        """F v = E[J' M J v], with M = diag(p) - p p'."""
        p, moved = pi.log_probs.exp(), self.network.jvp(pi.tape, v)
        through = p * (moved - (p * moved).sum(-1, keepdim=True)) / p.shape[1]
        return self.network.vjp(pi.tape, through, torch.zeros_like(theta))
