"""Exact theory on tables: the return along a mixture of two policies, what the bound promises, and without the mixture.

Kakade and Langford 2002; the bound as eq. 6 of Schulman et al. 2015, arXiv:1502.05477.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.cpi import CPI
from rlbench.algorithms.settings import setting
from rlbench.lessons.contract import Axes, Measured, Numbers
from rlbench.lessons.policies import array, sampler_of
from rlbench.numerics.streams import Purpose, stream
from rlbench.numerics.tables import Evaluation, Tables, evaluate_policy

SMALL, WHOLE, AGAIN = "First step: gain of a mixture", "A later step: gain of a mixture", "Return, step after step"
TRUE, SURROGATE, BOUND = "true return", "surrogate L", "bound of the theory"
FULL, SAFE, BOLD = "the whole step, α = 1", "α of the bound", "α of a looser bound"
SMALL_ALPHAS = tuple(float(f"{each:.3g}") for each in np.logspace(-6, 0, 25))
ALPHAS = tuple(round(each, 2) for each in np.linspace(0, 1, 21))


@dataclass(frozen=True)
class Lesson:
    """What does the theory promise of a step, what does the step bring, and what happens without caution?"""

    default_env: ClassVar[str] = "FrozenLake-v1"
    title: ClassVar[str] = "exact returns of mixtures with an approximately greedy policy"

    gamma: float = setting(0.9, "γ", "discount of later rewards", above=0, below=1)
    error: float = setting(0.1, "", "standard deviation of the advantages' errors, in units of the largest", low=0)
    looser: float = setting(0.001, "", "caution of the looser bound: what its penalty is multiplied with", above=0)
    before: int = setting(20, "", "steps with the looser bound before any mixture is looked at", low=0)
    steps: int = setting(50, "", "steps one after the other", low=1)

    @property
    def panels(self) -> Sequence[Axes]:
        """One step, small and whole; and many steps."""
        return (
            Axes(SMALL, "α, the share of the new policy", log_x=True, log_y=True),
            Axes(WHOLE, "α, the share of the new policy", level=0.0),
            Axes(AGAIN, "steps", level=1.0, lowest=0.0),
        )

    def measure(self, env: str, seeds: tuple[int, ...]) -> Sequence[Measured]:
        """All returns are exact, and shares of what an optimal policy returns."""
        cautious, bold = CPI(gamma=self.gamma), CPI(gamma=self.gamma, caution=self.looser)
        sampler = sampler_of(env, seeds, CPI.num_envs)
        cautious.size(sampler.space)  # a UserError where there are no tables
        tables, starts = sampler.tables(), cautious.initial(sampler.space, seeds)["policy"]
        best = optimum(tables, self.gamma)
        later = [self.walk(tables, start, bold, seed, self.before)[0] for seed, start in zip(seeds, starts)]
        measured = [
            *self.mixtures(SMALL, tables, (TRUE, SURROGATE, BOUND), cautious, starts, seeds, 0, best),
            *self.mixtures(WHOLE, tables, (TRUE, SURROGATE), cautious, later, seeds, self.before, best),
        ]
        for line, algorithm in ((FULL, None), (SAFE, cautious), (BOLD, bold)):
            walks = [self.walk(tables, start, algorithm, seed, self.steps)[1] for seed, start in zip(seeds, starts)]
            for number, returns in enumerate(zip(*walks, strict=True)):
                measured.append(Measured(AGAIN, line, float(number), np.array(returns) / best))
        return measured

    def mixtures(
        self,
        panel: str,
        tables: Tables,
        lines: Sequence[str],
        cpi: CPI,
        policies: Sequence[Tensor],
        seeds: tuple[int, ...],
        number: int,
        best: float,
    ) -> list[Measured]:
        """Gains along the way from each seed's policy to its approximately greedy one, the one of step `number`."""
        measured = []
        evaluations = [evaluate_policy(tables, policy, self.gamma) for policy in policies]
        aims = [self.greedy(each, seed, number) for each, seed in zip(evaluations, seeds)]
        promises = [cpi.promise(each, aim) for each, aim in zip(evaluations, aims)]
        for alpha in SMALL_ALPHAS if panel == SMALL else ALPHAS:
            mixed = [torch.lerp(policy, aim, alpha) for policy, aim in zip(policies, aims)]
            gained = [
                evaluate_policy(tables, policy, self.gamma).expected_return - before.expected_return
                for policy, before in zip(mixed, evaluations)
            ]
            surrogate = [alpha * each.gain for each in promises]
            bound = [alpha * each.gain - alpha**2 * each.penalty for each in promises]
            numbers = {TRUE: gained, SURROGATE: surrogate, BOUND: bound}
            measured += [Measured(panel, line, alpha, array(torch.stack(numbers[line])) / best) for line in lines]
        return measured

    def greedy(self, evaluation: Evaluation, seed: int, number: int) -> Tensor:
        """The policy that is greedy to advantages with errors, `[X, A]`: what an estimate would lead to."""
        errors = stream(seed, Purpose.DRAWS, number).standard_normal(evaluation.advantage.shape)
        size = self.error * evaluation.advantage.abs().max()
        estimated = evaluation.advantage + size * torch.from_numpy(errors)
        return torch.zeros_like(estimated).scatter(1, estimated.argmax(1, keepdim=True), 1.0)

    def walk(
        self, tables: Tables, policy: Tensor, algorithm: CPI | None, seed: int, steps: int
    ) -> tuple[Tensor, list[float]]:
        """The policy after so many steps, and all returns on the way; without an algorithm each step is whole."""
        evaluation = evaluate_policy(tables, policy, self.gamma)
        returns = [float(evaluation.expected_return)]
        for number in range(steps):
            aim = self.greedy(evaluation, seed, number)
            alpha = algorithm.promise(evaluation, aim).alpha if algorithm else 1.0
            policy = torch.lerp(policy, aim, alpha)
            evaluation = evaluate_policy(tables, policy, self.gamma)
            returns.append(float(evaluation.expected_return))
        return policy, returns

    def say(self, found: Numbers) -> Sequence[str]:
        """The promise, and what came of each way."""
        last = float(self.steps)
        lines = (FULL, SAFE, BOLD)
        full, safe, bold = (found.mean(AGAIN, line, last) for line in lines)
        falls = {
            line: np.mean(np.diff([found.values(AGAIN, line, x) for x in found.places(AGAIN, line)], axis=0) < -1e-12)
            for line in lines
        }
        first = [found.mean(SMALL, line, 1.0) for line in (TRUE, SURROGATE)]
        later = [found.mean(WHOLE, line, 1.0) for line in (TRUE, SURROGATE)]
        return (
            f"The whole first step brings {first[0]:+.2g} of the optimal return, and L says {first[1]:+.2g}; after "
            f"{self.before} steps with the looser bound it brings {later[0]:+.2g}, and L says {later[1]:+.2g}.",
            f"Steps after which the return was lower: {falls[FULL]:.0%} of whole ones, {falls[SAFE]:.0%} with the "
            f"bound, {falls[BOLD]:.0%} with the looser one.",
            f"After {self.steps} steps: {full:.2g} with whole steps, {safe:.2g} with the bound, "
            f"{bold:.2g} with the looser one.",
        )


def optimum(tables: Tables, gamma: float) -> float:
    """What an optimal policy returns: exact policy iteration until nothing improves."""
    policy = torch.full_like(tables.rewards, 1 / tables.rewards.shape[1])
    best = -np.inf
    while True:
        evaluation = evaluate_policy(tables, policy, gamma)
        if not float(evaluation.expected_return) > best + 1e-12:
            return best
        best = float(evaluation.expected_return)
        policy = torch.zeros_like(policy).scatter(1, evaluation.advantage.argmax(1, keepdim=True), 1.0)
