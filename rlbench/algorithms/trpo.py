"""Trust region policy optimization, single path.

Schulman, Levine, Moritz, Jordan, Abbeel: Trust Region Policy Optimization, 2015, arXiv:1502.05477 (eq. 14, appendix
C), with advantages from Schulman et al.: High-Dimensional Continuous Control Using Generalized Advantage Estimation,
arXiv:1506.02438.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, State
from rlbench.algorithms.critic import Targets, estimate
from rlbench.algorithms.natural import (
    Direction,
    Start,
    analytic_fisher,
    empirical_fisher,
    natural_direction,
    searched_step,
    surrogate_gradient,
)
from rlbench.algorithms.networks import ActorCritic, Samples
from rlbench.algorithms.settings import setting
from rlbench.numerics.line_search import Backtracking
from rlbench.numerics.moments import standardise
from rlbench.numerics.returns import discounted_returns
from rlbench.numerics.surrogates import importance


@dataclass(frozen=True)
class TRPO(ActorCriticAlgorithm):
    """Trust region policy optimization, single path (Schulman et al. 2015), with GAE."""

    num_envs: int = common.num_envs(16)
    num_steps: int = common.num_steps(128)
    gamma: float = common.gamma(0.995)
    gae_lambda: float = common.gae_lambda(0.97, "gae: ")
    estimator: str = setting("gae", "", "what judges an action: GAE, or Monte-Carlo Q", choices=("gae", "monte-carlo"))
    constraint: str = setting("trust-region", "", "KL bounded or penalised", choices=("trust-region", "penalty"))
    target_kl: float = setting(0.01, "δ", "trust-region: largest KL divergence of a step", above=0)
    penalty_coef: float = setting(3.0, "β", "penalty: coefficient of the KL divergence", above=0)
    kl: str = setting("mean", "", "KL divergence over the states that counts", choices=("mean", "max"))
    fisher: str = setting("analytic", "", "exact over actions, or from sampled ones", choices=("analytic", "empirical"))
    fisher_fraction: float = common.fisher_fraction(0.25)
    cg_iterations: int = common.cg_iterations(15)
    damping: float = common.damping(0.1)
    backtracks: int = common.backtracks(10)
    backtrack_coef: float = common.backtrack_coef(0.8)
    critic_learning_rate: float = common.critic_learning_rate(1e-3, "gae: ")
    critic_epochs: int = common.critic_epochs(10, "gae: ")
    critic_minibatch_size: int = common.critic_minibatch_size(128, "gae: ")
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64))
    initial_log_std: float = common.initial_log_std(-0.5)

    @property
    def depends_on_budget(self) -> bool:
        """Whether there is a critic, whose learning rate falls over the budget."""
        return self.estimator == "gae"

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one natural step, one fit of the critic."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        samples = networks.samples(state, batch)
        orders = sampler.permutations(self.critic_epochs, batch.size)
        fisher_samples = samples.part(orders[0], self.fisher_fraction)
        theta, _ = networks.split(state["theta"])

        if self.estimator == "monte-carlo":
            returns = discounted_returns(batch.rewards, batch.done, self.gamma).flatten(1)  # Q, section 5.1
            metrics = self.natural_step(networks, theta, samples, standardise(returns), fisher_samples)
            networks.update_normaliser(state, batch)
            return metrics
        networks.update_value_unit(state, batch, self.gamma, state["adam"])
        estimates = estimate(networks, state, batch, samples.obs, self.gamma, self.gae_lambda)
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
        """Maximise the surrogate L within KL <= delta (eq. 14), or L - beta KL, moving theta in place.

        Fisher products are averaged over `fisher_samples`, or over all samples.
        """
        policy, (obs, actions) = networks.policy, samples
        start = Start(policy, theta, obs, policy.at(theta, obs))
        natural = self.direction(start, actions, advantage, fisher_samples)
        evaluate, penalty = self.evaluation(start, actions, advantage), self.constraint == "penalty"

        # Best in the quadratic model with a damped F: sqrt(2 delta / x'Fx) within KL delta, or 1 / beta with a penalty
        length = natural.step_length_for_kl(self.target_kl)
        if penalty:
            length = torch.full_like(length, 1 / self.penalty_coef)
        limit = math.inf if penalty else self.target_kl
        return searched_step(
            start, natural, length, evaluate, Backtracking(limit, self.backtracks, self.backtrack_coef)
        )

    def evaluation(self, start: Start, actions: Tensor, advantage: Tensor) -> Callable[[Any], tuple[Tensor, Tensor]]:
        """A function of another policy that gives its gain over the start's and its distance from it, `[S]` each."""
        policy = start.policy
        old_log_prob = policy.log_prob(start.pi, actions)

        def evaluate(new: Any) -> tuple[Tensor, Tensor]:
            ratio = torch.exp(policy.log_prob(new, actions) - old_log_prob)
            gain, kl = importance(ratio, advantage).value, policy.kl(start.pi, new)  # L, D_KL(old || new)
            distance = kl.amax(1) if self.kl == "max" else kl.mean(1)
            return (gain - self.penalty_coef * distance, distance) if self.constraint == "penalty" else (gain, distance)

        return evaluate

    def direction(self, start: Start, actions: Tensor, advantage: Tensor, fisher_samples: Samples | None) -> Direction:
        """x = (F + damping)^-1 g: g is the gradient of L, F the Fisher matrix, exact over actions or of those taken."""
        gradient = surrogate_gradient(start, actions, advantage)
        policy, theta, _, pi = start
        if fisher_samples is not None:
            pi, actions = policy.at(theta, fisher_samples.obs), fisher_samples.actions
        empirical = self.fisher == "empirical"
        fisher = empirical_fisher(policy, pi, actions) if empirical else analytic_fisher(policy, theta, pi)
        return natural_direction(fisher, gradient, self.damping, self.cg_iterations)
