"""Proximal policy optimization: a clipped surrogate, or an adaptive penalty on the KL divergence.

Schulman, Wolski, Dhariwal, Radford, Klimov: Proximal Policy Optimization Algorithms, 2017, arXiv:1707.06347 (eq. 7, eq.
8, eq. 9, algorithm 1). Each tensor's first axis S is the seed: a sweep is one program, in which seeds never mix.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, Space, State
from rlbench.algorithms.critic import estimate
from rlbench.algorithms.early_stopping import Epochs
from rlbench.algorithms.minibatches import Minibatch, minibatches, with_standard_advantages
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.settings import setting
from rlbench.numerics.arrays import Array
from rlbench.numerics.optimizers import Adam, adam_state, clip_norm, rate_for
from rlbench.numerics.penalty import adapt_penalty
from rlbench.numerics.replay import GraphedFunction
from rlbench.numerics.surrogates import clipped, importance, ratio_and_kl
from rlbench.policies.parameters import Parameters
from rlbench.policies.policy import Policy
from rlbench.policies.terms import Term, entropy_term, kl_term, surrogate_term
from rlbench.policies.value import Value


@dataclass(frozen=True)
class PPO(ActorCriticAlgorithm):
    """Proximal policy optimization with a clipped surrogate (Schulman et al. 2017)."""

    num_envs: int = common.num_envs(16)
    num_steps: int = common.num_steps(128)
    gamma: float = common.gamma(0.99)
    gae_lambda: float = common.gae_lambda(0.95)
    objective: str = setting("clip", "", "surrogate of eq. 7, or eq. 8", choices=("clip", "kl-penalty"))
    clip_coef: float = setting(0.2, "ε", "clip: how far the ratio of probabilities may leave 1", above=0)
    penalty_coef: float = setting(1.0, "β", "kl-penalty: weight of the KL divergence at the start", above=0)
    penalty_kl: float = setting(0.01, "d_targ", "kl-penalty: KL divergence that the weight adapts to", above=0)
    update_epochs: int = setting(10, "K", "passes over a batch", low=1)
    minibatch_size: int = setting(64, "M", "samples an optimiser step", low=2)
    learning_rate: float = setting(3e-4, "", "Adam's step at the start", above=0)
    schedule: str = setting("linear", "", "learning rate: linearly to 0, or constant", choices=("linear", "constant"))
    recompute_advantages: bool = setting(True, "", "judge a batch anew before each epoch, not once")
    value_coef: float = common.value_coef(0.25, "c1")
    clip_value: float = setting(0.0, "", "how far V may leave its old value and still learn; 0 for no limit", low=0)
    entropy_coef: float = common.entropy_coef(0.0, "c2")
    max_grad_norm: float = common.max_grad_norm(0.5)
    target_kl: float = setting(0.0, "", "a seed's epochs end when its KL estimate exceeds this; 0 for never", low=0)
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64))
    initial_log_std: float = common.initial_log_std(-0.5)

    @property
    def depends_on_budget(self) -> bool:
        """Whether the learning rate falls over the budget."""
        return self.schedule == "linear"

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, one Adam for both, and the penalty's weight."""
        state = self.networks(space).initial(seeds, self.num_envs)
        if self.objective == "kl-penalty":
            state["beta"] = torch.full((len(seeds), 1), self.penalty_coef)
        return {**state, "adam": adam_state(state["theta"])}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """Algorithm 1: act with the old policy, estimate advantages, and pass K times over minibatches of M samples."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        networks.update_value_unit(state, batch, self.gamma, state["adam"])
        policy, (obs, actions) = networks.policy, networks.samples(state, batch)
        old_theta = networks.split(state["theta"])[0].clone()
        old_log_prob = policy.log_prob(policy.at(old_theta, obs), actions)
        first = estimates = estimate(networks, state, batch, obs, self.gamma, self.gae_lambda)
        fixed = {"obs": obs, "actions": actions, "old_log_prob": old_log_prob, "old_value": first.value}

        step, rate = self.minibatch_step(networks, state, old_theta), rate_for(old_theta, self.rate(state, sampler))
        epochs = Epochs(state, self.target_kl)
        for number, order in epochs.passes(sampler.permutations(self.update_epochs, batch.size)):
            if number and self.recompute_advantages:  # by the critic as it now stands
                estimates = estimate(networks, state, batch, obs, self.gamma, self.gae_lambda)
            data = Minibatch(**fixed, target=estimates.target, advantage=estimates.advantage)
            parts = with_standard_advantages(minibatches(data, order, self.minibatch_size))
            epochs.end([step(part, rate) for part in parts])

        networks.update_normaliser(state, batch)
        metrics = epochs.columns | self.after(policy, state, obs, old_theta)
        return {**metrics, **first.columns, "epochs": epochs.count}

    def rate(self, state: State, sampler: Sampler) -> Tensor:
        """Adam's step in this iteration, `[S, 1]`."""
        left = 1 - sampler.progress if self.schedule == "linear" else torch.ones(len(state["theta"]), 1)
        return self.learning_rate * left

    def minibatch_step(self, networks: ActorCritic, state: State, old_theta: Tensor) -> GraphedFunction:
        """A function of a minibatch and a learning rate: one step of Adam along the gradient of the loss.

        Vectors are cut into layers here, once for all minibatches; on a GPU the step is recorded as a CUDA graph. It
        returns terms of the columns, `[S, M]` or `[S]`.
        """
        theta, gradient = state["theta"], torch.zeros_like(state["theta"])
        adam, old = Adam(state["adam"], theta, gradient), networks.policy.network.parameters(old_theta)
        parameters, out = networks.parameters(theta), networks.parameters(gradient)

        def step(part: Minibatch, rate: Tensor) -> dict[str, Array]:
            pi, v = networks.at(parameters, part.obs)
            loss, columns = self.loss(networks, pi, v, part, old, state.get("beta"))
            networks.backward(pi, v, loss, out)
            norm = clip_norm(gradient, self.max_grad_norm)
            adam.step(rate)
            return {**columns, "loss": loss.value, "gradient_norm": norm}

        return GraphedFunction(step, old_theta.device)

    def loss(
        self, networks: ActorCritic, pi: Any, v: Value, part: Minibatch, old: Parameters, beta: Tensor | None
    ) -> tuple[Term, dict[str, Array]]:
        """The loss of a minibatch, -L^CLIP + c1 L^VF - c2 H (eq. 9), with its derivatives; and columns."""
        objective, columns = self.surrogate(networks.policy, pi, part, old, beta)  # L^CLIP
        critic_loss = networks.critic.squared_error(v, part.target, part.old_value, self.clip_value)  # L^VF
        loss = -objective + self.value_coef * critic_loss
        if self.entropy_coef:
            loss -= self.entropy_coef * entropy_term(networks.policy, pi)
        return loss, {**columns, "surrogate": objective.value, "critic_loss": critic_loss.value}

    def surrogate(
        self, policy: Policy, pi: Any, part: Minibatch, old: Parameters, beta: Tensor | None
    ) -> tuple[Term, dict[str, Array]]:
        """L^CLIP = mean min(r A, clip(r, 1 - eps, 1 + eps) A) (eq. 7) or, with `beta[S, 1]`, L^KLPEN (eq. 8)."""
        ratio, kl = ratio_and_kl(policy.log_prob(pi, part.actions), part.old_log_prob)  # r = pi / pi_old
        if beta is None:
            objective = clipped(ratio, part.advantage, self.clip_coef)
            columns = {"kl": kl, "clip_fraction": objective.is_clipped}
            return surrogate_term(policy, pi, part.actions, objective), columns
        gain = surrogate_term(policy, pi, part.actions, importance(ratio, part.advantage))
        return gain - kl_term(policy, policy.at(old, part.obs), pi, beta), {"kl": kl}

    def after(self, policy: Policy, state: State, obs: Tensor, old_theta: Tensor) -> Metrics:
        """Columns of the new policy; and beta for the next iteration, from this one's KL divergence d (section 4)."""
        new, metrics = policy.at(state["theta"][:, : policy.size], obs), {}
        if self.objective == "kl-penalty":
            kl = policy.kl(policy.at(old_theta, obs), new).mean(1)  # d
            metrics = {"penalty_coef": state["beta"].squeeze(1).clone(), "kl_after": kl}
            state["beta"] = adapt_penalty(state["beta"], kl.unsqueeze(1), self.penalty_kl)
        return {**metrics, "entropy": policy.entropy(new).mean(1)}
