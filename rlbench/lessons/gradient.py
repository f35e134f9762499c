"""Estimators of the policy gradient: what weighs a score, and what is taken off it.

Williams 1992; the baseline of least variance: Weaver and Tao 2001, Greensmith, Bartlett and Baxter 2004.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from rlbench.algorithms.reinforce import REINFORCE
from rlbench.algorithms.settings import setting
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, total_variance, trained

ESTIMATORS = [(psi, baseline) for psi in ("total", "reward-to-go") for baseline in ("none", "mean", "optimal", "value")]
PLAIN = ("total", "none")
NOISE, SAME = "Variance of an estimate", "Squared distance of means"


def named(psi: str, baseline: str) -> str:
    return f"{psi}, {'no' if baseline == 'none' else baseline} baseline"


@dataclass(frozen=True)
class Lesson:
    """How noisy is a policy gradient, and does less noise change what it estimates?"""

    default_env: ClassVar[str] = "Reacher-v4"
    title: ClassVar[str] = "estimators of the policy gradient at one policy"

    batches: int = setting(60, "", "independent batches, of which each gives an estimate", low=2)
    num_envs: int = setting(10, "N", "worlds a seed", low=1)
    num_steps: int = setting(100, "T", "steps a world of a batch; an episode must fit in", low=1)
    gamma: float = setting(1.0, "γ", "discount of later rewards", low=0, high=1)
    updates: int = setting(10, "", "updates of REINFORCE that make the policy and the critic", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """A row for each estimator."""
        return (
            Axes(NOISE, f"{named(*PLAIN)} = 1", log_y=True, rows=True, level=1.0),
            Axes(SAME, "from reward-to-go; by chance = 1", log_y=True, rows=True, level=1.0),
        )

    def reinforce(self, psi: str, baseline: str) -> REINFORCE:
        """The algorithm whose gradient is measured."""
        return REINFORCE(self.num_envs, self.num_steps, self.gamma, psi, baseline, standardise=False)

    def gradients(self, env: str, seeds: tuple[int, ...]) -> dict[tuple[str, str], torch.Tensor]:
        """Of each estimator all its estimates, `[B, S, P]`: every batch is given to all of them."""
        made, networks, state, sampler = trained(self.reinforce("reward-to-go", "value"), env, seeds, self.updates)
        estimators = {names: self.reinforce(*names) for names in ESTIMATORS}
        found: dict[tuple[str, str], list[torch.Tensor]] = {names: [] for names in ESTIMATORS}
        for _ in range(self.batches):
            batch = sampler.rollout(networks.actor(state), made.num_steps)
            for names, estimator in estimators.items():
                returns, complete = estimator.returns(state, batch)
                found[names].append(estimator.gradient(networks, state, batch, returns, complete)[0])
            state["fresh"] = batch.done[:, -1].clone()
        return {names: torch.stack(each) for names, each in found.items()}

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """Variances, and how far means are from each other, in units of what chance explains."""
        found = self.gradients(env, seeds)
        plain, reference = total_variance(found[PLAIN]), found["reward-to-go", "none"]
        measured = []
        for names, gradients in found.items():
            measured.append(Measured(NOISE, named(*names), 0.0, array(total_variance(gradients) / plain)))
            difference = (gradients - reference).double()
            if names != ("reward-to-go", "none"):
                by_chance = total_variance(difference) / self.batches
                measured.append(
                    Measured(SAME, named(*names), 0.0, array(difference.mean(0).square().sum(-1) / by_chance))
                )
        return measured

    def say(self, found: Numbers) -> Sequence[str]:
        """The gains."""
        to_go, best = (found.geometric_mean(NOISE, named("reward-to-go", each)) for each in ("none", "value"))
        far = found.geometric_mean(SAME, named(*PLAIN))
        return (
            f"The variance of reward-to-go is {to_go:.2g} times that of the episode's total; less the critic's value, "
            f"{best:.2g} times.",
            f"The squared distance of the means of both is {far:.2g} times what chance explains.",
        )
