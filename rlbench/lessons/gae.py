"""Generalised advantage estimation: what lambda trades (Schulman et al. 2016, arXiv:1506.02438)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms.critic import estimate
from rlbench.algorithms.natural import Start, surrogate_gradient
from rlbench.algorithms.settings import setting
from rlbench.algorithms.trpo import TRPO
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, square_norm_of_mean, total_variance, trained

LAMBDAS = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 1.0)
PANEL = "Error of a batch's gradient"
BIAS, NOISE, ERROR = "bias²", "variance", "bias² + variance"


@dataclass(frozen=True)
class Lesson:
    """What does GAE's lambda trade, and for which lambda is a batch's gradient nearest to the true one?"""

    default_env: ClassVar[str] = "InvertedPendulum-v4"
    title: ClassVar[str] = "bias and variance of the gradient by GAE's lambda, at one policy"

    batches: int = setting(100, "", "independent batches, of which each gives an estimate", low=4)
    num_envs: int = setting(4, "N", "worlds a seed", low=1)
    num_steps: int = setting(128, "T", "steps a world of a batch", low=1)
    gamma: float = setting(0.99, "γ", "discount of later rewards", low=0, high=1)
    updates: int = setting(10, "", "updates of TRPO that make the policy and the critic", low=1)
    critic_epochs: int = setting(10, "", "critic's passes over the batch of each of these updates", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """Three lines over lambda."""
        return (Axes(PANEL, "λ", level=1.0, lowest=0.0),)

    def gradients(self, env: str, seeds: tuple[int, ...]) -> dict[float, Tensor]:
        """For each lambda all estimates, `[B, S, P]`: every batch is given to all of them."""
        trpo = TRPO(self.num_envs, self.num_steps, self.gamma, critic_epochs=self.critic_epochs)
        _, networks, state, sampler = trained(trpo, env, seeds, self.updates)
        policy, (theta, _) = networks.policy, networks.split(state["theta"])
        found: dict[float, list[Tensor]] = {each: [] for each in LAMBDAS}
        for _ in range(self.batches):
            batch = sampler.rollout(networks.actor(state), self.num_steps)
            obs, actions = networks.samples(state, batch)
            start = Start(policy, theta, obs, policy.at(theta, obs))
            for gae_lambda, gradients in found.items():
                advantage = estimate(networks, state, batch, obs, self.gamma, gae_lambda).advantage
                gradients.append(surrogate_gradient(start, actions, advantage))
        return {gae_lambda: torch.stack(each) for gae_lambda, each in found.items()}

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """Bias against lambda = 1, and variance, both as shares of the variance at lambda = 1."""
        found = self.gradients(env, seeds)
        unbiased = found[1.0]
        unit, measured = total_variance(unbiased), []
        for gae_lambda, gradients in found.items():
            bias, noise = square_norm_of_mean(gradients - unbiased) / unit, total_variance(gradients) / unit
            for line, values in ((BIAS, bias), (NOISE, noise), (ERROR, bias + noise)):
                measured.append(Measured(PANEL, line, gae_lambda, array(values)))
        return measured

    def say(self, found: Numbers) -> Sequence[str]:
        """Where the error is least."""
        best = min(LAMBDAS, key=lambda each: found.mean(PANEL, ERROR, each))
        bias, noise = (found.mean(PANEL, line, best) for line in (BIAS, NOISE))
        none = found.mean(PANEL, BIAS, 0.0), found.mean(PANEL, NOISE, 0.0)
        return (
            f"The error is least at lambda = {best:g}: bias² {bias:.2g} and variance {noise:.2g} "
            "of the variance at lambda = 1.",
            f"At lambda = 0: bias² {none[0]:.2g}, variance {none[1]:.2g}.",
        )
