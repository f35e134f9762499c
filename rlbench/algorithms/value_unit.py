"""The unit in which a critic learns V: the running standard deviation of discounted sums of rewards.

The sums are of past rewards, C_t = r_t + gamma C_{t-1} within an episode. Where rewards are stationary they spread as
returns do, which are the same sums read backwards. They hold no value: a unit taken from bootstrapped returns would
follow V, and V, learnt in that unit, would follow the unit.

When the unit changes, the critic's last layer is divided by as much, so that V in units of reward stays what it was:
PopArt (van Hasselt, Guez, Hessel, Mnih, Silver: Learning values across many orders of magnitude, 2016,
arXiv:1602.07714), without its shift by a mean. `ActorCritic.update_value_unit` does so.
"""

import torch
from torch import Tensor

from rlbench.algorithms.contract import Batch, Metrics, State
from rlbench.numerics.arrays import Array, array, namespace, where
from rlbench.numerics.returns import running_sums
from rlbench.policies.normaliser import initial_moments, merge_moments

LEAST_VARIANCE = 1e-12
"""Below it rewards do not vary, and the unit is 1."""


def initial_unit(seeds: int, num_envs: int) -> State:
    """Before any reward: the unit is 1, and there are no sums, in no world."""
    sums, largest = torch.zeros(seeds, num_envs, dtype=torch.float64), torch.zeros(seeds, 1)
    return {"unit": torch.ones(seeds, 1), "sums": sums, "largest_reward": largest, **initial_moments(seeds, 1)}


def value_unit(state: State) -> Tensor:
    """Reward that a V of 1 stands for, `[S, 1]`."""
    return state["value_unit"]["unit"]


def take_rewards(state: State, batch: Batch, gamma: float) -> Array:
    """Take a batch's rewards into the unit; returns old unit / new unit, `[S, 1]`.

    That is 1 for the first batch, as no V was asked for in the unit before it.
    """
    own = {name: array(each) for name, each in state["value_unit"].items()}
    unit, largest = own["unit"], own["largest_reward"]
    rewards, before, unasked = array(batch.rewards), unit * 1, own["count"] == 0
    sums = running_sums(rewards, array(batch.done), gamma, own["sums"]).reshape(len(rewards), -1)  # [S, T*N]
    mean = sums.sum(1)[:, None] / sums.shape[1]
    deviation = sums - mean
    merge_moments(own, sums.shape[1], mean, (deviation * deviation).sum(1)[:, None])
    variance = own["m2"] / own["count"]
    unit[...] = where(variance > LEAST_VARIANCE, variance, 1.0) ** 0.5
    of = namespace(rewards)
    of.maximum(largest, of.amax(abs(rewards).reshape(len(rewards), -1), 1)[:, None], out=largest)
    return where(unasked, 1.0, before / unit)


def value_columns(state: State, value: Tensor, gamma: float, horizon: float = float("inf")) -> Metrics:
    """Mean of `value[S, B]`, in units of reward; the unit; and what |V| cannot truly exceed.

    That is the largest |reward| until now, earned at each of `horizon` steps. With neither a discount nor a horizon
    there is no such bound, and no such column.
    """
    columns = {"value_mean": value.mean(1), "value_unit": value_unit(state).squeeze(1).clone()}
    steps = horizon if gamma == 1 else (1 - gamma**horizon) / (1 - gamma)
    if steps < float("inf"):
        columns["value_bound"] = steps * state["value_unit"]["largest_reward"].squeeze(1)
    return columns
