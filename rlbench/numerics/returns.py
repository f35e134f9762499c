"""Returns of episodes, discounted sums of rewards, and baselines made of them."""

import torch
from torch import Tensor

from rlbench.numerics.arrays import Array, namespace


def discounted_returns(rewards: Tensor, done: Tensor, gamma: float) -> Tensor:
    """R_t = r_t + gamma R_{t+1}, up to the end of the episode or of the rollout; all tensors are `[S, T, N]`."""
    carry = torch.where(done, 0.0, gamma).to(rewards.dtype)
    returns = torch.empty_like(rewards)
    ahead = torch.zeros_like(rewards[:, 0])
    for t in reversed(range(rewards.shape[1])):
        ahead = torch.addcmul(rewards[:, t], carry[:, t], ahead)
        returns[:, t] = ahead
    return returns


def running_sums(rewards: Array, done: Array, gamma: float, before: Array) -> Array:
    """C_t = r_t + gamma C_{t-1}, what an episode has brought until then; `[S, T, N]`, float64.

    `before[S, N]` is gamma C of the last step before the rollout, 0 where an episode begins; it is set, in place, to
    what the next rollout begins with.
    """
    of = namespace(rewards)
    sums, kept = of.empty_like(rewards, dtype=before.dtype), of.where(done, 0.0, gamma)
    ahead = before
    for now, reward, keep in zip(*(each.swapaxes(0, 1) for each in (sums, rewards, kept)), strict=True):
        of.add(ahead, reward, out=now)
        ahead = keep * now
    before[...] = ahead
    return sums


def ends_within(done: Tensor) -> Tensor:
    """Whether the episode that a step belongs to ends within the rollout, `[S, T, N]` bool."""
    return done.flip(1).cummax(1).values.flip(1)


def episode_totals(returns: Tensor, done: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
    """The return of the whole episode at each of its steps, and whether it began within the rollout; `[S, T, N]`.

    `returns` are those from each step on; `fresh[S, N]` says in which worlds an episode begins at the first step.
    """
    totals, begun = torch.empty_like(returns), torch.empty_like(done)
    starts, total, known = fresh, returns[:, 0], fresh
    for t in range(returns.shape[1]):
        total = torch.where(starts, returns[:, t], total)
        known = known | starts
        totals[:, t], begun[:, t] = total, known
        starts = done[:, t]
    return totals, begun


def mean_of_others(x: Tensor, weights: Tensor, done: Tensor) -> Tensor:
    """For each step the weighted mean of `x[S, T*N]` over all other episodes of the rollout; 0 where there is no other.

    A baseline that included the step's own episode would depend on its action, and bias the gradient.
    """
    seeds, steps, worlds = done.shape
    ended_before = done.cumsum(1) - done.long()
    first = torch.arange(worlds, device=done.device) * (steps + 1)
    episode = (ended_before + first).flatten(1)  # a unique number for each episode, `[S, T*N]`

    def of_others(y: Tensor) -> Tensor:
        own = torch.zeros(seeds, worlds * (steps + 1), device=y.device).scatter_add(1, episode, y).gather(1, episode)
        return y.sum(1, keepdim=True) - own

    weight = of_others(weights)
    return torch.where(weight > 1e-6 * weights.sum(1, keepdim=True), of_others(weights * x) / weight, 0.0)


def discounted_sums(rewards: Tensor, gamma: float) -> Tensor:
    """sum_t gamma^t r_t of the vine's `rewards[S, H, R, K]`, `[S, R, K]`."""
    discounts = gamma ** torch.arange(rewards.shape[1], dtype=rewards.dtype, device=rewards.device)
    return (discounts.view(-1, 1, 1) * rewards).sum(1)
