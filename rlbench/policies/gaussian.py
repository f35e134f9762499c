"""A Gaussian policy with a state-independent standard deviation: pi(a|s) = N(mu(s), diag(exp(log_std))^2)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, alike, exp, namespace, scaled
from rlbench.policies.heads import HeadGradient, by_autograd, new_vector, per_sample
from rlbench.policies.network import Network, Tape, padded
from rlbench.policies.parameters import Parameters


class Gaussian(NamedTuple):
    """The policy at some states: the distribution, and the tape for derivatives."""

    mean: Array
    """`[S, B, A]`"""
    log_std: Array
    """`[S, 1, A]`, a view of theta: to be read before theta moves"""
    inverse_std: Array
    """`[S, 1, A]`"""
    tape: Tape


@dataclass(frozen=True)
class GaussianPolicy:
    """theta = (network's parameters, log_std), padded."""

    network: Network
    initial_log_std: float
    """Of actions divided by their scale."""
    action_scale: tuple[float, ...] = ()
    """Of each action; empty: 1 for each."""

    @cached_property
    def size(self) -> int:
        """P: the length of theta's row."""
        return padded(self.num_parameters)

    @property
    def num_parameters(self) -> int:
        """How many of them are learnt."""
        return self.network.size + self.action_size

    @property
    def fisher_outside_network(self) -> float:
        """Of each log_std: E (z^2 - 1)^2 = 2, z = (a - mu) / sigma."""
        return 2.0

    @property
    def action_size(self) -> int:
        """A"""
        return self.network.sizes[-1]

    def initial(self, rng: np.random.Generator) -> np.ndarray:
        """A fresh row of theta, `[P]`."""
        theta = np.zeros(self.size, dtype=np.float32)
        theta[: self.network.size] = self.network.initial(rng)
        theta[self._log_std] = self.initial_log_std + np.log(self.action_scale or 1.0)
        return theta

    @property
    def _log_std(self) -> slice:
        return slice(self.network.size, self.num_parameters)

    def log_std(self, theta: Array) -> Array:
        """`[S, 1, A]`, a view of theta."""
        return theta[:, None, self._log_std]

    # Acting: an action is a function of the state and of noise drawn beforehand; no noise gives the mean action.

    def noise(self, rng: np.random.Generator, *shape: int) -> np.ndarray:
        """`[*shape, A]` standard normal."""
        return rng.standard_normal((*shape, self.action_size), dtype=np.float32)

    def acting(self, theta: Tensor | Parameters) -> Callable[[Array, Array], Array]:
        """(obs `[S, B, O]`, noise `[S, B, A]`) -> a = mu(s) + sigma * noise, with sigma as it now is."""
        theta = self.network.parameters(theta)
        sigma = self.log_std(theta.vector).exp()

        def act(obs: Array, noise: Array) -> Array:
            mean = self.network(theta, obs)
            return scaled(noise, alike(sigma, mean), mean)

        return act

    # Learning.

    def at(self, theta: Tensor | Parameters, obs: Array) -> Gaussian:
        """The policy at states `[S, B, O]`."""
        mean, tape = self.network.forward(theta, obs)
        log_std = self.log_std(tape.theta.seen_by(mean))
        return Gaussian(mean, log_std, exp(-log_std), tape)

    def log_prob(self, pi: Gaussian, actions: Array) -> Array:
        """log pi(a|s), `[S, B]`."""
        z = (actions - pi.mean) * pi.inverse_std
        constant = pi.log_std.sum(-1) + 0.5 * math.log(2 * math.pi) * self.action_size  # [S, 1]
        return -0.5 * (z * z).sum(-1) - constant

    def entropy(self, pi: Gaussian) -> Array:
        """H = sum(log_std) + A/2 log(2 pi e), the same in every state: `[S, 1]`."""
        return pi.log_std.sum(-1) + 0.5 * math.log(2 * math.pi * math.e) * self.action_size

    def kl(self, old: Gaussian, new: Gaussian) -> Array:
        """KL(old || new) in each state, `[S, B]`."""
        ratio = exp(2 * (old.log_std - new.log_std))
        shift = (old.mean - new.mean) * new.inverse_std
        return (0.5 * (ratio + shift * shift - 1) + new.log_std - old.log_std).sum(-1)

    def d_log_prob(self, pi: Gaussian, actions: Array, slope: Array) -> HeadGradient:
        """Of sum_b slope_b log pi(a_b|s_b)."""
        z = (actions - pi.mean) * pi.inverse_std
        slope = slope[..., None]  # [S, B, 1]
        return HeadGradient(slope * z * pi.inverse_std, (slope * (z * z - 1)).sum(1))

    def d_kl(self, old: Gaussian, pi: Gaussian, beta: Array | float = 1.0) -> HeadGradient:
        """Of beta times the mean of KL(old || pi) over the states, where old stays as it is."""
        shift = (pi.mean - old.mean) * pi.inverse_std
        ratio = exp(2 * (old.log_std - pi.log_std))
        share = per_sample(beta, shift) / pi.mean.shape[1]
        return HeadGradient(share * shift * pi.inverse_std, (share * (1 - ratio - shift * shift)).sum(1))

    def d_entropy(self, pi: Gaussian, coef: float = 1.0) -> HeadGradient:
        """Of coef H, which the mean has no part in."""
        return HeadGradient(None, namespace(pi.mean).full_like(pi.log_std[:, 0], coef))

    def value_and_d_of(self, function: Callable[[Gaussian], Tensor], pi: Gaussian) -> tuple[Array, HeadGradient]:
        """Of any `function(pi)`, whose pi is made of tensors, by automatic differentiation; its price: policy.py."""
        value, (d_mean, d_log_std) = by_autograd(
            lambda mean, log_std: function(Gaussian(mean, log_std, torch.exp(-log_std), pi.tape)), pi.mean, pi.log_std
        )
        return value, HeadGradient(d_mean, d_log_std[:, 0])

    def d_of(self, function: Callable[[Gaussian], Tensor], pi: Gaussian) -> HeadGradient:
        """The same without the value."""
        return self.value_and_d_of(function, pi)[1]

    def backward(self, pi: Gaussian, d: HeadGradient, out: Tensor | Parameters | None = None) -> Tensor:
        """The gradient `[S, P]` of what d is the derivative of, in one pass through the network; see policy.py."""
        d_mean, d_log_std = d.parts
        out = self.network.parameters(new_vector(pi.mean, self.size) if out is None else out)
        self.network.vjp(pi.tape, namespace(pi.mean).zeros_like(pi.mean) if d_mean is None else d_mean, out)
        out.seen_by(d_log_std)[:, self._log_std] = d_log_std
        return out.vector

    def score_square_norm(self, pi: Gaussian, actions: Array) -> Array:
        """|grad log pi(a_b|s_b)|^2 for each b, `[S, B]`."""
        z = (actions - pi.mean) * pi.inverse_std
        along_log_std = z * z - 1
        return self.network.square_norms(pi.tape, z * pi.inverse_std) + (along_log_std * along_log_std).sum(-1)

    def score_along(self, pi: Gaussian, actions: Array, v: Tensor) -> Array:
        """v'grad log pi(a_b|s_b) for each b, `[S, B]`: the slope of log pi when theta moves along `v[S, P]`."""
        z = (actions - pi.mean) * pi.inverse_std
        moved = self.network.jvp(pi.tape, v)  # [S, B, A]
        return (z * pi.inverse_std * moved + (z * z - 1) * self.log_std(alike(v, z))).sum(-1)

    def fisher_vector(self, theta: Tensor, pi: Gaussian, v: Tensor) -> Tensor:
        """F v = E[J' M J v], with M the Fisher matrix of (mu, log_std): diag(1/sigma^2) and fisher_outside_network."""
        moved = self.network.jvp(pi.tape, v) * (pi.inverse_std * pi.inverse_std / pi.mean.shape[1])
        out = torch.zeros_like(theta)
        self.network.vjp(pi.tape, moved, out)
        out[:, self._log_std] = self.fisher_outside_network * v[:, self._log_std]
        return out
