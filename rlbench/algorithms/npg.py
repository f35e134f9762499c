"""The natural policy gradient.

Kakade: A Natural Policy Gradient, NIPS 2001 (section 2: theta + alpha F^-1 grad eta), with F^-1 g by conjugate gradient
and the step within a KL divergence as in Schulman et al. 2015, arXiv:1502.05477 (section 7 and appendix C), and with
advantages from Schulman et al. 2016, arXiv:1506.02438.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms.actor_critic import ActorCritic, ActorCriticAlgorithm, Samples
from rlbench.algorithms.contract import Metrics, Sampler, Space, State
from rlbench.algorithms.natural import analytic_fisher, natural_direction, step_status
from rlbench.algorithms.settings import setting
from rlbench.numerics.moments import standardise
from rlbench.numerics.optimizers import adam_state
from rlbench.numerics.surrogates import importance


@dataclass(frozen=True)
class NPG(ActorCriticAlgorithm):
    """Natural policy gradient (Kakade 2001): TRPO's direction without its line search, with GAE."""

    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(64, "T", "steps a world before each update", low=1)
    gamma: float = setting(0.99, "γ", "discount of the next step's value", low=0, high=1)
    gae_lambda: float = setting(0.95, "λ", "weight of longer returns in the advantage", low=0, high=1)
    step: str = setting("kl", "", "what sets the step's length: target_kl or step_size", choices=("kl", "fixed"))
    target_kl: float = setting(0.01, "δ", "kl: mean KL divergence of a step in the quadratic model", above=0)
    step_size: float = setting(0.1, "α", "fixed: what F^-1 g is multiplied with", above=0)
    fisher_fraction: float = setting(1.0, "", "share of the batch in Fisher products", above=0, high=1)
    cg_iterations: int = setting(10, "k", "conjugate gradient iterations", low=1)
    damping: float = setting(0.1, "", "added to the Fisher matrix's diagonal", low=0)
    critic_learning_rate: float = setting(1e-3, "", "Adam's step on the critic, decaying linearly to 0", above=0)
    critic_epochs: int = setting(20, "", "critic's passes over a batch", low=1)
    critic_minibatch_size: int = setting(128, "", "critic's minibatch", low=1)
    hidden_sizes: tuple[int, ...] = setting((64, 64), "", "tanh layers of both networks")
    initial_log_std: float = setting(-0.5, "log σ", "log standard deviation at the start", low=-10, high=3)

    depends_on_budget: ClassVar[bool] = True
    """The learning rate falls linearly to 0 over the budget."""

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
        judged = networks.advantages(state, batch, samples.obs, self.gamma, self.gae_lambda)
        theta, critic = networks.split(state["theta"])
        orders = sampler.permutations(self.critic_epochs, batch.size)
        few = samples.part(orders[0], self.fisher_fraction)

        metrics = self.natural_step(networks, theta, samples, standardise(judged.advantage), few)

        rate, size = self.critic_learning_rate * (1 - sampler.progress), self.critic_minibatch_size
        loss = networks.fit_critic(critic, state["adam"], samples.obs, judged.target, orders, size, rate)
        networks.remember(state, batch, judged.returns)
        return {**metrics, "critic_loss": loss, "explained_variance": judged.explained}

    def natural_step(
        self, networks: ActorCritic, theta: Tensor, samples: Samples, advantage: Tensor, few: Samples | None = None
    ) -> Metrics:
        """theta + alpha F^-1 g, in place; a seed whose step cannot be trusted stays where it was.

        Fisher products are averaged over the `few`, or over all samples.
        """
        policy, (obs, actions) = networks.policy, samples
        old = policy.at(theta, obs)
        old_log_prob = policy.log_prob(old, actions)
        surrogate = importance(torch.ones_like(advantage), advantage)
        gradient = policy.backward(old, policy.d_log_prob(old, actions, surrogate.slope))  # g = grad eta
        fisher = analytic_fisher(policy, theta, policy.at(theta, few.obs) if few else old)
        natural = natural_direction(fisher, gradient, self.damping, self.cg_iterations)  # x = F^-1 g

        alpha = torch.full_like(natural.curvature, self.step_size)
        if self.step == "kl":
            alpha = natural.within(self.target_kl)  # sqrt(2 delta / x'Fx)
        moved = theta + alpha.unsqueeze(1) * natural.x
        sound = natural.positive & torch.isfinite(moved).all(1)
        new_theta = torch.where(sound.unsqueeze(1), moved, theta)

        new = policy.at(new_theta, obs)
        kl, entropy = policy.kl(old, new).mean(1), policy.entropy(new).mean(1)
        gain = importance(torch.exp(policy.log_prob(new, actions) - old_log_prob), advantage).value
        theta.copy_(new_theta)
        metrics = {"status": step_status(gradient, natural.positive, sound), "kl": kl, "surrogate_gain": gain}
        return {**metrics, "step_size": alpha, **natural.metrics, "entropy": entropy}
