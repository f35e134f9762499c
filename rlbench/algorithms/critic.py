"""Advantages estimated with a critic, and the critic's fit to returns."""

from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import Batch, Metrics, State
from rlbench.algorithms.minibatches import minibatches
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.value_unit import value_columns, value_unit
from rlbench.numerics.arrays import Array
from rlbench.numerics.gae import gae
from rlbench.numerics.moments import variance
from rlbench.numerics.optimizers import Adam, OptimizerState, rate_for
from rlbench.numerics.replay import GraphedFunction
from rlbench.policies.normaliser import normaliser
from rlbench.policies.value import ValueFunction


class Estimates(NamedTuple):
    """A batch's advantages and returns, estimated with the critic."""

    advantage: Tensor
    """A, `[S, B]`, in units of reward"""
    target: Tensor
    """The regression target of V, `[S, B]`, in the unit of V (value_unit.py)"""
    returns: Tensor
    """The same in units of reward, `[S, B]`"""
    value: Tensor
    """The prediction of V, `[S, B]`, in the unit of V"""
    columns: Metrics
    """explained_variance, the share of the returns' variance that V explains; and those of value_unit.py"""


def estimate(
    networks: ActorCritic, state: State, batch: Batch, obs: Tensor, gamma: float, gae_lambda: float
) -> Estimates:
    """GAE with the critic as it stands; `obs[S, B, O]` are the batch's, normalised."""
    normalise, (_, theta) = normaliser(state["obs"]), networks.split(state["theta"])
    unit = value_unit(state)
    value = networks.critic(theta, obs)
    values = (value * unit).view_as(batch.rewards)
    outside = networks.critic(theta, normalise(torch.cat([batch.last_obs, batch.truncated_obs], 1))) * unit
    next_values = batch.next_values(values, *outside.tensor_split([batch.last_obs.shape[1]], 1))
    advantage = gae(batch.rewards, values, next_values, batch.terminated, batch.done, gamma, gae_lambda).flatten(1)
    returns = advantage + values.flatten(1)
    explained = 1 - variance(advantage) / variance(returns)
    columns = {"explained_variance": explained, **value_columns(state, values.flatten(1), gamma)}
    return Estimates(advantage, returns / unit, returns, value, columns)


class Targets(NamedTuple):
    """What a critic is fitted to."""

    obs: Array
    """`[S, B, O]`"""
    target: Array
    """`[S, B]`"""


def fit_critic(
    critic: ValueFunction, theta: Tensor, adam: OptimizerState, data: Targets, orders: Tensor, size: int, rate: Tensor
) -> Tensor:
    """Adam on the squared error, a pass in minibatches for each of `orders[E, S, B]`; returns the last pass's loss."""
    gradient, rate = torch.zeros_like(theta), rate_for(theta, rate)
    optimizer = Adam(adam, theta, gradient)
    now, out = (critic.network.parameters(each) for each in (theta, gradient))

    def descend(part: Targets, rate: Tensor) -> dict[str, Array]:
        v = critic.at(now, part.obs)
        loss = critic.squared_error(v, part.target)
        critic.backward(v, loss, out)
        optimizer.step(rate)
        return {"loss": loss.value}

    step = GraphedFunction(descend, theta.device)
    for order in orders:
        losses = [step(part, rate)["loss"] for part in minibatches(data, order, size)]
    return torch.stack(losses, 1).mean(1)
