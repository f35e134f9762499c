"""Covariance matrix adaptation, by the library `cmaes`.

Hansen: The CMA Evolution Strategy: A Tutorial, 2016, arXiv:1604.00772; the separable one: Ros and Hansen: A Simple
Modification in CMA-ES Achieving Linear Time and Space Complexity, PPSN 2008.
"""

from dataclasses import dataclass

import cmaes
import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.contract import Metrics, Sampler, Size, Space, State
from rlbench.algorithms.population import PopulationAlgorithm
from rlbench.algorithms.settings import setting

FULL_BELOW = 500
"""Parameters from which covariance=auto keeps the diagonal alone."""

REMEMBERED = {"_mean": "m", "_sigma": "sigma", "_C": "C", "_p_sigma": "p_sigma", "_pc": "p_c", "_g": "generation"}
"""What the library's object learns from one generation to the next, and the tutorial's names for it.

The attributes are not public, hence the library's exact version in pyproject.toml: there is no public way to go on from
plain numbers, and a pickled object would not be data.
"""


@dataclass(frozen=True)
class CMAES(PopulationAlgorithm):
    """CMA-ES (Hansen 2016) on the parameters of a policy; separable (Ros and Hansen 2008) where they are many."""

    population: int = setting(32, "λ", "candidates a generation", low=4)
    episodes: int = setting(1, "", "episodes a candidate, from start states that all share", low=1)
    initial_std: float = setting(0.3, "σ", "step size at the start", above=0)
    covariance: str = setting("auto", "C", f"auto: full below {FULL_BELOW} parameters, else its diagonal alone",
                              choices=("auto", "full", "separable"))  # fmt: skip
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((), "the policy")

    def is_full(self, parameters: int) -> bool:
        """Whether C is a whole matrix."""
        return parameters < FULL_BELOW if self.covariance == "auto" else self.covariance == "full"

    def size(self, space: Space) -> Size:
        """The policy; C with its copies and factors, and the library's products of each candidate with itself."""
        n = self.network(space).size
        return Size(n, memory=8 * (self.population + 6) * (n * n if self.is_full(n) else n))

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """The library's own start around the first mean."""
        state, n = self.start(space, seeds), self.network(space).size
        return {**state, "es": joined([self.strategy(mean[:n].double().numpy()) for mean in state["mean"]])}

    def strategy(self, mean: np.ndarray, seed: int = 0) -> cmaes.CMA | cmaes.SepCMA:
        """The library's object, new."""
        kind = cmaes.CMA if self.is_full(len(mean)) else cmaes.SepCMA
        return kind(mean=mean.copy(), sigma=self.initial_std, population_size=self.population, seed=seed)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One generation: ask, judge, tell."""
        chance = sampler.draw(lambda rng: rng.integers(2**32))  # [S]
        searches = [self.resumed(state["es"], row, int(seed)) for row, seed in enumerate(chance)]
        asked = [[each.ask() for _ in range(self.population)] for each in searches]  # m + sigma N(0, C)
        candidates = np.array(asked)  # [S, M, n]

        theta = state["mean"].unsqueeze(1).repeat(1, self.population, 1)  # [S, M, P]
        theta[:, :, : candidates.shape[2]] = torch.from_numpy(candidates)
        returns, metrics = self.returns_of(state, sampler, theta)

        for search, tried, gained in zip(searches, asked, returns.tolist(), strict=True):
            search.tell([(x, -gain) for x, gain in zip(tried, gained, strict=True)])  # it minimises
        state["es"] = joined(searches)
        state["mean"][:, : candidates.shape[2]] = state["es"]["m"].float()
        return {**metrics, "sigma": state["es"]["sigma"].squeeze(1), "axis_ratio": axis_ratio(state["es"]["C"])}

    def resumed(self, es: State, row: int, seed: int) -> cmaes.CMA | cmaes.SepCMA:
        """The library's object of one seed as it was after its last generation."""
        values = {name: es[known][row].numpy(force=True).copy() for name, known in REMEMBERED.items()}
        search = self.strategy(values["_mean"], seed)
        scalars = {"_sigma": float(values["_sigma"][0]), "_g": int(values["_g"][0])}
        vars(search).update(values | scalars)
        return search


def joined(searches: list[cmaes.CMA | cmaes.SepCMA]) -> State:
    """What all seeds' objects remember, by the tutorial's names, the seed first."""
    return {
        known: torch.from_numpy(np.stack([np.atleast_1d(getattr(each, name)) for each in searches]).astype(np.float64))
        for name, known in REMEMBERED.items()
    }


def axis_ratio(c: Tensor) -> Tensor:
    """Longest over shortest axis of C, whole `[S, n, n]` or its diagonal `[S, n]`; `[S]`."""
    squares = torch.stack([torch.linalg.eigvalsh(each) for each in c]) if c.dim() == 3 else c
    return (squares.amax(1) / squares.amin(1)).sqrt()
