"""Branches: several continuations of the same saved states, for TRPO's vine."""

from collections.abc import Callable

import torch
from torch import Tensor

from rlbench.algorithms.contract import Branches
from rlbench.envs.env import Env, Snapshot, Step, join_snapshots, none_left, rows_of


class Kept:
    """Worlds as they stood at chosen places of a rollout."""

    def __init__(self, places: Tensor, num_envs: int) -> None:
        self.places = places
        """`[S, R]`, each in T*N: step * N + world."""
        self._steps, self._num_envs = places // num_envs, num_envs
        self._parts: list[Snapshot] = []
        self._order: list[Tensor] = []

    def look(self, step: int, env: Env) -> None:
        """Before this step of the rollout is taken."""
        s, r = (self._steps == step).nonzero(as_tuple=True)
        if len(s):
            rows = s * self._num_envs + self.places[s, r] % self._num_envs
            self._parts.append(rows_of(env.save(), rows))
            self._order.append(s * self.places.shape[1] + r)

    def snapshot(self) -> Snapshot:
        """All of them, state r of seed s in row s * R + r."""
        return rows_of(join_snapshots(self._parts), torch.cat(self._order).argsort())


def run_branches(
    advance: Callable[[Tensor, Tensor], Step],
    act: Callable[[Tensor, Tensor], Tensor],
    obs: Tensor,
    actions: Tensor,
    noise: Tensor,
    room: Tensor,
) -> tuple[Branches, Tensor]:
    """From where the worlds `[S, R*K]` stand and see `obs`: `actions[S, R, K, A]`, then by `noise[S, H-1, R, K, Z]`.

    A branch that ends early is not moved any further. A seed makes no step that leaves no `room[S]` for all of its
    branches that move; the second answer, `[S]`, says which seeds were ended so.
    """
    seeds, states, branches = actions.shape[:3]
    horizon = noise.shape[1] + 1
    rewards = torch.zeros(seeds, horizon, states * branches, device=obs.device)
    moving = torch.ones(seeds, states * branches, dtype=torch.bool, device=obs.device)
    terminated = torch.zeros_like(moving)
    lengths = torch.zeros_like(moving, dtype=torch.int64)
    cut = torch.zeros(seeds, dtype=torch.bool, device=obs.device)
    may_be_cut = bool((room < horizon * states * branches).any())
    room = room.to(obs.device)
    action = actions.flatten(1, 2)  # [S, R*K, A]
    for t in range(horizon):
        if may_be_cut:
            full = lengths.sum(1) + moving.sum(1) > room
            cut |= full & moving.any(1)
            moving &= ~full.unsqueeze(1)
        if t:
            action = act(obs.float(), noise[:, t - 1].flatten(1, 2))
        step = advance(action, moving)
        obs, rewards[:, t] = step.obs, step.reward
        lengths += moving
        if step.any_done:
            terminated |= step.terminated
            moving &= ~step.done
            if none_left(moving, t):
                break
    done = Branches(
        rewards.unflatten(2, (states, branches)),
        terminated.unflatten(1, (states, branches)),
        lengths.unflatten(1, (states, branches)),
        obs.to(torch.float32, copy=True),
    )
    return done, cut
