"""Exact quantities of a Markov decision process whose transition tables are known. X states, A actions; float64.

A policy is an array of probabilities `[X, A]`. The functions take one policy: seeds are solved one by one, because a
batched solver rounds the same system differently depending on the others.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.numerics.roots import falling_root

LARGEST = math.log(10)
"""Upper limit of log kappa in `best_penalised`: a policy that far from the old one is practically greedy."""


ROUNDING = 1e-12
"""Advantages smaller than this share of the largest one count as 0."""


class Tables(NamedTuple):
    """A decision process without its time limit. Where a transition may terminate, its row of P sums to less than 1."""

    transitions: Tensor
    """P(y|x, a), `[X, A, X]`"""
    rewards: Tensor
    """r(x, a), expected, `[X, A]`"""
    start: Tensor
    """rho_0(x), `[X]`"""


class Evaluation(NamedTuple):
    """The exact evaluation of a policy."""

    expected_return: Tensor
    """eta, discounted"""
    value: Tensor
    """V, `[X]`"""
    advantage: Tensor
    """A = Q - V, `[X, A]`"""
    visits: Tensor
    """rho(x) = sum_t gamma^t P(x_t = x), `[X]`"""


def evaluate_policy(tables: Tables, policy: Tensor, gamma: float) -> Evaluation:
    """V = r + gamma P V and rho = rho_0 + gamma P' rho, both solved directly."""
    moves = (policy.unsqueeze(1) @ tables.transitions).squeeze(1)  # P_pi, [X, X]
    system = torch.eye(len(moves), dtype=moves.dtype) - gamma * moves
    value = torch.linalg.solve(system, (policy * tables.rewards).sum(1))
    visits = torch.linalg.solve(system.T, tables.start)
    advantage = tables.rewards + gamma * (tables.transitions @ value) - value.unsqueeze(1)
    return Evaluation(tables.start @ value, value, advantage, visits)


def policy_advantage(evaluation: Evaluation, policy: Tensor) -> Tensor:
    """sum_x rho(x) sum_a pi(a|x) A(x, a): L_pi_old(pi) - eta(pi_old), TRPO's eq. 3."""
    return evaluation.visits @ (policy * evaluation.advantage).sum(1)


class Bounded(NamedTuple):
    """In each state, the policy with the largest expected advantage within a KL divergence from an old one."""

    policy: Tensor
    """`[X, A]`"""
    kl: Tensor
    """KL(old || policy), `[X]`"""
    price: Tensor
    """mu = d gain / d kappa, `[X]`; 0 where no action is better than another."""
    price_slope: Tensor
    """d mu / d kappa, `[X]`"""


def best_within(old: Tensor, advantage: Tensor, kappa: Tensor) -> Bounded:
    """argmax_p p'A with KL(old || p) <= kappa: p(a) = old(a) mu / (nu - A(a)) with nu > max A, one nu per state.

    The advantages are those of `old`: their mean under it is 0.
    """
    possible = old > 0
    top = torch.where(possible, advantage, -torch.inf).amax(1)
    advantage = torch.where(possible, advantage, 0.0)
    variance = (old * advantage.square()).sum(1)
    flat = top <= ROUNDING * advantage.abs().max()

    def distance(log_gap: Tensor) -> tuple[Tensor, Tensor]:
        point = _tilted(old, advantage, top, log_gap)
        log_ratio = torch.where(flat, 0.0, (point.kl / kappa).log())
        return log_ratio, point.kl_slope * log_gap.exp() / point.kl

    guess = 0.5 * (torch.where(flat, 1.0, variance) / (2 * kappa)).log()  # exact as kappa goes to 0
    point = _tilted(old, advantage, top, falling_root(distance, guess))
    return Bounded(
        torch.where(flat.unsqueeze(1), old, old * (1 + point.change)),
        torch.where(flat, 0.0, point.kl),
        torch.where(flat, 0.0, point.mu),
        torch.where(flat, 0.0, point.mu_slope / point.kl_slope),
    )


class _Tilted(NamedTuple):
    """p(a) = old(a) mu / (nu - A(a)) with one nu per state; slopes are derivatives with respect to nu."""

    change: Tensor
    kl: Tensor
    kl_slope: Tensor
    mu: Tensor
    mu_slope: Tensor


def _tilted(old: Tensor, advantage: Tensor, top: Tensor, log_gap: Tensor) -> _Tilted:
    gap = log_gap.exp().unsqueeze(1)
    weight = 1 / (top.unsqueeze(1) - advantage + gap)  # 1 / (nu - A)
    mu = 1 / (old * weight).sum(1)
    ratio = mu.unsqueeze(1) * weight  # p / old
    x = advantage * weight  # nu / (nu - A) - 1: small changes are computed without cancellation
    mean = (old * x).sum(1, keepdim=True)
    change = (x - mean) / (1 + mean)  # p / old - 1
    kl = (old * _excess(change, ratio)).sum(1)
    kl_slope = -(old * change.square()).sum(1) / mu
    return _Tilted(change, kl, kl_slope, mu, (old * ratio.square()).sum(1))


def _excess(change: Tensor, ratio: Tensor) -> Tensor:
    """r - 1 - log r of a ratio r = 1 + change, accurate also for small changes."""
    x = change
    series = x * x * (1 / 2 - x * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x / 6))))
    return torch.where(x.abs() < 1e-3, series, x - ratio.log())


def best_penalised(evaluation: Evaluation, old: Tensor, c: Tensor) -> Bounded:
    """argmax_p sum_x rho(x) p'A - c max_x KL(old || p).

    Given one kappa for all states, they are independent of each other. At the best kappa the price, summed over the
    visits, is c.
    """

    def excess(log_kappa: Tensor) -> tuple[Tensor, Tensor]:
        kappa = log_kappa.clamp(max=LARGEST).exp()
        best = best_within(old, evaluation.advantage, kappa)
        price = evaluation.visits @ best.price
        return (price / c).log(), kappa * (evaluation.visits @ best.price_slope) / price

    deviation = (old * evaluation.advantage.square()).sum(1).sqrt()
    guess = 2 * (evaluation.visits @ deviation / c).log() - math.log(2)  # exact as kappa goes to 0
    log_kappa = falling_root(excess, guess.clamp(max=LARGEST))
    return best_within(old, evaluation.advantage, log_kappa.clamp(max=LARGEST).exp())
