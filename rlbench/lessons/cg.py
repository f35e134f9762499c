"""Conjugate gradient against the exact solution, for a policy small enough (Schulman et al. 2015, appendix C)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.critic import estimate
from rlbench.algorithms.natural import Start, analytic_fisher, natural_direction, surrogate_gradient
from rlbench.algorithms.settings import setting
from rlbench.algorithms.trpo import TRPO
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, trained
from rlbench.numerics.moments import standardise

DAMPINGS = (0.0, 0.001, 0.1)
RESIDUAL, ERROR = "Residual |g − Ax| / |g|", "Error of x in the norm of A"
TRPOS = 15
"""TRPO's number of iterations."""


class System(NamedTuple):
    """F x = g of every seed."""

    fisher: Callable[[Tensor], Tensor]
    matrix: Tensor
    """F, `[S, P, P]` in float64, made of products with unit vectors"""
    gradient: Tensor
    """g, `[S, P]`"""


@dataclass(frozen=True)
class Lesson:
    """How near is conjugate gradient to the exact solution, after how many iterations and with which damping?"""

    default_env: ClassVar[str] = "Swimmer-v4"
    title: ClassVar[str] = "conjugate gradient against the exact solution"

    iterations: int = setting(30, "k", "the most iterations of conjugate gradient", low=TRPOS)
    hidden_sizes: tuple[int, ...] = setting((8,), "", "tanh layers of the networks: few enough for an exact solution")
    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(64, "T", "steps a world of a batch", low=1)
    updates: int = setting(10, "", "updates of TRPO that make the policy and the critic", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """Over the iterations."""
        return (
            Axes(RESIDUAL, "iterations", log_y=True),
            Axes(ERROR, "iterations", log_y=True),
        )

    def system(self, env: str, seeds: tuple[int, ...]) -> System:
        """The system that TRPO's next step would solve, by all samples of its batch."""
        trpo = TRPO(num_envs=self.num_envs, num_steps=self.num_steps, hidden_sizes=self.hidden_sizes)
        _, networks, state, sampler = trained(trpo, env, seeds, self.updates)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        obs, actions = networks.samples(state, batch)
        advantage = standardise(estimate(networks, state, batch, obs, trpo.gamma, trpo.gae_lambda).advantage)
        policy, (theta, _) = networks.policy, networks.split(state["theta"])
        start = Start(policy, theta, obs, policy.at(theta, obs))
        fisher = analytic_fisher(policy, theta, start.pi)
        units = torch.eye(theta.shape[1])[: policy.num_parameters]
        matrix = torch.stack([fisher(unit.expand_as(theta).contiguous()) for unit in units], 2)
        known = slice(policy.num_parameters)  # the rest of theta is padding
        gradient = surrogate_gradient(start, actions, advantage)
        return System(fisher, matrix[:, known].double(), gradient)

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """Both measures of each number of iterations, each solved anew from zero."""
        fisher, matrix, gradient = self.system(env, seeds)
        size = matrix.shape[1]
        g = gradient[:, :size].double().unsqueeze(2)
        measured = []
        for damping in DAMPINGS:
            a = matrix + damping * torch.eye(size, dtype=torch.float64)
            exact = torch.linalg.pinv(a, hermitian=True) @ g
            scale = (exact.mT @ a @ exact).flatten()
            for iterations in range(self.iterations + 1):
                solved = natural_direction(fisher, gradient, damping, iterations)
                wrong = solved.x[:, :size].double().unsqueeze(2) - exact
                error = ((wrong.mT @ a @ wrong).flatten() / scale).sqrt()
                line = named(damping)
                measured.append(Measured(RESIDUAL, line, float(iterations), array(solved.metrics["cg_residual"])))
                measured.append(Measured(ERROR, line, float(iterations), array(error)))
        return measured

    def say(self, found: Numbers) -> Sequence[str]:
        """After TRPO's number of iterations."""
        return [
            f"After {TRPOS} iterations with {named(damping)}: "
            f"residual {found.geometric_mean(RESIDUAL, named(damping), TRPOS):.2g}, "
            f"error {found.geometric_mean(ERROR, named(damping), TRPOS):.2g}."
            for damping in DAMPINGS
        ]


def named(damping: float) -> str:
    return f"damping {damping:g}"
