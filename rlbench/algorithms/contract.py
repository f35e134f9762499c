"""What an algorithm is given and what it gives back. Who calls algorithms fits itself to this page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.tables import Tables
from rlbench.policies.normaliser import Moments

State = dict[str, Any]
"""Everything an algorithm remembers: a dict of tensors with the seed first, or of such dicts."""

Metrics = dict[str, Tensor]
"""One number a seed, `[S]`, by column name."""


class Space(NamedTuple):
    """Sizes of what is observed and done."""

    obs_size: int
    action_size: int
    num_actions: int | None
    """How many discrete actions; None where actions are continuous."""
    exact_saves: bool = False
    """Whether a world can be saved and put back to the bit at no simulated transition."""
    has_tables: bool = False
    """Whether the transition probabilities are known, as tables over all states and actions."""


class Size(NamedTuple):
    """What one seed of an algorithm takes."""

    parameters: int
    """How many numbers it learns."""
    batch: int | None = None
    """Transitions of one iteration; None where it depends on how episodes go."""
    memory: int = 0
    """Bytes of its state, where that may be a matter."""
    branches: int = 0
    """Worlds it needs beside those of its rollouts."""


class Actor(NamedTuple):
    """A policy with its parameters filled in: all that a sampler needs to act."""

    noise: Callable[..., np.ndarray]
    """`noise(rng, *shape) -> [*shape, K]`, drawn before the rollout; zeros give the most likely action."""
    act: Callable[[Tensor, Tensor], Tensor]
    """`(obs [S, N, O], noise [S, N, K]) -> actions [S, N, A]`; observations are raw."""


@dataclass(frozen=True)
class Batch:
    """T steps of N worlds for each of S seeds."""

    obs: Tensor
    """`[S, T, N, O]`, raw"""
    actions: Tensor
    """`[S, T, N, A]`"""
    rewards: Tensor
    """`[S, T, N]`, raw"""
    terminated: Tensor
    """`[S, T, N]`: nothing follows."""
    done: Tensor
    """`[S, T, N]`: terminated, or cut off by the time limit."""
    last_obs: Tensor
    """`[S, N, O]`: where the worlds stand after the last step."""
    truncated_obs: Tensor
    """`[S, F, O]`: final observations of the episodes that a time limit ended, which `obs` does not hold."""
    truncated_index: Tensor
    """`[S, F]`: the index in `[T*N]` of the step that each of them followed; T*N marks an unused slot."""
    branch_index: Tensor
    """`[S, R]`: indices in `[T*N]`, in no order, of states that the sampler can branch from until the next rollout."""

    @property
    def size(self) -> int:
        """Transitions a seed, T*N."""
        return self.rewards.shape[1] * self.rewards.shape[2]

    def next_values(self, values: Tensor, last: Tensor, cut: Tensor) -> Tensor:
        """V of the true next observation of each step, `[S, T, N]`, from V of `obs`, `last_obs` and `truncated_obs`.

        That is the next row's, after the last row `last_obs`, and at a time limit the episode's final observation.
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
    """`[S, R, K]`: ended, and nothing follows."""
    lengths: Tensor
    """`[S, R, K]`: steps that were simulated."""
    last_obs: Tensor
    """`[S, R*K, O]`, raw: where each branch stands at its end."""


class Played(NamedTuple):
    """One episode in every world."""

    returns: Tensor
    """`[S, N]`, float64: undiscounted sums of rewards."""
    lengths: Tensor
    """`[S, N]`"""
    seen: Moments
    """Of all observations that were acted on, a seed's together."""


class Sampler(Protocol):
    """The only thing that steps worlds."""

    @property
    def space(self) -> Space:
        """What the worlds show and take."""

    @property
    def progress(self) -> Tensor:
        """The share of a seed's budget that is spent, `[S, 1]`, on the CPU.

        An error unless the algorithm has a true `depends_on_budget`.
        """

    def rollout(self, actor: Actor, num_steps: int, keep: int = 0) -> Batch:
        """Act for `num_steps` steps in every world, and remember the worlds at `keep` random places of a seed."""

    def branch(self, actor: Actor, actions: Tensor, noise: Tensor, reseed: bool = False) -> Branches:
        """From each kept state try `actions[S, R, K, A]`, then act on with `noise[S, H-1, R, K, Z]`.

        The branches of a state meet the same chance in the environment, where it has any, unless `reseed` is true.
        """

    def play(self, act: Callable[[Tensor], Tensor], starts: int) -> Played:
        """One episode in every world, world n beginning as world n % starts does: `act(obs [S, N, O]) -> [S, N, A]`."""

    def tables(self) -> Tables:
        """All that can happen in the environment; reading a row is a transition."""

    def draw(self, noise: Callable[..., np.ndarray], *shape: int) -> Tensor:
        """Fresh random numbers, `[S, *shape, ...]`; `noise(rng, *shape)` makes a seed's."""

    def permutations(self, count: int, size: int) -> Tensor:
        """Fresh random orders for this iteration's minibatches, `[count, S, size]`."""


class Algorithm(Protocol):
    """A frozen dataclass of settings with these functions. `num_envs` is among its settings.

    One that reads `Sampler.progress` also has `depends_on_budget` (settings.py), a true attribute or property.
    """

    num_envs: int

    def size(self, space: Space) -> Size:
        """What a seed takes; a UserError where it cannot learn on such a space."""

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """The state before the first iteration."""

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """Sample, learn, change the state in place, and say how it went."""

    def actor(self, state: State, space: Space) -> Actor:
        """The policy as it stands, for evaluation."""
