"""Proximal policy optimization: a clipped surrogate, or an adaptive penalty on the KL divergence.

Schulman, Wolski, Dhariwal, Radford, Klimov: Proximal Policy Optimization Algorithms, 2017, arXiv:1707.06347 (eq. 7, eq.
8, eq. 9, algorithm 1).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.actor_critic import ActorCritic, ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, Space, State
from rlbench.algorithms.minibatches import epoch_means, minibatches, standardise_each
from rlbench.algorithms.settings import setting
from rlbench.numerics.arrays import Array, exp, seen_as
from rlbench.numerics.optimizers import adam_state, adam_step, clip_norm, keep_rows, rate_for, snapshot, undo
from rlbench.numerics.penalty import adapted
from rlbench.numerics.replay import Repeated
from rlbench.numerics.surrogates import Clipped, Surrogate, clipped, importance


class Minibatch(NamedTuple):
    """What the loss asks of some samples; all `[S, M]` but observations and actions."""

    obs: Array
    actions: Array
    old_log_prob: Array
    target: Array
    old_value: Array
    advantage: Array
    """Standardised."""


@dataclass(frozen=True)
class PPO(ActorCriticAlgorithm):
    """Proximal policy optimization with a clipped surrogate (Schulman et al. 2017)."""

    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(128, "T", "steps a world before each update", low=1)
    gamma: float = setting(0.99, "γ", "discount of the next step's value", low=0, high=1)
    gae_lambda: float = setting(0.95, "λ", "weight of longer returns in the advantage", low=0, high=1)
    objective: str = setting("clip", "", "surrogate of eq. 7, or eq. 8", choices=("clip", "kl-penalty"))
    clip_coef: float = setting(0.2, "ε", "how far the probability ratio may leave 1 and still be rewarded", above=0)
    penalty_coef: float = setting(1.0, "β", "kl-penalty: weight of the KL divergence at the start", above=0)
    penalty_kl: float = setting(0.01, "d_targ", "kl-penalty: KL divergence that the weight adapts to", above=0)
    update_epochs: int = setting(10, "K", "passes over a batch", low=1)
    minibatch_size: int = setting(64, "M", "samples an optimiser step", low=2)
    learning_rate: float = setting(3e-4, "", "Adam's step at the start", above=0)
    schedule: str = setting("linear", "", "learning rate: linearly to 0, or constant", choices=("linear", "constant"))
    recompute_advantages: bool = setting(True, "", "judge a batch anew before each epoch, not once")
    value_coef: float = setting(0.25, "c1", "weight of the critic's squared error in the loss", low=0)
    clip_value: float = setting(0.0, "", "how far V may leave its old value and still learn; 0 for no limit", low=0)
    entropy_coef: float = setting(0.0, "c2", "weight of the entropy bonus", low=0)
    max_grad_norm: float = setting(0.5, "", "largest norm of a seed's gradient", above=0)
    target_kl: float = setting(0.0, "", "a seed's epochs end when its KL estimate exceeds this; 0 for never", low=0)
    hidden_sizes: tuple[int, ...] = setting((64, 64), "", "tanh layers of both networks")
    initial_log_std: float = setting(-0.5, "log σ", "log standard deviation at the start", low=-10, high=3)

    @property
    def depends_on_budget(self) -> bool:
        """Whether the learning rate falls over the budget."""
        return self.schedule == "linear"

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, one Adam for both, and the penalty's weight."""
        state = self.networks(space).initial(seeds)
        if self.objective == "kl-penalty":
            state["beta"] = torch.full((len(seeds), 1), self.penalty_coef)
        return {**state, "adam": adam_state(state["theta"])}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, K epochs of minibatches."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        obs, actions = networks.samples(state, batch)
        policy, (theta, _) = networks.policy, networks.split(state["theta"])
        old_theta = theta.clone()
        old_log_prob = policy.log_prob(policy.at(old_theta, obs), actions)
        rate = self.learning_rate * (1 - sampler.progress if self.schedule == "linear" else torch.ones(len(theta), 1))
        first = judged = networks.advantages(state, batch, obs, self.gamma, self.gae_lambda)
        descend, rate = self.descent(networks, state, old_theta), rate_for(theta, rate)
        stopped = torch.zeros(len(theta), dtype=torch.bool, device=theta.device)
        epochs, kept = stopped.float(), dict[str, Tensor]()
        for number, order in enumerate(sampler.permutations(self.update_epochs, batch.size)):
            before = snapshot(state["theta"], state["adam"]) if self.target_kl else []
            if number and self.recompute_advantages:  # by the critic as it now stands
                judged = networks.advantages(state, batch, obs, self.gamma, self.gae_lambda)
            data = obs, actions, old_log_prob, judged.target, first.value, judged.advantage
            *parts, advantages = (minibatches(x, order, self.minibatch_size) for x in data)
            epoch = epoch_means([descend(*part, rate) for part in zip(*parts, standardise_each(advantages))])
            epoch["returns"] = judged.returns
            epochs += (~stopped).float()
            if self.target_kl:  # a seed that stopped earlier keeps all that it had then, whoever goes on beside it
                undo(state["theta"], state["adam"], before, stopped)
                epoch = {name: keep_rows(stopped, kept[name], each) if kept else each for name, each in epoch.items()}
                stopped |= epoch["kl"] > self.target_kl
            kept = epoch
            if self.target_kl and stopped.all():
                break
        networks.remember(state, batch, kept.pop("returns"))
        new = policy.at(theta, obs)
        if self.objective == "kl-penalty":
            kl = policy.kl(policy.at(old_theta, obs), new).mean(1)  # d
            kept |= {"penalty_coef": state["beta"].squeeze(1).clone(), "kl_after": kl}
            state["beta"] = adapted(state["beta"], kl.unsqueeze(1), self.penalty_kl)
        entropy = policy.entropy(new).mean(1)
        return {**kept, "entropy": entropy, "explained_variance": first.explained, "epochs": epochs}

    def descent(self, networks: ActorCritic, state: State, old_theta: Tensor) -> Repeated:
        """What a minibatch does: one Adam step, whose answer is the columns' terms, `[S, M]`, and the norm, `[S]`."""
        gradient = torch.zeros_like(state["theta"])

        def step(*given: Array) -> dict[str, Array]:
            *part, rate = given
            terms = self.gradient(networks, state["theta"], Minibatch(*part), old_theta, state.get("beta"), gradient)
            terms["gradient_norm"] = clip_norm(gradient, self.max_grad_norm)
            adam_step(state["adam"], state["theta"], gradient, rate)
            return terms

        return Repeated(step, old_theta.device)

    def gradient(
        self, networks: ActorCritic, theta: Tensor, part: Minibatch, old_theta: Tensor, beta: Tensor | None, out: Tensor
    ) -> dict[str, Array]:
        """Write that of -L + c1 L^VF - c2 H (eq. 9) on a minibatch into `out[S, P]`, zero where theta is padded.

        L is L^CLIP, or with `beta[S, 1]` L^KLPEN. Returns what each sample adds to the columns, `[S, M]`.
        """
        policy, (theta_policy, theta_critic) = networks.policy, networks.split(theta)
        for_policy, for_critic = networks.split(out)
        obs, actions, old_log_prob, target, old_value, advantage = part
        pi = policy.at(theta_policy, obs)
        log_ratio = policy.log_prob(pi, actions) - old_log_prob
        ratio = exp(log_ratio)  # r = pi / pi_old
        terms = {"kl": ratio - log_ratio - 1}
        surrogate: Surrogate | Clipped
        if beta is None:
            surrogate = clipped(ratio, advantage, self.clip_coef)
            terms["clip_fraction"] = surrogate.binds
            d = policy.d_log_prob(pi, actions, surrogate.slope)
        else:
            surrogate = importance(ratio, advantage)
            d = policy.d_log_prob(pi, actions, surrogate.slope)
            d -= policy.d_kl(policy.at(old_theta, obs), pi, seen_as(beta, ratio))
        if self.entropy_coef:
            d += policy.d_entropy(pi, self.entropy_coef)
        policy.backward(pi, -d, for_policy)
        loss = networks.critic.gradient(theta_critic, obs, target, for_critic, old_value, self.clip_value)
        for_critic.mul_(self.value_coef)
        return {**terms, "surrogate": surrogate.value, "critic_loss": loss}
