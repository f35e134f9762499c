"""The interface of all environments: `[S, N]` worlds, N for each of S seeds, stepped together."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.tables import Tables

Generators = Callable[[int, int], np.random.Generator]
"""(seed, block) -> the generator of one block of the seed's start states."""


LONGEST = 10_000
"""Longest episode of populations and evaluations where the environment has no time limit."""

ASK_EVERY = 16
"""Steps between two checks whether all worlds on a GPU are done; a check waits for the GPU."""

Snapshot = dict[str, Any]
"""Saved worlds: tensors or NumPy arrays with one row for each world."""


def rows_of(snapshot: Snapshot, rows: Tensor) -> Snapshot:
    """The given rows of a snapshot."""
    return {
        name: values[rows.to(values.device) if isinstance(values, Tensor) else rows.numpy()]
        for name, values in snapshot.items()
    }


def join_snapshots(snapshots: Sequence[Snapshot]) -> Snapshot:
    """Snapshots concatenated."""

    def end_to_end(parts: list[Any]) -> Any:
        return torch.cat(parts) if isinstance(parts[0], Tensor) else np.concatenate(parts)

    return {name: end_to_end([each[name] for each in snapshots]) for name in snapshots[0]}


def none_left(moving: Tensor, step: int) -> bool:
    """True if no world moves any more. On a GPU it is checked every ASK_EVERY steps, to avoid synchronisations."""
    return (moving.device.type == "cpu" or step % ASK_EVERY == 0) and not bool(moving.any())


class Step(NamedTuple):
    """The result of one step. The tensors are buffers that the next step overwrites."""

    obs: Tensor
    """[S, N, O] the observation to act on next: in a finished world the first one of its next episode."""
    reward: Tensor
    """[S, N]"""
    terminated: Tensor
    """[S, N] bool: the task ended the episode."""
    truncated: Tensor
    """[S, N] bool: the time limit ended the episode. Both may be true."""
    done: Tensor
    """[S, N] bool: terminated or truncated."""
    any_done: bool
    """False if no world is done. Always true if the environment is asynchronous, to avoid a synchronisation."""
    final_obs: Tensor
    """[S, N, O] the observation before any reset. `obs` itself if no world finished."""


class Env(Protocol):
    """`[S, N]` worlds. A finished world is reset within the same step, to its seed's next start state.

    Observations and rewards are float64 on the CPU, as Gymnasium computes them (float32 ones are widened), and float32
    on a GPU.
    """

    seeds: tuple[int, ...]
    num_envs: int
    """Worlds of each seed."""
    device: torch.device
    """The device of observations, rewards and actions."""
    asynchronous: bool
    """True if steps are only launched, on a GPU, so that to look at a result is to wait for it."""
    obs_size: int
    action_size: int
    """Numbers in an action; 1 for discrete actions."""
    action_low: Tensor
    action_high: Tensor
    """[A] float32. Actions are clipped to these, which may be infinite."""
    num_actions: int | None
    """How many discrete actions there are, 0 to num_actions - 1; None for continuous actions."""
    max_episode_steps: int | None
    """The time limit; None if there is none."""
    exact_saves: bool
    """True if `load` restores a world without simulating transitions."""
    tables: Tables | None
    """The transition tables, if they are known."""

    @property
    def simulating(self) -> float:
        """Total seconds of the simulator's own steps, without observations, rewards and resets."""

    def metrics(self) -> dict[str, Tensor]:
        """Columns for progress.csv, `[S]` each, about the time since the last call."""

    def prefetch_starts(self, steps: int) -> None:
        """Prepare the start states that this many calls of `step` may need."""

    def check(self) -> None:
        """Raise a UserError if the simulator has reported an error since the last call."""

    def reset(self) -> Tensor:
        """Start an episode in every world. Returns the observations [S, N, O], a buffer as in `Step`."""

    def step(self, action: Tensor) -> Step:
        """Step every world. `action` is [S, N, A] float32; a discrete one is a whole number, with A = 1."""

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        """Step only the worlds marked in `moving` [S, N] bool, and reset none. The others have reward 0, not done."""

    def save(self) -> Snapshot:
        """A snapshot of all worlds, for `load`: W = S * N rows, world n of seed s in row s * N + n."""

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        """Set world i to row `worlds[i]` of a snapshot, to the bit. Returns the observations [S, N, O].

        `worlds` has W entries, as [S, N] or flat. The snapshot may come from another Env of the same task. The position
        in the sequence of start states does not change; `restore` sets that too.
        """

    def reseed(self, seeds: Sequence[int]) -> None:
        """Give world i a random generator of its own with seed `seeds[i]`, until it is loaded or reset."""

    def state(self) -> dict[str, Tensor]:
        """Everything the future depends on, as tensors [S, ...]. A seed's rows do not depend on the other seeds."""

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        """Continue from `state()`, to the bit. Returns the observations [S, N, O]."""
