"""The face of every environment here: `[S, N]` worlds, N for each of S seeds, stepped as one."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from rlbench.numerics.tables import Tables

Generators = Callable[[int, int], np.random.Generator]
"""(seed, block) -> the generator which that block of the seed's starts comes from."""


LONGEST = 10_000
"""Steps after which an episode without a time limit is taken as it is."""

ASK_EVERY = 16
"""Steps after which a GPU is asked whether all of its worlds are done."""

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
    """Whether no world moves any more. A GPU is asked only now and then, for it would have to be waited for."""
    return (moving.device.type == "cpu" or step % ASK_EVERY == 0) and not bool(moving.any())


class Step(NamedTuple):
    """What one step gave. The tensors are buffers: the next step overwrites them."""

    obs: Tensor
    """[S, N, O] what to act on next: for a finished world, the first observation of its next episode."""
    reward: Tensor
    """[S, N]"""
    terminated: Tensor
    """[S, N] bool: the task ended the episode."""
    truncated: Tensor
    """[S, N] bool: the time limit ended it. Both may be true."""
    done: Tensor
    """[S, N] bool: either."""
    any_done: bool
    """False if no world is done. Always true if the environment is asynchronous, to avoid a synchronisation."""
    final_obs: Tensor
    """[S, N, O] what was observed before any reset. Where nothing finished it is `obs` itself."""


class Env(Protocol):
    """`[S, N]` worlds. Finished worlds start anew within the same step, each from its seed's next start.

    Observations and rewards are float64 on the CPU, as Gymnasium computes them (float32 ones are widened), and float32
    on a GPU.
    """

    seeds: tuple[int, ...]
    num_envs: int
    """Worlds of a seed."""
    device: torch.device
    """Where observations and rewards come from, and actions are wanted."""
    asynchronous: bool
    """True if steps are only launched, on a GPU, so that to look at a result is to wait for it."""
    obs_size: int
    action_size: int
    """Numbers in an action: 1 where it is a choice."""
    action_low: Tensor
    action_high: Tensor
    """[A] float32. Actions are clipped to these, which may be infinite."""
    num_actions: int | None
    """How many actions there are to choose from, 0 to num_actions - 1; None where actions are vectors."""
    max_episode_steps: int | None
    """None: there is no time limit."""
    exact_saves: bool
    """Whether `load` needs no simulated transition to bring a world back."""
    tables: Tables | None
    """All that can happen, where that is known."""

    @property
    def simulating(self) -> float:
        """Seconds that the simulator itself has taken for steps: no observation, reward or reset."""

    def metrics(self) -> dict[str, Tensor]:
        """Columns for progress.csv, `[S]` each, about the time since the last call."""

    def prefetch_starts(self, steps: int) -> None:
        """Have ready the start states that so many calls of `step` may need."""

    def check(self) -> None:
        """A UserError where the simulator says that it went wrong since it was last asked."""

    def reset(self) -> Tensor:
        """Start an episode in every world. Returns the observations [S, N, O], a buffer as in `Step`."""

    def step(self, action: Tensor) -> Step:
        """Act in every world. `action` is [S, N, A] float32; a choice is a whole number in a float, with A = 1."""

    def advance(self, action: Tensor, moving: Tensor) -> Step:
        """Act in the worlds marked in `moving` [S, N] bool alone. No world starts anew: who finishes stays where it
        ended. Of the others the step says reward 0 and not done."""

    def save(self) -> Snapshot:
        """A snapshot of every world, for `load`: W = S * N rows, world n of seed s in row s * N + n."""

    def load(self, snapshot: Snapshot, worlds: Tensor) -> Tensor:
        """World i becomes row `worlds[i]` of a snapshot, to the bit, and the observations [S, N, O] are returned.

        `worlds` has W entries, as [S, N] or flat. The snapshot may be another Env's of the same task, or several joined
        end to end. Starts taken since are not given back: `restore` does that.
        """

    def reseed(self, seeds: Sequence[int]) -> None:
        """World i draws its own chance, if it has any, from a new generator `seeds[i]` until it is loaded or reset."""

    def state(self) -> dict[str, Tensor]:
        """Everything the future depends on, as tensors [S, ...]: a seed's rows are its own, whoever runs beside it."""

    def restore(self, state: dict[str, Tensor]) -> Tensor:
        """Go on from `state()`, to the bit. Returns the observations [S, N, O]."""
