"""What CEM and CMA-ES share: a population of deterministic policies, each scored by the return of whole episodes."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Metrics, Sampler, Space, State
from rlbench.numerics.arrays import Array, largest, on_tensors
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.network import Network, padded
from rlbench.policies.normaliser import initial_moments, merge_moments, normaliser
from rlbench.policies.plain import plain_policy


class PopulationAlgorithm:
    """A generation has M candidates of P parameters, each with E episodes. The state's `mean[S, P]` is evaluated."""

    population: int
    episodes: int
    hidden_sizes: tuple[int, ...]

    @property
    def num_envs(self) -> int:
        """A world for each episode of each candidate."""
        return self.population * self.episodes

    def network(self, space: Space) -> Network:
        """The network of a candidate: linear if there are no hidden layers, else with tanh layers."""
        return Network((space.obs_size, *self.hidden_sizes, space.num_actions or space.action_size), last_gain=0.01)

    def start(self, space: Space, seeds: tuple[int, ...]) -> State:
        """The initial mean of each seed, float32 and padded, and empty observation statistics."""
        network = self.network(space)
        mean = torch.zeros(len(seeds), padded(network.size))
        for row, seed in zip(mean, seeds, strict=True):
            row[: network.size] = torch.from_numpy(network.initial(stream(seed, Purpose.INITIAL_THETA)))
        return {"mean": mean, "obs": initial_moments(len(seeds), space.obs_size)}

    def returns_of(self, state: State, sampler: Sampler, theta: Tensor) -> tuple[Tensor, Metrics]:
        """Mean return of each candidate `theta[S, M, P]`, `[S, M]`; all candidates have the same start states.

        Observation statistics are updated after the episodes, so that a generation is normalised in one way.
        """
        act = self.acting(state, sampler.space, theta)
        played = sampler.play(act, self.episodes)
        seen = played.seen
        merge_moments(state["obs"], seen["count"], seen["mean"], seen["m2"])
        returns = played.returns.unflatten(1, (self.population, self.episodes)).mean(2)
        metrics = {
            "candidate_best": returns.amax(1),
            "candidate_mean": returns.mean(1),
            "candidate_worst": returns.amin(1),
            "candidate_length": played.lengths.double().mean(1),
        }
        return returns, metrics

    def acting(self, state: State, space: Space, theta: Tensor) -> Callable[[Tensor], Tensor]:
        """The policies `theta[S, M, P]` as a function of `obs[S, M*E, O]`: outputs, or the index of the largest."""
        network, normalise = self.network(space), normaliser(state["obs"])
        seeds, candidates = theta.shape[:2]
        flat = network.parameters(theta.flatten(0, 1))  # [S*M, P]

        def act(obs: Array) -> Array:
            output = network(flat, normalise(obs).reshape(seeds * candidates, -1, obs.shape[-1]))  # [S*M, E, A]
            output = largest(output) if space.num_actions else output
            return output.reshape(seeds, obs.shape[1], -1)

        return on_tensors(act)

    def actor(self, state: State, space: Space) -> Actor:
        """The mean of the search distribution, a deterministic policy."""
        act = self.acting(state, space, state["mean"].unsqueeze(1))
        return Actor(
            lambda _, *shape: np.zeros((*shape, 0), np.float32),
            lambda obs, _: act(obs),
            lambda: plain_policy(state["obs"], self.network(space), state["mean"]),
        )
