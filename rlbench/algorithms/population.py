"""What the algorithms that search among whole policies share: candidates without chance, judged by whole episodes."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Metrics, Sampler, Space, State
from rlbench.numerics.arrays import Array, largest, on_tensors
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.network import Network, padded
from rlbench.policies.normaliser import initial_moments, merge_moments, normaliser


class PopulationAlgorithm:
    """M candidates of P parameters, each with E episodes. The state has `mean[S, P]`, the policy that is evaluated."""

    population: int
    episodes: int
    hidden_sizes: tuple[int, ...]

    @property
    def num_envs(self) -> int:
        """A world for each episode of each candidate."""
        return self.population * self.episodes

    def network(self, space: Space) -> Network:
        """A candidate's policy: linear without hidden layers, else tanh."""
        return Network((space.obs_size, *self.hidden_sizes, space.num_actions or space.action_size), last_gain=0.01)

    def start(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Each seed's first mean, in float32 and padded, and nothing seen yet."""
        network = self.network(space)
        mean = torch.zeros(len(seeds), padded(network.size))
        for row, seed in zip(mean, seeds, strict=True):
            row[: network.size] = torch.from_numpy(network.initial(stream(seed, Purpose.INITIAL_THETA)))
        return {"mean": mean, "obs": initial_moments(len(seeds), space.obs_size)}

    def returns_of(self, state: State, sampler: Sampler, theta: Tensor) -> tuple[Tensor, Metrics]:
        """Mean return of each candidate `theta[S, M, P]`, all from the same start states, `[S, M]`.

        What they saw joins the running moments afterwards: within a generation all see through the same.
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
        """What `theta[S, M, P]` do in `[S, M*E, O]`: the network's output, or the largest one's number."""
        network, normalise = self.network(space), normaliser(state["obs"])
        seeds, candidates = theta.shape[:2]
        flat = network.parameters(theta.flatten(0, 1))  # [S*M, P]

        def act(obs: Array) -> Array:
            output = network(flat, normalise(obs).reshape(seeds * candidates, -1, obs.shape[-1]))  # [S*M, E, A]
            output = largest(output) if space.num_actions else output
            return output.reshape(seeds, obs.shape[1], -1)

        return on_tensors(act)

    def actor(self, state: State, space: Space) -> Actor:
        """The mean of the search, which acts without chance."""
        act = self.acting(state, space, state["mean"].unsqueeze(1))
        return Actor(lambda _, *shape: np.zeros((*shape, 0), np.float32), lambda obs, _: act(obs))
