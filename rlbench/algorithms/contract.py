"""The interface between algorithms and the training loop; both depend only on this module."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.tables import Tables
from rlbench.policies.normaliser import Moments
from rlbench.policies.plain import PlainPolicy

State = dict[str, Any]
"""Everything an algorithm keeps between iterations: a dict, maybe nested, of tensors whose first axis is the seed."""

Metrics = dict[str, Tensor]
"""The columns that an iteration reports, by name: one number per seed, `[S]`."""


class Space(NamedTuple):
    """Sizes of an environment's observations and actions, and what else an algorithm may need to know of it."""

    obs_size: int
    action_size: int
    num_actions: int | None
    """Number of discrete actions; None where actions are continuous."""
    exact_saves: bool = False
    """Whether a world can be saved and restored to the bit without simulating any transition."""
    has_tables: bool = False
    """Whether the transition probabilities are known, as tables over all states and actions."""
    action_scale: tuple[float, ...] = ()
    """Half the width of each continuous action's range, 1 where it has no limits; empty: 1 for each."""


class Size(NamedTuple):
    """What one seed of an algorithm needs."""

    parameters: int
    """Number of parameters it learns."""
    batch: int | None = None
    """Transitions of one iteration; None where it depends on the length of episodes."""
    memory: int = 0
    """Bytes of its state, where they may be many."""
    branches: int = 0
    """Number of worlds it needs besides those of its rollouts."""


class Actor(NamedTuple):
    """A policy with fixed parameters: all that a sampler needs to choose actions."""

    noise: Callable[..., np.ndarray]
    """`noise(rng, *shape) -> [*shape, K]` draws the random numbers of `act`; zeros give the most likely action."""
    act: Callable[[Tensor, Tensor], Tensor]
    """`(obs [S, N, O], noise [S, N, K]) -> actions [S, N, A]`; observations are raw."""
    plain: Callable[[], PlainPolicy] | None = None
    """The most likely action of the first seed as plain arrays, for export to other programs; None if it has no such
    form."""


@dataclass(frozen=True)
class Batch:
    """A rollout: T steps of N worlds for each of S seeds."""

    obs: Tensor
    """`[S, T, N, O]`, raw"""
    actions: Tensor
    """`[S, T, N, A]`"""
    rewards: Tensor
    """`[S, T, N]`, raw"""
    terminated: Tensor
    """`[S, T, N]`: the episode ended in a terminal state, whose value is 0."""
    done: Tensor
    """`[S, T, N]`: the episode ended, by termination or by its time limit."""
    last_obs: Tensor
    """`[S, N, O]`: the observation after the last step."""
    truncated_obs: Tensor
    """`[S, F, O]`: final observations of episodes that a time limit ended, which are not in `obs`."""
    truncated_index: Tensor
    """`[S, F]`: the index in `[T*N]` of the last step of each of them; T*N marks an unused slot."""
    branch_index: Tensor
    """`[S, R]`: unsorted indices in `[T*N]` of the states that `Sampler.branch` starts from until the next rollout."""

    @property
    def size(self) -> int:
        """Transitions per seed, T*N."""
        return self.rewards.shape[1] * self.rewards.shape[2]

    def next_values(self, values: Tensor, last: Tensor, cut: Tensor) -> Tensor:
        """V of the true next observation of each step, `[S, T, N]`.

        `values`, `last` and `cut` are V of `obs`, `last_obs` and `truncated_obs`. The next observation is that of the
        next row; `last_obs` after the last row; and the episode's final observation where a time limit ended it.
        """
        following = torch.cat([values[:, 1:], last.unsqueeze(1)], 1)
        unused = torch.zeros_like(last[:, :1])  # a column that the unused slots of truncated_index write to
        flat = torch.cat([following.flatten(1), unused], 1)
        return flat.scatter(1, self.truncated_index, cut)[:, :-1].view_as(values)


@dataclass(frozen=True)
class Branches:
    """K branches of up to H steps from each of R states."""

    rewards: Tensor
    """`[S, H, R, K]`; 0 once a branch has ended."""
    terminated: Tensor
    """`[S, R, K]`: the branch ended in a terminal state."""
    lengths: Tensor
    """`[S, R, K]`: number of simulated steps."""
    last_obs: Tensor
    """`[S, R*K, O]`, raw: the last observation of each branch."""


class Played(NamedTuple):
    """One episode in every world."""

    returns: Tensor
    """`[S, N]`, float64: undiscounted sums of rewards."""
    lengths: Tensor
    """`[S, N]`"""
    seen: Moments
    """Moments of all observations that were acted on, over all worlds of a seed."""


class Sampler(Protocol):
    """Simulates worlds and counts every transition; nothing else steps them while an algorithm trains."""

    @property
    def space(self) -> Space:
        """Sizes of observations and actions."""

    @property
    def progress(self) -> Tensor:
        """The share of each seed's budget that was spent before this iteration, `[S, 1]`, on the CPU.

        Reading it is an error unless the algorithm's `depends_on_budget` is true.
        """

    def rollout(self, actor: Actor, num_steps: int, keep: int = 0) -> Batch:
        """Act for `num_steps` steps in every world, and save the worlds at `keep` random steps of each seed."""

    def branch(self, actor: Actor, actions: Tensor, noise: Tensor, reseed: bool = False) -> Branches:
        """From each saved state take `actions[S, R, K, A]`, then follow the actor with `noise[S, H-1, R, K, Z]`.

        All branches of a state use the same random numbers inside the environment, unless `reseed` is true.
        """

    def play(self, act: Callable[[Tensor], Tensor], starts: int) -> Played:
        """Play one episode in every world; world n has the start state of world n % starts.

        `act(obs [S, N, O]) -> actions [S, N, A]`.
        """

    def tables(self) -> Tables:
        """The environment's transition probabilities and rewards; reading a row of them counts as a transition."""

    def draw(self, noise: Callable[..., np.ndarray], *shape: int) -> Tensor:
        """Fresh random numbers, `[S, *shape, ...]`; `noise(rng, *shape)` draws those of one seed."""

    def permutations(self, count: int, size: int) -> Tensor:
        """Fresh random permutations for this iteration's minibatches, `[count, S, size]`."""


class Algorithm(Protocol):
    """A frozen dataclass of settings with these methods.

    If it reads `Sampler.progress`, it also has an attribute or property `depends_on_budget` that is true (settings.py).
    """

    @property
    def num_envs(self) -> int:
        """Worlds per seed: a setting, or computed from settings."""

    def size(self, space: Space) -> Size:
        """What a seed needs; raises a UserError where the algorithm cannot learn on such a space."""

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """The state before the first iteration."""

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """Sample, learn, change the state in place, and return the metrics of the iteration."""

    def actor(self, state: State, space: Space) -> Actor:
        """The current policy, for evaluation."""
