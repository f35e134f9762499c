"""Advantage actor-critic: many worlds, few steps, one gradient step on each batch.

Mnih et al.: Asynchronous Methods for Deep Reinforcement Learning, 2016, arXiv:1602.01783 (algorithm S3), with the
workers in step with each other. Their n-step return is GAE with lambda 1 (Schulman et al. 2016, arXiv:1506.02438,
eq. 18).
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, Space, State
from rlbench.algorithms.critic import estimate
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.settings import setting
from rlbench.numerics.optimizers import adam_state, adam_step, clip_norm, rmsprop_state, rmsprop_step
from rlbench.numerics.surrogates import score_function
from rlbench.policies.terms import entropy_term, surrogate_term


@dataclass(frozen=True)
class A2C(ActorCriticAlgorithm):
    """Advantage actor-critic (Mnih et al. 2016), its workers in step."""

    num_envs: int = common.num_envs(16)
    num_steps: int = common.num_steps(5, "t_max")
    gamma: float = common.gamma(0.99)
    estimator: str = setting("gae", "", "what judges an action: GAE, or the n-step return", choices=("gae", "n-step"))
    gae_lambda: float = common.gae_lambda(0.95, "gae: ")
    optimizer: str = setting("rmsprop", "", "what turns gradients into steps", choices=("rmsprop", "adam"))
    learning_rate: float = setting(7e-4, "η", "the optimiser's step, decaying linearly to 0", above=0)
    value_coef: float = common.value_coef(0.5)
    entropy_coef: float = common.entropy_coef(0.01, "β")
    max_grad_norm: float = common.max_grad_norm(0.5)
    shared: bool = setting(False, "", "whether policy and critic have their hidden layers in common")
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64))
    initial_log_std: float = common.initial_log_std(-0.5)

    depends_on_budget: ClassVar[bool] = True
    """The learning rate falls linearly to 0 over the budget."""

    def networks(self, space: Space) -> ActorCritic:
        """Policy and critic, separate or two heads of one network."""
        return ActorCritic.build(space, self.hidden_sizes, self.initial_log_std, self.shared)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, and one optimiser for both."""
        state = self.networks(space).initial(seeds, self.num_envs)
        start = rmsprop_state if self.optimizer == "rmsprop" else adam_state
        return {**state, "optimizer": start(state["theta"])}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One short batch, one step along its gradient."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        networks.update_value_unit(state, batch, self.gamma, state["optimizer"])
        obs, actions = networks.samples(state, batch)
        gae_lambda = self.gae_lambda if self.estimator == "gae" else 1.0
        estimates = estimate(networks, state, batch, obs, self.gamma, gae_lambda)
        # In the critic's normalised units, so that the learning rate does not depend on the reward's scale
        advantage = estimates.target - estimates.value

        gradient, metrics = self.gradient(networks, state["theta"], obs, actions, advantage, estimates.target)
        norm = clip_norm(gradient, self.max_grad_norm)
        step = rmsprop_step if self.optimizer == "rmsprop" else adam_step
        step(state["optimizer"], state["theta"], gradient, self.learning_rate * (1 - sampler.progress))
        networks.update_normaliser(state, batch)
        return {**metrics, "gradient_norm": norm, **estimates.columns}

    def gradient(
        self, networks: ActorCritic, theta: Tensor, obs: Tensor, actions: Tensor, advantage: Tensor, target: Tensor
    ) -> tuple[Tensor, Metrics]:
        """The gradient of the loss -mean A log pi - beta H + value_coef mean (V - target)^2, `[S, P]`."""
        policy, critic, (pi, v) = networks.policy, networks.critic, networks.at(networks.parameters(theta), obs)
        objective = surrogate_term(policy, pi, actions, score_function(policy.log_prob(pi, actions), advantage))
        entropy, critic_loss = entropy_term(policy, pi), critic.squared_error(v, target)
        loss = -objective - self.entropy_coef * entropy + self.value_coef * critic_loss
        gradient = torch.zeros_like(theta)
        networks.backward(pi, v, loss, networks.parameters(gradient))
        return gradient, {"surrogate": objective.value, "entropy": entropy.value, "critic_loss": critic_loss.value}
