"""What TRPO's line search sees: the divergence and the surrogate along its steps (Schulman et al. 2015, appendix C)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics
from rlbench.algorithms.natural import Start
from rlbench.algorithms.networks import ActorCritic, Samples
from rlbench.algorithms.settings import setting
from rlbench.algorithms.trpo import TRPO
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, trained
from rlbench.numerics.conjugate_gradient import dot
from rlbench.policies.policy import Policy

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
DAMPINGS = (0.1, 0.01, 0.001)
"""The first is TRPO's own."""
FURTHER, GAINED, SHARES = "KL divergence ÷ δ", "Gain ÷ that of the full step", "Full steps to be refused"
MODEL = "model"
BINS = 6


class Along(NamedTuple):
    """One step, looked at along its line; each is `[fractions, S]`."""

    kl: Tensor
    """In units of delta."""
    gain: Tensor
    """In units of what the linear model gains with the full step."""


class WatchedTRPO(TRPO):
    """TRPO that shows what a step is made of before it takes it."""

    watch: Callable[[Policy, Tensor, Samples, Tensor, Samples | None], None]

    def natural_step(
        self,
        networks: ActorCritic,
        theta: Tensor,
        samples: Samples,
        advantage: Tensor,
        fisher_samples: Samples | None = None,
    ) -> Metrics:
        """Show, then do what TRPO does."""
        self.watch(networks.policy, theta, samples, advantage, fisher_samples)
        return super().natural_step(networks, theta, samples, advantage, fisher_samples)


@dataclass(frozen=True)
class Lesson:
    """How far does the quadratic model lead TRPO, and how often would its full step be wrong?"""

    default_env: ClassVar[str] = "Hopper-v4"
    title: ClassVar[str] = "what TRPO's line search sees along its steps, by damping"

    updates: int = setting(30, "", "updates of TRPO", low=BINS)
    target_kl: float = setting(0.01, "δ", "largest KL divergence of a step", above=0)
    cg_iterations: int = setting(15, "k", "conjugate gradient iterations", low=1)
    fisher_fraction: float = setting(0.25, "", "share of the batch in Fisher products", above=0, high=1)
    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(64, "T", "steps a world of a batch", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """Along a step, mean of all; and the share of steps, as training goes on."""
        return (
            Axes(FURTHER, "share of the full step", log_y=True, level=1.0),
            Axes(GAINED, "share of the full step"),
            Axes(SHARES, "updates", lowest=0.0),
        )

    def trpo(self, damping: float, kind: type[TRPO] = TRPO) -> TRPO:
        """The algorithm with this damping."""
        return kind(
            self.num_envs,
            self.num_steps,
            target_kl=self.target_kl,
            damping=damping,
            cg_iterations=self.cg_iterations,
            fisher_fraction=self.fisher_fraction,
        )

    def steps(self, env: str, seeds: tuple[int, ...]) -> dict[float, Along]:
        """By damping, the steps of a training of TRPO that takes those of the first; `[updates, fractions, S]`."""
        seen: dict[float, list[Along]] = {damping: [] for damping in DAMPINGS}

        def look(policy: Policy, theta: Tensor, samples: Samples, advantage: Tensor, some: Samples | None) -> None:
            start = Start(policy, theta, samples.obs, policy.at(theta, samples.obs))
            for damping, steps in seen.items():
                steps.append(along(self.trpo(damping), start, samples.actions, advantage, some))

        algorithm = self.trpo(DAMPINGS[0], WatchedTRPO)
        object.__setattr__(algorithm, "watch", look)
        trained(algorithm, env, seeds, self.updates)
        return {damping: Along(*map(torch.stack, zip(*each, strict=True))) for damping, each in seen.items()}

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """Means over all steps, beside the models: quadratic for the divergence, linear for the gain."""
        measured = []
        for damping, (kl, gain) in self.steps(env, seeds).items():
            line = named(damping)
            for place, fraction in enumerate(FRACTIONS):
                measured.append(Measured(FURTHER, line, fraction, array(kl[:, place].mean(0))))
                measured.append(Measured(GAINED, line, fraction, array(gain[:, place].mean(0))))
            full = FRACTIONS.index(1.0)
            refused = (kl[:, full] > 1) | (gain[:, full] <= 0)  # [updates, S]
            for rows in np.array_split(np.arange(self.updates), BINS):
                share = refused[torch.from_numpy(rows)].double().mean(0)
                measured.append(Measured(SHARES, line, float(rows[-1] + 1), array(share)))
        for fraction in FRACTIONS:
            for panel, model in ((FURTHER, fraction**2), (GAINED, fraction)):
                measured.append(Measured(panel, MODEL, fraction, np.full(len(seeds), model)))
        return measured

    def say(self, found: Numbers) -> Sequence[str]:
        """Of each damping, what is true of the full step."""
        sentences = []
        for damping in DAMPINGS:
            line = named(damping)
            share = np.mean([found.mean(SHARES, line, x) for x in found.places(SHARES, line)])
            sentences.append(
                f"With {line} the full step goes {found.geometric_mean(FURTHER, line, 1.0):.2g} times as far as the "
                f"model says and gains {found.mean(GAINED, line, 1.0):.2g} times as much; {share:.0%} of full steps "
                "are beyond the bound or have a worse surrogate."
            )
        return sentences


def along(trpo: TRPO, start: Start, actions: Tensor, advantage: Tensor, fisher_samples: Samples | None) -> Along:
    """Look along the step that TRPO would search, without moving."""
    natural = trpo.direction(start, actions, advantage, fisher_samples)
    step = natural.step_length_for_kl(trpo.target_kl).unsqueeze(1) * natural.x
    evaluate = trpo.evaluation(start, actions, advantage)
    policy, theta, obs, _ = start
    seen = [evaluate(policy.at(theta + fraction * step, obs)) for fraction in FRACTIONS]
    gains, distances = (torch.stack(each) for each in zip(*seen, strict=True))
    return Along(distances / trpo.target_kl, gains / dot(natural.gradient, step))


def named(damping: float) -> str:
    return f"damping {damping:g}"
