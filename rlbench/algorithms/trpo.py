"""Trust region policy optimization, single path.

Schulman, Levine, Moritz, Jordan, Abbeel: Trust Region Policy Optimization, 2015, arXiv:1502.05477 (eq. 14, appendix
C), with advantages from Schulman et al.: High-Dimensional Continuous Control Using Generalized Advantage Estimation,
arXiv:1506.02438.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rlbench.algorithms.actor_critic import ActorCritic
from rlbench.algorithms.contract import Actor, Metrics, Sampler, Space, State
from rlbench.algorithms.settings import setting
from rlbench.numerics.conjugate_gradient import conjugate_gradient, dot
from rlbench.numerics.line_search import line_search
from rlbench.numerics.moments import standardise
from rlbench.numerics.optimizers import adam_state


@dataclass(frozen=True)
class TRPO:
    """Trust region policy optimization, single path (Schulman et al. 2015), with GAE."""

    num_envs: int = setting(16, "N", "worlds a seed", low=1)
    num_steps: int = setting(128, "T", "steps a world before each update", low=1)
    gamma: float = setting(0.995, "γ", "discount of the next step's value", low=0, high=1)
    gae_lambda: float = setting(0.97, "λ", "weight of longer returns in the advantage", low=0, high=1)
    target_kl: float = setting(0.01, "δ", "largest mean KL divergence of a step", above=0)
    cg_iterations: int = setting(15, "k", "conjugate gradient iterations", low=1)
    damping: float = setting(0.1, "", "added to the Fisher matrix's diagonal", low=0)
    backtracks: int = setting(10, "", "how often a step may be shortened", low=0)
    backtrack_coef: float = setting(0.8, "", "what shortening multiplies a step with", above=0, below=1)
    critic_learning_rate: float = setting(1e-3, "", "Adam's step on the critic, decaying linearly to 0", above=0)
    critic_epochs: int = setting(20, "", "critic's passes over a batch", low=1)
    critic_minibatch_size: int = setting(128, "", "critic's minibatch", low=1)
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
        """Networks, moments, and Adam for the critic."""
        networks = self.networks(space)
        state = networks.initial(seeds)
        return {**state, "adam": adam_state(networks.split(state["theta"])[1])}

    def actor(self, state: State, space: Space) -> Actor:
        """The policy as it stands."""
        return self.networks(space).actor(state)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one natural step, one fit of the critic."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        obs, actions = networks.samples(state, batch)
        judged = networks.advantages(state, batch, obs, self.gamma, self.gae_lambda)
        theta, critic = networks.split(state["theta"])

        metrics = self.natural_step(networks, theta, obs, actions, standardise(judged.advantage))

        orders = sampler.permutations(self.critic_epochs, batch.size)
        rate = self.critic_learning_rate * (1 - sampler.progress)
        loss = networks.fit_critic(critic, state["adam"], obs, judged.target, orders, self.critic_minibatch_size, rate)
        networks.remember(state, batch, judged.returns)
        return {**metrics, "critic_loss": loss, "explained_variance": judged.explained}

    def natural_step(
        self, networks: ActorCritic, theta: Tensor, obs: Tensor, actions: Tensor, advantage: Tensor
    ) -> Metrics:
        """Maximise the surrogate L within mean KL <= delta (eq. 14), moving theta in place."""
        policy = networks.policy
        old = policy.at(theta, obs)
        old_log_prob = policy.log_prob(old, actions)
        gradient = policy.score(theta, old, actions, advantage / advantage.shape[1])  # g = grad L

        def fisher(v: Tensor) -> Tensor:  # (F + damping) v
            return policy.fisher_vector(theta, old, v) + self.damping * v

        solution = conjugate_gradient(fisher, gradient, self.cg_iterations)  # x = F^-1 g
        curvature = dot(solution.x, solution.product)  # x'Fx
        scale = torch.where(curvature > 0, (2 * self.target_kl / curvature).sqrt(), 0.0)  # sqrt(2 delta / x'Fx)

        def surrogate(candidate: Tensor) -> tuple[Tensor, Tensor]:
            new = policy.at(candidate, obs)
            ratio = torch.exp(policy.log_prob(new, actions) - old_log_prob)
            return ((ratio - 1) * advantage).mean(1), policy.kl(old, new).mean(1)

        found = line_search(
            surrogate, theta, scale.unsqueeze(1) * solution.x, self.target_kl, self.backtracks, self.backtrack_coef
        )
        theta.copy_(found.theta)
        return {
            "status": step_status(gradient, solution.positive & (curvature > 0), found.accepted),
            "kl": found.kl,
            "surrogate_gain": found.gain,
            "backtracks": found.backtracks,
            "step_size": scale,
            "cg_iterations": solution.iterations,
            "cg_residual": solution.residual,
            "curvature": curvature,
            "entropy": policy.entropy(policy.at(theta, obs)).mean(1),
        }


def step_status(gradient: Tensor, positive: Tensor, accepted: Tensor) -> Tensor:
    """How a step ended: 0 taken, 1 none was good enough, 2 curvature not positive, 3 not finite, 4 no gradient."""
    status = torch.where(accepted, 0.0, 1.0)
    status = torch.where(~accepted & ~positive, 2.0, status)
    status = torch.where(~torch.isfinite(gradient).all(1), 3.0, status)
    return torch.where((gradient == 0).all(1), 4.0, status)
