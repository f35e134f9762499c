"""A step in the space of parameters and a step in the space of policies (Kakade 2001; Schulman et al. 2015)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from rlbench.algorithms.contract import Space
from rlbench.algorithms.critic import estimate
from rlbench.algorithms.natural import Start, analytic_fisher, natural_direction, surrogate_gradient
from rlbench.algorithms.settings import setting
from rlbench.algorithms.trpo import TRPO
from rlbench.errors import UserError
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, sampler_of, trained
from rlbench.numerics.conjugate_gradient import dot
from rlbench.numerics.moments import standardise
from rlbench.numerics.surrogates import importance

LOG_STDS = (-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5)
MOVED, GAINED = "KL divergence of a step", "Gain of the surrogate, KL = δ"
RATE, LENGTH, NATURAL = "gradient × learning rate", "gradient, one length", "natural gradient, one divergence"
ALONG_GRADIENT, ALONG_NATURAL = "along the gradient", "along the natural gradient"


@dataclass(frozen=True)
class Lesson:
    """How far does the policy move when its parameters move by a given step?"""

    default_env: ClassVar[str] = "Swimmer-v4"
    title: ClassVar[str] = "steps in parameters and in policies, by the policy's standard deviation"

    learning_rate: float = setting(0.01, "α", "what the gradient is multiplied with", above=0)
    length: float = setting(0.1, "", "Euclidean length of a step along the gradient", above=0)
    target_kl: float = setting(0.01, "δ", "divergence of a natural step in the quadratic model", above=0)
    damping: float = setting(0.1, "", "added to the Fisher matrix's diagonal", low=0)
    cg_iterations: int = setting(15, "k", "conjugate gradient iterations", low=1)
    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(64, "T", "steps a world of a batch", low=1)
    updates: int = setting(5, "", "updates of TRPO that make the policy and the critic", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """Over log sigma."""
        return (
            Axes(MOVED, "log σ", log_y=True),
            Axes(GAINED, "log σ", level=0.0),
        )

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """The same trained means of actions, with one standard deviation after the other."""
        refuse_choices(sampler_of(env, seeds[:1], 1).space, env)
        trpo = TRPO(num_envs=self.num_envs, num_steps=self.num_steps)
        _, networks, state, sampler = trained(trpo, env, seeds, self.updates)
        measured: list[Measured] = []
        for log_std in LOG_STDS:
            policy, (theta, _) = networks.policy, networks.split(state["theta"])
            policy.log_std(theta)[...] = log_std  # type: ignore[attr-defined]
            batch = sampler.rollout(networks.actor(state), self.num_steps)
            obs, actions = networks.samples(state, batch)
            advantage = standardise(estimate(networks, state, batch, obs, trpo.gamma, trpo.gae_lambda).advantage)
            start = Start(policy, theta, obs, policy.at(theta, obs))
            for panel, line, values in self.steps(start, actions, advantage):
                measured.append(Measured(panel, line, log_std, array(values)))
        return measured

    def steps(self, start: Start, actions: Tensor, advantage: Tensor) -> list[tuple[str, str, Tensor]]:
        """Panel, line and `[S]` numbers of each step from one policy."""
        policy, theta, obs, old = start
        gradient = surrogate_gradient(start, actions, advantage)
        fisher = analytic_fisher(policy, theta, old)
        natural = natural_direction(fisher, gradient, self.damping, self.cg_iterations)
        bent = dot(gradient, fisher(gradient))  # g'Fg: half of it is the divergence of a step g
        fitting = torch.where(bent > 0, (2 * self.target_kl / bent).sqrt(), 0.0)
        unit = self.length / dot(gradient, gradient).sqrt()
        constant = torch.full_like(unit, self.learning_rate)

        def moved(length: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
            new: Any = policy.at(theta + length.unsqueeze(1) * direction, obs)
            ratio = torch.exp(policy.log_prob(new, actions) - policy.log_prob(old, actions))
            return policy.kl(old, new).mean(1), importance(ratio, advantage).value

        natural_kl, natural_gain = moved(natural.step_length_for_kl(self.target_kl), natural.x)
        return [
            (MOVED, RATE, moved(constant, gradient)[0]),
            (MOVED, LENGTH, moved(unit, gradient)[0]),
            (MOVED, NATURAL, natural_kl),
            (GAINED, ALONG_GRADIENT, moved(fitting, gradient)[1]),
            (GAINED, ALONG_NATURAL, natural_gain),
        ]

    def say(self, found: Numbers) -> Sequence[str]:
        """How much each step varies, and what the natural direction gains."""

        def varies(line: str) -> float:
            moved = [found.geometric_mean(MOVED, line, each) for each in LOG_STDS]
            return max(moved) / min(moved)

        gains = [
            found.mean(GAINED, ALONG_NATURAL, each) / found.mean(GAINED, ALONG_GRADIENT, each) for each in LOG_STDS
        ]
        return (
            f"From the smallest to the largest divergence: {varies(RATE):.2g} times with one learning rate, "
            f"{varies(LENGTH):.2g} times with one length, {varies(NATURAL):.2g} times along the natural gradient.",
            f"At one divergence the natural direction gains {min(gains):.2g} to {max(gains):.2g} times as much.",
        )


def refuse_choices(space: Space, env: str) -> None:
    """A UserError where the policy has no standard deviation."""
    if space.num_actions:
        raise UserError(
            f"The policy on {env} chooses among {space.num_actions} actions and has no standard deviation.",
            "Take a task with continuous actions, such as --env Swimmer-v4",
        )
