"""REINFORCE: climb the expected return along sampled scores.

Williams: Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, Machine Learning 8,
1992 (episodic REINFORCE, section 6). The variance-minimising baseline: Weaver and Tao, UAI 2001; Greensmith, Bartlett
and Baxter, JMLR 5, 2004.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Batch, Metrics, Sampler, Size, Space, State
from rlbench.algorithms.critic import Targets
from rlbench.algorithms.networks import ActorCritic
from rlbench.algorithms.settings import setting
from rlbench.algorithms.value_unit import value_columns, value_unit
from rlbench.numerics.optimizers import adam_state, adam_step, clip_norm
from rlbench.numerics.returns import discounted_returns, ends_within, episode_totals, mean_of_others
from rlbench.numerics.surrogates import score_function


@dataclass(frozen=True)
class REINFORCE(ActorCriticAlgorithm):
    """REINFORCE (Williams 1992) over complete episodes."""

    num_envs: int = common.num_envs(2)
    num_steps: int = setting(1024, "T", "steps a world before each update; an episode must fit in", low=1)
    gamma: float = setting(0.99, "γ", "discount of later rewards", low=0, high=1)
    psi: str = setting("reward-to-go", "ψ", "what weighs a score: rewards from then on, or all of the episode's",
                       choices=("reward-to-go", "total"))  # fmt: skip
    baseline: str = setting("mean", "b", "what is taken off ψ", choices=("none", "mean", "optimal", "value"))
    standardise: bool = setting(True, "", "whether ψ - b is divided by its standard deviation in the batch")
    learning_rate: float = setting(1e-3, "α", "Adam's step, decaying linearly to 0", above=0)
    max_grad_norm: float = common.max_grad_norm(0.5)
    critic_learning_rate: float = common.critic_learning_rate(1e-3, "baseline=value: ", "")
    critic_epochs: int = common.critic_epochs(10, "baseline=value: ")
    critic_minibatch_size: int = common.critic_minibatch_size(128, "baseline=value: ")
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64), "the networks")
    initial_log_std: float = common.initial_log_std(-0.5)

    depends_on_budget: ClassVar[bool] = True
    """The learning rate falls linearly to 0 over the budget."""

    def size(self, space: Space) -> Size:
        """Policy, and critic where there is one; N T transitions."""
        networks = self.networks(space)
        learnt = networks.num_parameters if self.baseline == "value" else networks.policy.num_parameters
        return Size(learnt, self.num_envs * self.num_steps)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, an Adam for each network; and that every world begins an episode."""
        networks = self.networks(space)
        state = networks.initial(seeds, self.num_envs)
        policy, critic = (adam_state(part) for part in networks.split(state["theta"]))
        fresh = torch.ones(len(seeds), self.num_envs, dtype=torch.bool)
        return {**state, "adam": policy, "critic_adam": critic, "fresh": fresh}

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one step along the gradient."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        if self.baseline == "value":
            networks.update_value_unit(state, batch, self.gamma, state["critic_adam"])
        returns, complete = self.returns(state, batch)
        gradient, metrics = self.gradient(networks, state, batch, returns, complete)
        state["fresh"] = batch.done[:, -1]

        theta, critic = networks.split(state["theta"])
        norm = clip_norm(gradient, self.max_grad_norm)
        learnt = complete.any(1, keepdim=True).cpu()  # nothing learnt, no step
        rate = self.learning_rate * (1 - sampler.progress) * learnt
        adam_step(state["adam"], theta, -gradient, rate)
        if self.baseline == "value":
            obs, _ = networks.samples(state, batch)
            target = torch.where(complete, returns / value_unit(state), networks.critic(critic, obs))
            orders = sampler.permutations(self.critic_epochs, batch.size)
            loss = self.fit_critic(state, sampler, Targets(obs, target), orders, "critic_adam")
            metrics["critic_loss"] = loss
        networks.update_normaliser(state, batch)
        return {**metrics, "gradient_norm": norm}

    def returns(self, state: State, batch: Batch) -> tuple[Tensor, Tensor]:
        """psi of each step, and whether its episode is known to its end (and from its start, for `total`); `[S, B]`."""
        returns, complete = discounted_returns(batch.rewards, batch.done, self.gamma), ends_within(batch.done)
        if self.psi == "total":
            returns, begun = episode_totals(returns, batch.done, state["fresh"])
            complete = complete & begun
        return returns.flatten(1), complete.flatten(1)

    def gradient(
        self, networks: ActorCritic, state: State, batch: Batch, returns: Tensor, complete: Tensor
    ) -> tuple[Tensor, Metrics]:
        """mean (psi - b) grad log pi over the steps of complete episodes, `[S, P]`; psi is `returns[S, B]`."""
        policy, (theta, _) = networks.policy, networks.split(state["theta"])
        obs, actions = networks.samples(state, batch)
        share = complete / complete.sum(1, keepdim=True).clamp(min=1)  # [S, B]; a mean over complete steps
        pi = policy.at(theta, obs)
        if self.baseline == "value":
            baseline = networks.value(state, obs)
        elif self.baseline == "mean":
            baseline = mean_of_others(returns, share, batch.done)  # b = E[psi]
        elif self.baseline == "optimal":
            square_norm = policy.score_square_norm(pi, actions)
            baseline = mean_of_others(returns, share * square_norm, batch.done)  # b = E[|g|^2 psi] / E[|g|^2]
        else:
            baseline = torch.zeros_like(returns)
        advantage = returns - baseline
        columns = {"complete_fraction": complete.float().mean(1), "baseline": baseline.mean(1)}
        if self.baseline == "value":
            explained = 1 - weighted_variance(advantage, share) / weighted_variance(returns, share)
            columns["explained_variance"] = explained.squeeze(1)
            columns |= value_columns(state, baseline, self.gamma, self.num_steps)
        if self.standardise:
            advantage = advantage / (weighted_variance(advantage, share).sqrt() + 1e-8)
        surrogate = score_function(policy.log_prob(pi, actions), advantage, share)
        gradient = policy.backward(pi, policy.d_log_prob(pi, actions, surrogate.slope))
        return gradient, {"surrogate": surrogate.value, "entropy": policy.entropy(pi).mean(1), **columns}


def weighted_variance(x: Tensor, share: Tensor) -> Tensor:
    """The variance of `x[S, B]` with weights `share[S, B]`, which sum to 1 for each seed; `[S, 1]`."""
    mean = (share * x).sum(1, keepdim=True)
    return (share * (x - mean).square()).sum(1, keepdim=True)
