"""The natural policy gradient.

Kakade: A Natural Policy Gradient, NIPS 2001 (section 2: theta + alpha F^-1 grad eta), with F^-1 g by conjugate gradient
and the step within a KL divergence as in Schulman et al. 2015, arXiv:1502.05477 (section 7 and appendix C), and with
advantages from Schulman et al. 2016, arXiv:1506.02438.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, State
from rlbench.algorithms.critic import Targets, estimate
from rlbench.algorithms.natural import Start, analytic_fisher, natural_direction, step_status, surrogate_gradient
from rlbench.algorithms.networks import ActorCritic, Samples
from rlbench.algorithms.settings import setting
from rlbench.numerics.moments import standardise
from rlbench.numerics.surrogates import importance


@dataclass(frozen=True)
class NPG(ActorCriticAlgorithm):
    """Natural policy gradient (Kakade 2001): TRPO's direction without its line search, with GAE."""

    num_envs: int = common.num_envs(16)
    num_steps: int = common.num_steps(64)
    gamma: float = common.gamma(0.99)
    gae_lambda: float = common.gae_lambda(0.95)
    step: str = setting("kl", "", "what sets the step's length: target_kl or step_size", choices=("kl", "fixed"))
    target_kl: float = setting(0.01, "δ", "kl: mean KL divergence of a step in the quadratic model", above=0)
    step_size: float = setting(0.1, "α", "fixed: what F^-1 g is multiplied with", above=0)
    fisher_fraction: float = common.fisher_fraction(1.0)
    cg_iterations: int = common.cg_iterations(10)
    damping: float = common.damping(0.1)
    critic_learning_rate: float = common.critic_learning_rate(1e-3)
    critic_epochs: int = common.critic_epochs(20)
    critic_minibatch_size: int = common.critic_minibatch_size(128)
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64))
    initial_log_std: float = common.initial_log_std(-0.5)

    depends_on_budget: ClassVar[bool] = True
    """The learning rate falls linearly to 0 over the budget."""

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one natural step, one fit of the critic."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        networks.update_value_unit(state, batch, self.gamma, state["adam"])
        samples = networks.samples(state, batch)
        estimates = estimate(networks, state, batch, samples.obs, self.gamma, self.gae_lambda)
        orders = sampler.permutations(self.critic_epochs, batch.size)
        fisher_samples = samples.part(orders[0], self.fisher_fraction)
        theta, _ = networks.split(state["theta"])

        metrics = self.natural_step(networks, theta, samples, standardise(estimates.advantage), fisher_samples)
        loss = self.fit_critic(state, sampler, Targets(samples.obs, estimates.target), orders)
        networks.update_normaliser(state, batch)
        return {**metrics, "critic_loss": loss, **estimates.columns}

    def natural_step(
        self,
        networks: ActorCritic,
        theta: Tensor,
        samples: Samples,
        advantage: Tensor,
        fisher_samples: Samples | None = None,
    ) -> Metrics:
        """theta + alpha F^-1 g, in place; a seed whose step cannot be trusted stays where it was.

        Fisher products are averaged over `fisher_samples`, or over all samples.
        """
        policy, (obs, actions) = networks.policy, samples
        start = Start(policy, theta, obs, policy.at(theta, obs))
        gradient = surrogate_gradient(start, actions, advantage)  # g = grad eta
        fisher = analytic_fisher(policy, theta, policy.at(theta, fisher_samples.obs) if fisher_samples else start.pi)
        natural = natural_direction(fisher, gradient, self.damping, self.cg_iterations)  # x = F^-1 g

        alpha = torch.full_like(natural.curvature, self.step_size)
        if self.step == "kl":
            alpha = natural.step_length_for_kl(self.target_kl)  # sqrt(2 delta / x'Fx)
        moved = theta + alpha.unsqueeze(1) * natural.x
        accepted = natural.positive & torch.isfinite(moved).all(1)
        new_theta = torch.where(accepted.unsqueeze(1), moved, theta)

        new = policy.at(new_theta, obs)
        ratio = torch.exp(policy.log_prob(new, actions) - policy.log_prob(start.pi, actions))
        metrics = {
            "status": step_status(natural, accepted),
            "kl": policy.kl(start.pi, new).mean(1),
            "surrogate_gain": importance(ratio, advantage).value,
            "step_size": alpha,
            **natural.metrics,
            "entropy": policy.entropy(new).mean(1),
        }
        theta.copy_(new_theta)
        return metrics
