"""Trust region policy optimization, single path.

Schulman, Levine, Moritz, Jordan, Abbeel: Trust Region Policy Optimization, 2015, arXiv:1502.05477 (eq. 14, appendix
C), with advantages from Schulman et al.: High-Dimensional Continuous Control Using Generalized Advantage Estimation,
arXiv:1506.02438.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rlbench.algorithms.actor_critic import ActorCritic, ActorCriticAlgorithm, Samples
from rlbench.algorithms.contract import Metrics, Sampler, Space, State
from rlbench.algorithms.natural import analytic_fisher, empirical_fisher, natural_direction, searched_step
from rlbench.algorithms.settings import setting
from rlbench.numerics.moments import standardise
from rlbench.numerics.optimizers import adam_state
from rlbench.numerics.returns import discounted_returns
from rlbench.numerics.surrogates import importance


@dataclass(frozen=True)
class TRPO(ActorCriticAlgorithm):
    """Trust region policy optimization, single path (Schulman et al. 2015), with GAE."""

    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(128, "T", "steps a world before each update", low=1)
    gamma: float = setting(0.995, "γ", "discount of the next step's value", low=0, high=1)
    gae_lambda: float = setting(0.97, "λ", "weight of longer returns in the advantage", low=0, high=1)
    estimator: str = setting("gae", "", "what judges an action: GAE, or Monte-Carlo Q", choices=("gae", "monte-carlo"))
    constraint: str = setting("trust-region", "", "KL bounded or penalised", choices=("trust-region", "penalty"))
    target_kl: float = setting(0.01, "δ", "trust-region: largest KL divergence of a step", above=0)
    penalty_coef: float = setting(3.0, "β", "penalty: coefficient of the KL divergence", above=0)
    kl: str = setting("mean", "", "KL divergence over the states that counts", choices=("mean", "max"))
    fisher: str = setting("analytic", "", "exact over actions, or from sampled ones", choices=("analytic", "empirical"))
    fisher_fraction: float = setting(0.25, "", "share of the batch in Fisher products", above=0, high=1)
    cg_iterations: int = setting(15, "k", "conjugate gradient iterations", low=1)
    damping: float = setting(0.1, "", "added to the Fisher matrix's diagonal", low=0)
    backtracks: int = setting(10, "", "how often a step may be shortened", low=0)
    backtrack_coef: float = setting(0.8, "", "what shortening multiplies a step with", above=0, below=1)
    critic_learning_rate: float = setting(1e-3, "", "Adam's step on the critic, decaying linearly to 0", above=0)
    critic_epochs: int = setting(10, "", "critic's passes over a batch", low=1)
    critic_minibatch_size: int = setting(128, "", "critic's minibatch", low=1)
    hidden_sizes: tuple[int, ...] = setting((64, 64), "", "tanh layers of both networks")
    initial_log_std: float = setting(-0.5, "log σ", "log standard deviation at the start", low=-10, high=3)

    @property
    def depends_on_budget(self) -> bool:
        """Whether there is a critic, whose learning rate falls over the budget."""
        return self.estimator == "gae"

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, and Adam for the critic."""
        networks = self.networks(space)
        state = networks.initial(seeds)
        return {**state, "adam": adam_state(networks.split(state["theta"])[1])}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one natural step, one fit of the critic."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        samples = networks.samples(state, batch)
        theta, critic = networks.split(state["theta"])
        orders = sampler.permutations(self.critic_epochs, batch.size)
        few = samples.part(orders[0], self.fisher_fraction)

        if self.estimator == "monte-carlo":
            returns = discounted_returns(batch.rewards, batch.done, self.gamma).flatten(1)  # Q, section 5.1
            metrics = self.natural_step(networks, theta, samples, standardise(returns), few)
            networks.remember(state, batch, returns)
            return metrics
        judged = networks.advantages(state, batch, samples.obs, self.gamma, self.gae_lambda)
        metrics = self.natural_step(networks, theta, samples, standardise(judged.advantage), few)
        rate, size = self.critic_learning_rate * (1 - sampler.progress), self.critic_minibatch_size
        loss = networks.fit_critic(critic, state["adam"], samples.obs, judged.target, orders, size, rate)
        networks.remember(state, batch, judged.returns)
        return {**metrics, "critic_loss": loss, "explained_variance": judged.explained}

    def natural_step(
        self, networks: ActorCritic, theta: Tensor, samples: Samples, advantage: Tensor, few: Samples | None = None
    ) -> Metrics:
        """Maximise the surrogate L within KL <= delta (eq. 14), or L - beta KL, moving theta in place.

        Fisher products are averaged over the `few`, or over all samples.
        """
        policy, (obs, actions) = networks.policy, samples
        penalty = self.constraint == "penalty"
        old = policy.at(theta, obs)
        old_log_prob = policy.log_prob(old, actions)
        surrogate = importance(torch.ones_like(advantage), advantage)
        gradient = policy.backward(old, policy.d_log_prob(old, actions, surrogate.slope))  # g = grad L

        pi, taken = (policy.at(theta, few.obs), few.actions) if few else (old, actions)
        empirical = self.fisher == "empirical"
        fisher = empirical_fisher(policy, pi, taken) if empirical else analytic_fisher(policy, theta, pi)
        natural = natural_direction(fisher, gradient, self.damping, self.cg_iterations)  # x = F^-1 g
        # The quadratic model's best length: sqrt(2 delta / x'Fx) x within KL delta, x / beta of g'x - beta/2 x'Fx
        scale = torch.full_like(natural.curvature, 1 / self.penalty_coef) if penalty else natural.within(self.target_kl)

        def evaluate(new: Any) -> tuple[Tensor, Tensor]:
            ratio = torch.exp(policy.log_prob(new, actions) - old_log_prob)
            gain, kl = importance(ratio, advantage).value, policy.kl(old, new)  # L, D_KL(old || new)
            distance = kl.amax(1) if self.kl == "max" else kl.mean(1)
            return (gain - self.penalty_coef * distance, distance) if penalty else (gain, distance)

        limit, shorten = math.inf if penalty else self.target_kl, (self.backtracks, self.backtrack_coef)
        return searched_step(policy, theta, old, obs, gradient, natural, scale, evaluate, limit, *shorten)
