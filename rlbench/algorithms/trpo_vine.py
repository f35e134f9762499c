"""Trust region policy optimization, vine: several actions tried in the same state, with the same chance after them.

Schulman, Levine, Moritz, Jordan, Abbeel: Trust Region Policy Optimization, 2015, arXiv:1502.05477 (section 5.2, eq. 15,
eq. 16, eq. 14).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Actor, Batch, Branches, Metrics, Sampler, Size, Space, State
from rlbench.algorithms.critic import Targets, estimate
from rlbench.algorithms.natural import Start, analytic_fisher, natural_direction, searched_step
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.settings import setting
from rlbench.errors import UserError
from rlbench.numerics.line_search import Backtracking
from rlbench.numerics.moments import difference_variance
from rlbench.numerics.returns import discounted_sums
from rlbench.numerics.surrogates import Surrogate, all_actions, self_normalised
from rlbench.policies.normaliser import normaliser


@dataclass(frozen=True)
class TRPOVine(ActorCriticAlgorithm):
    """Trust region policy optimization, vine (Schulman et al. 2015), with common random numbers."""

    num_envs: int = setting(16, "N", "worlds a seed for the trunk", low=1)
    num_steps: int = setting(16, "T", "trunk's steps a world before each update", low=1)
    states: int = setting(32, "R", "states of the trunk to branch from, the rollout set", low=1)
    branches: int = setting(4, "K", "actions tried per state; all actions if there are at most K", low=2)
    horizon: int = setting(200, "H", "longest branch, the tried action included", low=1)
    common_random_numbers: bool = setting(True, "", "whether the branches of a state meet the same noise")
    bootstrap: bool = setting(False, "", "ours: V of a critic stands for what follows a branch cut at the horizon")
    gamma: float = common.gamma(0.99)
    target_kl: float = setting(0.01, "δ", "largest mean KL divergence of a step", above=0)
    cg_iterations: int = common.cg_iterations(15)
    damping: float = common.damping(0.1)
    backtracks: int = common.backtracks(10)
    backtrack_coef: float = common.backtrack_coef(0.8)
    critic_learning_rate: float = common.critic_learning_rate(1e-3, "bootstrap: ", ", decaying linearly")
    critic_epochs: int = common.critic_epochs(20, "bootstrap: ", "the trunk")
    critic_minibatch_size: int = common.critic_minibatch_size(64, "bootstrap: ")
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64), "the networks")
    initial_log_std: float = common.initial_log_std(-0.5)

    @property
    def depends_on_budget(self) -> bool:
        """Whether there is a critic, whose learning rate falls over the budget."""
        return self.bootstrap

    def size(self, space: Space) -> Size:
        """Policy, and critic where there is one; how long branches are, the task decides."""
        if not space.exact_saves:
            raise UserError(
                "trpo-vine branches from saved states, and this environment cannot be saved exactly. It works on the "
                "MuJoCo tasks of rlbench list and on Gymnasium's classic-control and toy-text ids. Use trpo here."
            )
        if self.states > self.num_envs * self.num_steps:
            raise UserError(f"trpo-vine: states={self.states} is more than the trunk's num_envs x num_steps. Lower it.")
        networks = self.networks(space)
        learnt = networks.num_parameters if self.bootstrap else networks.policy.num_parameters
        tried = space.num_actions if space.num_actions and self.tries_all(space) else self.branches
        return Size(learnt, branches=self.states * tried)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """A trunk, branches from some of its states, one natural step."""
        networks, space = self.networks(sampler.space), sampler.space
        actor, (theta, _) = networks.actor(state), networks.split(state["theta"])
        batch = sampler.rollout(actor, self.num_steps, keep=self.states)
        if self.bootstrap:
            networks.update_value_unit(state, batch, self.gamma, state["adam"])
        places = batch.branch_index.unsqueeze(-1).expand(-1, -1, space.obs_size)
        raw = batch.obs.flatten(1, 2).gather(1, places)  # s_r, [S, R, O]

        actions = self.tried(actor, raw, sampler)  # a_rk, [S, R, K, A]
        tried, common = actions.shape[2], self.common_random_numbers
        noise = sampler.draw(actor.noise, self.horizon - 1, self.states, 1 if common else tried)
        noise = noise.expand(-1, -1, -1, tried, -1)  # [S, H-1, R, K, Z]
        done = sampler.branch(actor, actions, noise, reseed=not common)
        q = self.q_values(networks, state, done)  # [S, R, K]

        obs = normaliser(state["obs"])(raw).repeat_interleave(tried, 1)  # [S, R*K, O]
        start = Start(networks.policy, theta, obs, networks.policy.at(theta, obs))
        metrics = self.vine_step(start, actions.flatten(1, 2), q, space)
        metrics |= {"q_mean": q.mean((1, 2)), "q_difference_variance": difference_variance(q)}
        metrics["branch_length"] = done.lengths.float().mean((1, 2))
        return metrics | self.learn_values(networks, state, batch, sampler)

    def tries_all(self, space: Space) -> bool:
        """Whether every action there is gets a branch (eq. 15), and not a few that are drawn (eq. 16)."""
        return space.num_actions is not None and space.num_actions <= self.branches

    def tried(self, actor: Actor, obs: Tensor, sampler: Sampler) -> Tensor:
        """The actions of each state's branches: all, or K drawn from q: uniform for discrete actions, else pi."""
        choices = sampler.space.num_actions
        if choices and self.tries_all(sampler.space):
            return torch.arange(float(choices)).view(1, 1, -1, 1).expand(*obs.shape[:2], -1, -1)
        noise = sampler.draw(actor.noise, self.states, self.branches)  # [S, R, K, Z]
        if choices:
            return noise.argmax(-1, keepdim=True).float()
        return actor.act(obs.repeat_interleave(self.branches, 1), noise.flatten(1, 2)).unflatten(1, noise.shape[1:3])

    def q_values(self, networks: ActorCritic, state: State, done: Branches) -> Tensor:
        """Q = sum_t gamma^t r_t of each branch, and with `bootstrap` gamma^l V at its end, `[S, R, K]`."""
        q = discounted_sums(done.rewards, self.gamma)
        if not self.bootstrap:
            return q
        value = networks.value(state, normaliser(state["obs"])(done.last_obs))
        return q + torch.where(done.terminated, 0.0, self.gamma**done.lengths * value.view_as(q))

    def vine_step(self, start: Start, actions: Tensor, q: Tensor, space: Space) -> Metrics:
        """Maximise the vine's surrogate within KL <= delta (eq. 14), moving theta in place; `actions[S, R*K, A]`."""
        policy, theta, _, old = start
        old_log_prob = policy.log_prob(old, actions).view_as(q)
        # log q(a|s): q is the old policy, or uniform, up to a constant that cancels
        log_proposal = old_log_prob if space.num_actions is None else torch.zeros_like(q)

        def surrogate(pi: Any) -> Surrogate:
            pair = policy.log_prob(pi, actions).view_as(q), old_log_prob
            return all_actions(*pair, q) if self.tries_all(space) else self_normalised(*pair, log_proposal, q)

        slope = surrogate(old).slope.flatten(1, 2)
        gradient = policy.backward(old, policy.d_log_prob(old, actions, slope))
        natural = natural_direction(analytic_fisher(policy, theta, old), gradient, self.damping, self.cg_iterations)

        def evaluate(new: Any) -> tuple[Tensor, Tensor]:
            return surrogate(new).value, policy.kl(old, new).mean(1)

        length = natural.step_length_for_kl(self.target_kl)
        how = Backtracking(self.target_kl, self.backtracks, self.backtrack_coef)
        return searched_step(start, natural, length, evaluate, how)

    def learn_values(self, networks: ActorCritic, state: State, batch: Batch, sampler: Sampler) -> Metrics:
        """Take the trunk into the running moments and, with `bootstrap`, fit the critic to its n-step returns."""
        if not self.bootstrap:
            networks.update_normaliser(state, batch)
            return {}
        obs, _ = networks.samples(state, batch)
        estimates = estimate(networks, state, batch, obs, self.gamma, gae_lambda=1.0)
        orders = sampler.permutations(self.critic_epochs, batch.size)
        loss = self.fit_critic(state, sampler, Targets(obs, estimates.target), orders)
        networks.update_normaliser(state, batch)
        return {"critic_loss": loss, **estimates.columns}
