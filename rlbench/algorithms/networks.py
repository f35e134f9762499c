"""A policy and a value function in one flat theta[S, P], with the running moments of what they see."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import Actor, Batch, Space, State
from rlbench.algorithms.minibatches import minibatches
from rlbench.algorithms.value_unit import initial_unit, take_rewards, value_unit
from rlbench.numerics.arrays import Array, on_tensors
from rlbench.numerics.optimizers import GRADIENT_POWERS, OptimizerState
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.categorical import CategoricalPolicy
from rlbench.policies.gaussian import GaussianPolicy
from rlbench.policies.network import Network
from rlbench.policies.normaliser import initial_moments, normaliser, update_moments
from rlbench.policies.parameters import Parameters
from rlbench.policies.plain import PlainPolicy, plain_policy
from rlbench.policies.policy import Policy
from rlbench.policies.shared import Head
from rlbench.policies.terms import Term
from rlbench.policies.value import Value, ValueFunction


class Samples(NamedTuple):
    """A batch as learning sees it: observations normalised, time and worlds in one axis, B = T*N."""

    obs: Array
    """`[S, B, O]`"""
    actions: Array
    """`[S, B, A]`"""

    def part(self, order: Tensor, fraction: float) -> "Samples | None":
        """A random share of them, the first in `order[S, B]`; None for all."""
        if fraction == 1:
            return None
        size = math.ceil(fraction * order.shape[1])
        return minibatches(self, order[:, :size], size)[0]


class ActorCriticParameters(NamedTuple):
    """theta, or anything of its shape, as both networks compute with it."""

    policy: Parameters
    critic: Parameters


@dataclass(frozen=True)
class ActorCritic:
    """Policy and critic. theta is (policy, critic), two networks; or, `shared`, one network of which both are heads."""

    policy: Policy
    critic: ValueFunction
    shared: bool = False

    @staticmethod
    def build(space: Space, hidden: tuple[int, ...], initial_log_std: float, shared: bool = False) -> "ActorCritic":
        """tanh networks with the given hidden layers; the policy's last layer starts small. Choices have no log_std."""
        outputs, last_gain = space.num_actions or space.action_size, 0.01
        sizes, total = (space.obs_size, *hidden), outputs + 1
        network = Head((*sizes, outputs), last_gain, total) if shared else Network((*sizes, outputs), last_gain)
        gaussian = GaussianPolicy(network, initial_log_std, space.action_scale)
        policy: Policy = CategoricalPolicy(network) if space.num_actions else gaussian
        value = Head((*sizes, 1), total=total, first=outputs) if shared else Network((*sizes, 1))
        return ActorCritic(policy, ValueFunction(value), shared)

    @property
    def num_parameters(self) -> int:
        """Of both networks and log_std, without padding."""
        return self.policy.num_parameters + (0 if self.shared else self.critic.network.size)

    def initial(self, seeds: tuple[int, ...], num_envs: int) -> State:
        """Each seed's own networks, moments of observations, and unit of V."""
        rows = []
        for seed in seeds:
            rng = stream(seed, Purpose.INITIAL_THETA)
            rows.append(torch.from_numpy(self.policy.initial(rng)))
            if not self.shared:
                rows.append(torch.from_numpy(self.critic.initial(rng)))
        return {
            "theta": torch.cat(rows).view(len(seeds), -1),
            "obs": initial_moments(len(seeds), self.policy.network.sizes[0]),
            "value_unit": initial_unit(len(seeds), num_envs),
        }

    def split(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """The policy's and the critic's part of theta (or of anything of its shape), as views, which may overlap."""
        at = self.critic.size if self.shared else self.policy.size
        return (theta, theta[:, :at]) if self.shared else (theta[:, :at], theta[:, at:])

    def parameters(self, theta: Tensor) -> ActorCriticParameters:
        """Both parts, cut into layers, for a pass or for many."""
        for_policy, for_critic = self.split(theta)
        return ActorCriticParameters(
            self.policy.network.parameters(for_policy), self.critic.network.parameters(for_critic)
        )

    def at(self, theta: ActorCriticParameters, obs: Array) -> tuple[Any, Value]:
        """pi and V at states `[S, B, O]`."""
        return self.policy.at(theta.policy, obs), self.critic.at(theta.critic, obs)

    def backward(self, pi: Any, v: Value, loss: Term, out: ActorCriticParameters) -> None:
        """Write the gradient of a loss of both networks' outputs into `out`; padding stays as it is."""
        assert loss.d_policy is not None
        self.policy.backward(pi, loss.d_policy, out.policy)
        if not self.shared:
            self.critic.backward(v, loss, out.critic)
            return
        through_critic = torch.zeros_like(out.critic.vector)
        self.critic.backward(v, loss, through_critic)
        out.critic.vector.add_(through_critic)

    def actor(self, state: State) -> Actor:
        """The policy as it stands; raw observations in."""
        normalise, (theta, _) = normaliser(state["obs"]), self.split(state["theta"])
        choose = self.policy.acting(theta)

        def plain() -> PlainPolicy:
            log_std = self.policy.log_std(theta)[0, 0] if isinstance(self.policy, GaussianPolicy) else None
            return plain_policy(state["obs"], self.policy.network, theta, log_std)

        return Actor(self.policy.noise, on_tensors(lambda obs, noise: choose(normalise(obs), noise)), plain)

    def samples(self, state: State, batch: Batch) -> Samples:
        """Normalise a batch and flatten its worlds and time."""
        return Samples(normaliser(state["obs"])(batch.obs), batch.actions.flatten(1, 2))  # [S, T*N, ...]

    def value(self, state: State, obs: Array) -> Array:
        """V at normalised observations `[S, B, O]`, in units of reward: `[S, B]`."""
        return self.critic(self.split(state["theta"])[1], obs) * value_unit(state)

    def update_value_unit(
        self, state: State, batch: Batch, gamma: float, optimizer: OptimizerState | None = None
    ) -> Array:
        """Take the batch into the unit of V, before V is asked; V in units of reward stays what it is.

        The moments of the critic's `optimizer` become those of the same past in the new unit: d loss / d (last layer)
        scales as V does, and what flows back to the layers before it as V squared. Returns old unit / new unit,
        `[S, 1]`.
        """
        change = take_rewards(state, batch, gamma)
        self.multiply_critic(state["theta"], change)
        for name, power in GRADIENT_POWERS.items():
            if optimizer and name in optimizer:
                factor: Array = math.prod([change] * power)  # ** may round a seed's number differently in company
                self.multiply_critic(optimizer[name], factor, factor * factor)
        return change

    def multiply_critic(self, vector: Tensor, last: Array, hidden: Array | None = None) -> None:
        """Multiply the critic's last layer in theta, or in a vector of theta's or the critic's shape, by `last[S, 1]`.

        The layers before it are multiplied by `hidden`, unless the policy has them, too.
        """
        critic = vector if vector.shape[1] == self.critic.size else self.split(vector)[1]
        self.critic.multiply(critic, last, None if self.shared else hidden)

    def update_normaliser(self, state: State, batch: Batch) -> None:
        """Take the batch into the observations' moments: after the update, so that an iteration has one normaliser."""
        update_moments(state["obs"], batch.obs.flatten(1, 2))
