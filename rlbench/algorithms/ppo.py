"""Proximal policy optimization with a clipped surrogate.

Schulman, Wolski, Dhariwal, Radford, Klimov: Proximal Policy Optimization Algorithms, 2017, arXiv:1707.06347 (eq. 7,
algorithm 1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rlbench.algorithms.actor_critic import ActorCritic, minibatches
from rlbench.algorithms.contract import Actor, Metrics, Sampler, Space, State
from rlbench.algorithms.settings import setting
from rlbench.numerics.moments import standardise
from rlbench.numerics.optimizers import adam_state, adam_step, clip_norm, snapshot, undo


@dataclass(frozen=True)
class PPO:
    """Proximal policy optimization with a clipped surrogate (Schulman et al. 2017)."""

    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(128, "T", "steps a world before each update", low=1)
    gamma: float = setting(0.99, "γ", "discount of the next step's value", low=0, high=1)
    gae_lambda: float = setting(0.95, "λ", "weight of longer returns in the advantage", low=0, high=1)
    clip_coef: float = setting(0.2, "ε", "how far the probability ratio may leave 1 and still be rewarded", above=0)
    update_epochs: int = setting(10, "K", "passes over a batch", low=1)
    minibatch_size: int = setting(64, "M", "samples an optimiser step", low=2)
    learning_rate: float = setting(3e-4, "", "Adam's step, decaying linearly to 0", above=0)
    value_coef: float = setting(0.25, "c1", "weight of the critic's squared error in the loss", low=0)
    entropy_coef: float = setting(0.0, "c2", "weight of the entropy bonus", low=0)
    max_grad_norm: float = setting(0.5, "", "largest norm of a seed's gradient", above=0)
    target_kl: float = setting(0.0, "", "a seed's epochs end when its KL estimate exceeds this; 0 for never", low=0)
    hidden_sizes: tuple[int, ...] = setting((64, 64), "", "tanh layers of both networks")
    initial_log_std: float = setting(-0.5, "log σ", "log standard deviation at the start", low=-10, high=3)

    @property
    def batch_size(self) -> int:
        """Transitions a seed of one iteration."""
        return self.num_envs * self.num_steps

    def networks(self, space: Space) -> ActorCritic:
        """Policy and critic."""
        return ActorCritic.build(space, self.hidden_sizes, self.initial_log_std)

    def num_parameters(self, space: Space) -> int:
        """Of policy and critic."""
        return self.networks(space).num_parameters

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, and one Adam for both."""
        state = self.networks(space).initial(seeds)
        return {**state, "adam": adam_state(state["theta"])}

    def actor(self, state: State, space: Space) -> Actor:
        """The policy as it stands."""
        return self.networks(space).actor(state)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, K epochs of minibatches. Advantages are judged anew each epoch by the critic as it then stands."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        obs, actions = networks.samples(state, batch)
        policy, (theta, _) = networks.policy, networks.split(state["theta"])
        old_log_prob = policy.log_prob(policy.at(theta, obs), actions)
        rate = self.learning_rate * (1 - sampler.progress)

        stopped = torch.zeros(theta.shape[0], dtype=torch.bool, device=theta.device)
        epochs = torch.zeros(theta.shape[0], device=theta.device)
        for order in sampler.permutations(self.update_epochs, batch.size):
            before = snapshot(state["theta"], state["adam"]) if self.target_kl else []
            judged = networks.advantages(state, batch, obs, self.gamma, self.gae_lambda)
            data = (obs, actions, old_log_prob, judged.advantage, judged.target)
            steps = []
            for minibatch in zip(*(minibatches(x, order, self.minibatch_size) for x in data), strict=True):
                gradient, metrics = self.gradient(networks, state["theta"], *minibatch)
                norm = clip_norm(gradient, self.max_grad_norm)
                adam_step(state["adam"], state["theta"], gradient, rate)
                steps.append({**metrics, "gradient_norm": norm})
            epoch = {name: torch.stack([step[name] for step in steps]).mean(0) for name in steps[0]}
            epochs += (~stopped).float()
            if self.target_kl:
                undo(state["theta"], state["adam"], before, stopped)  # seeds that stopped earlier stay where they were
                stopped |= epoch["kl"] > self.target_kl
                if stopped.all():
                    break
        networks.remember(state, batch, judged.returns)
        entropy = policy.entropy(policy.at(theta, obs)).mean(1)
        return {**epoch, "entropy": entropy, "explained_variance": judged.explained, "epochs": epochs}

    def gradient(
        self,
        networks: ActorCritic,
        theta: Tensor,
        obs: Tensor,
        actions: Tensor,
        old_log_prob: Tensor,
        advantage: Tensor,
        target: Tensor,
    ) -> tuple[Tensor, Metrics]:
        """Of -L^CLIP + c1 L^VF - c2 H (eq. 9) on a minibatch, `[S, P]`."""
        policy, (theta_policy, theta_critic) = networks.policy, networks.split(theta)
        pi = policy.at(theta_policy, obs)
        log_ratio = policy.log_prob(pi, actions) - old_log_prob
        ratio = torch.exp(log_ratio)  # r = pi / pi_old
        advantage = standardise(advantage)
        # min(r A, clip(r, 1 - eps, 1 + eps) A): gradient r A grad log pi, but 0 where the clipped term is the smaller
        clipped = torch.where(advantage > 0, ratio > 1 + self.clip_coef, ratio < 1 - self.clip_coef)
        weights = torch.where(clipped, 0.0, ratio * advantage) / -advantage.shape[1]
        gradient = torch.zeros_like(theta)
        for_policy, for_critic = networks.split(gradient)
        policy.score(theta_policy, pi, actions, weights, for_policy)
        if self.entropy_coef:
            for_policy.sub_(self.entropy_coef * policy.entropy_gradient(theta_policy, pi))
        loss = networks.critic.gradient(theta_critic, obs, target, for_critic)
        for_critic.mul_(self.value_coef)
        kl = (ratio - 1 - log_ratio).mean(1)
        return gradient, {"kl": kl, "clip_fraction": clipped.float().mean(1), "critic_loss": loss}
