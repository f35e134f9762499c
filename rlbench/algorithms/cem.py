"""The cross-entropy method: sample policies, keep the best, fit the next sampling distribution to them.

de Boer, Kroese, Mannor, Rubinstein: A Tutorial on the Cross-Entropy Method, Annals of Operations Research 134, 2005
(section 2.2 for elites); Szita and Lorincz: Learning Tetris Using the Noisy Cross-Entropy Method, Neural Computation
18, 2006 (the decreasing noise Z_t, section 3.2).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.contract import Metrics, Sampler, Size, Space, State
from rlbench.algorithms.population import PopulationAlgorithm
from rlbench.algorithms.settings import setting


@dataclass(frozen=True)
class CEM(PopulationAlgorithm):
    """The noisy cross-entropy method (Szita and Lorincz 2006) on the parameters of a policy."""

    population: int = setting(64, "n", "candidates a generation", low=2)
    elite_fraction: float = setting(0.2, "ρ", "share of them that the next generation is fitted to", above=0, below=1)
    episodes: int = setting(1, "", "episodes a candidate, from start states that all share", low=1)
    initial_std: float = setting(0.3, "σ", "standard deviation of every parameter at the start", above=0)
    extra_std: float = setting(0.1, "√Z", "root of the variance added to the elites' at the start", low=0)
    extra_until: float = setting(0.5, "", "share of the budget over which Z falls linearly to 0", above=0, high=1)
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((), "the policy")

    @property
    def depends_on_budget(self) -> bool:
        """Whether there is extra noise, which falls over the budget."""
        return self.extra_std > 0

    def size(self, space: Space) -> Size:
        """The policy; how long episodes are, the task decides."""
        return Size(self.network(space).size)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """The first mean, and the same deviation of every parameter."""
        state = self.start(space, seeds)
        return {**state, "std": torch.full_like(state["mean"], self.initial_std)}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One generation."""
        mean, std = state["mean"], state["std"]
        z = sampler.draw(standard_normal, self.population, mean.shape[1])  # [S, M, P]
        theta = mean.unsqueeze(1) + std.unsqueeze(1) * z
        returns, metrics = self.returns_of(state, sampler, theta)

        count = math.ceil(self.elite_fraction * self.population)
        best = returns.argsort(stable=True, dim=1, descending=True)[:, :count]
        elites = theta.gather(1, best.unsqueeze(-1).expand(-1, -1, theta.shape[2]))  # [S, elites, P]
        center = elites.mean(1)
        variance = (elites - center.unsqueeze(1)).square().mean(1)
        if self.extra_std:
            left = (1 - sampler.progress / self.extra_until).clamp(min=0).to(variance)  # [S, 1]
            variance += self.extra_std**2 * left  # Z_t
        state["mean"], state["std"] = center, variance.sqrt()
        used = self.network(sampler.space).size
        return {**metrics, "elite_mean": returns.gather(1, best).mean(1), "std": state["std"][:, :used].mean(1)}


def standard_normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """float32"""
    return rng.standard_normal(shape, dtype=np.float32)
