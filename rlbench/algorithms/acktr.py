"""Actor-critic using Kronecker-factored trust region (ACKTR).

Wu, Mansimov, Liao, Grosse, Ba: Scalable Trust-region Method for Deep Reinforcement Learning using Kronecker-factored
Approximation, 2017, arXiv:1708.05144 (sections 3.1 and 3.2), with curvature as in Martens and Grosse 2015,
arXiv:1503.05671 (K-FAC), and advantages from Schulman et al. 2016, arXiv:1506.02438.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from rlbench.algorithms import common_settings as common
from rlbench.algorithms import kfac
from rlbench.algorithms.actor_critic import ActorCriticAlgorithm
from rlbench.algorithms.contract import Metrics, Sampler, Size, Space, State
from rlbench.algorithms.critic import Targets, estimate
from rlbench.algorithms.minibatches import minibatches
from rlbench.algorithms.networks import ActorCritic, Samples
from rlbench.algorithms.settings import setting
from rlbench.numerics.arrays import Array
from rlbench.numerics.conjugate_gradient import dot
from rlbench.numerics.moments import standardise
from rlbench.numerics.optimizers import rate_for
from rlbench.numerics.replay import GraphedFunction
from rlbench.numerics.surrogates import importance, score_function


@dataclass(frozen=True)
class ACKTR(ActorCriticAlgorithm):
    """Actor-critic using Kronecker-factored trust region (Wu et al. 2017)."""

    num_envs: int = common.num_envs(16)
    num_steps: int = common.num_steps(64)
    gamma: float = common.gamma(0.99)
    gae_lambda: float = common.gae_lambda(0.95)
    target_kl: float = setting(0.03, "δ", "largest KL divergence of a step in the quadratic model", above=0)
    trust_region: str = setting("exact", "", "F of x'Fx: exact, or the factors'", choices=("exact", "factored"))
    step_size: float = setting(1.0, "η_max", "largest multiple of F^-1 g in a step, decaying linearly to 0", above=0)
    momentum: float = setting(0.9, "", "share of the steps before in a step", low=0, below=1)
    damping: float = setting(0.1, "", "added to the Fisher matrices' diagonals", above=0)
    factor_decay: float = setting(0.95, "", "share of the batches before in the Kronecker factors", low=0, below=1)
    inverse_period: int = setting(10, "", "batches to which one decomposition of the factors is applied", low=1)
    entropy_coef: float = common.entropy_coef(0.0, "β")
    critic_target_kl: float = setting(0.01, "", "critic's δ", above=0)
    critic_step_size: float = setting(0.3, "", "critic's η_max, decaying linearly to 0", above=0)
    critic_epochs: int = common.critic_epochs(10)
    critic_minibatch_size: int = common.critic_minibatch_size(256)
    hidden_sizes: tuple[int, ...] = common.hidden_sizes((64, 64))
    initial_log_std: float = common.initial_log_std(-0.5)

    depends_on_budget: ClassVar[bool] = True
    """The longest steps fall linearly to 0 over the budget."""

    def size(self, space: Space) -> Size:
        """Policy and critic, and the curvature of each; N T transitions."""
        networks = self.networks(space)
        memory = kfac.curvature_bytes(networks.policy.network) + kfac.curvature_bytes(networks.critic.network)
        return super().size(space)._replace(memory=memory)

    def initial(self, space: Space, seeds: tuple[int, ...]) -> State:
        """Networks, moments, and the curvature of each network."""
        networks = self.networks(space)
        state = networks.initial(seeds, self.num_envs)
        actor, critic = networks.split(state["theta"])
        state["actor_curvature"] = kfac.initial_curvature(networks.policy.network, actor)
        state["critic_curvature"] = kfac.initial_curvature(networks.critic.network, critic)
        return state

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """One batch, one natural step of the actor, some of the critic."""
        networks = self.networks(sampler.space)
        batch = sampler.rollout(networks.actor(state), self.num_steps)
        change = networks.update_value_unit(state, batch, self.gamma)
        kfac.rescale_curvature(state["critic_curvature"], networks.critic.network, change)
        samples = networks.samples(state, batch)
        estimates = estimate(networks, state, batch, samples.obs, self.gamma, self.gae_lambda)
        noise = sampler.draw(networks.policy.noise, batch.size)
        left = rate_for(state["theta"], 1 - sampler.progress)

        metrics = self.actor_step(networks, state, samples, standardise(estimates.advantage), noise, left)
        orders = sampler.permutations(self.critic_epochs, batch.size)
        loss = self.critic_steps(networks, state, Targets(samples.obs, estimates.target), orders, left)
        networks.update_normaliser(state, batch)
        return {**metrics, "critic_loss": loss, **estimates.columns}

    def actor_step(
        self, networks: ActorCritic, state: State, samples: Samples, advantage: Tensor, noise: Tensor, left: Tensor
    ) -> Metrics:
        """theta + eta F^-1 g, with momentum, in place; a seed whose step is not finite stays where it was."""
        policy, (theta, _), curvature = networks.policy, networks.split(state["theta"]), state["actor_curvature"]
        obs, actions = samples
        pi = policy.at(theta, obs)
        log_prob = policy.log_prob(pi, actions)
        d = policy.d_log_prob(pi, actions, score_function(log_prob, advantage).slope)
        gradient = policy.backward(pi, d + policy.d_entropy(pi, self.entropy_coef))

        # F = E[grad log pi(a|s) (grad log pi(a|s))'], with actions drawn from pi anew (section 3.1)
        drawn = policy.acting(theta)(obs, noise)
        scores, *_ = policy.d_log_prob(pi, drawn, torch.ones_like(advantage)).parts
        kfac.update_curvature(curvature, policy.network, pi.tape, scores, self.factor_decay, self.inverse_period)
        x = kfac.natural_gradient(curvature, policy.network, self.damping, policy.fisher_outside_network)(gradient)

        square = dot(x, gradient)  # x'(F + damping)x, because x solves (F + damping)x = g
        if self.trust_region == "exact":
            square = dot(x, policy.fisher_vector(theta, pi, x)) + self.damping * dot(x, x)
        step = kfac.trust_region_step(
            theta, curvature["velocity"], x, square, self.step_size * left, self.target_kl, self.momentum
        )
        new = policy.at(step.theta, obs)
        ratio = torch.exp(policy.log_prob(new, actions) - log_prob)
        kl, gain, entropy = policy.kl(pi, new).mean(1), importance(ratio, advantage).value, policy.entropy(new).mean(1)
        theta.copy_(step.theta)
        curvature["velocity"].copy_(step.velocity)
        metrics = {"status": torch.where(step.accepted, 0.0, 3.0), "kl": kl, "surrogate_gain": gain}
        return {**metrics, "step_size": step.length, "curvature": square, "entropy": entropy}

    def critic_steps(self, networks: ActorCritic, state: State, data: Targets, orders: Tensor, left: Tensor) -> Tensor:
        """theta + eta F^-1 g on minibatches, where g is that of log p(v|s), p = N(V(s), 1); the last pass's loss."""
        critic, (_, theta), curvature = networks.critic, networks.split(state["theta"]), state["critic_curvature"]
        value, tape = critic.network.forward(theta, data.obs)
        # E[(d log p / dV)^2] = E (v - V)^2 = 1, needing no samples of v: F is the Gauss-Newton matrix (section 3.1)
        scores = torch.ones_like(value)
        kfac.update_curvature(curvature, critic.network, tape, scores, self.factor_decay, self.inverse_period)

        solve = kfac.natural_gradient(curvature, critic.network, self.damping)
        gradient = torch.zeros_like(theta)
        now, out = (critic.network.parameters(each) for each in (theta, gradient))

        def ascend(part: Targets, longest: Tensor) -> dict[str, Array]:
            v = critic.at(now, part.obs)
            loss = critic.squared_error(v, part.target)  # mean (V - v)^2 = -2 mean log p
            critic.backward(v, loss, out)
            gradient.mul_(-0.5)
            x = solve(out)
            step = kfac.trust_region_step(
                theta, curvature["velocity"], x, dot(x, gradient), longest, self.critic_target_kl, self.momentum
            )
            theta.copy_(step.theta)
            curvature["velocity"].copy_(step.velocity)
            return {"loss": loss.value}

        step = GraphedFunction(ascend, theta.device)
        longest = self.critic_step_size * left
        for order in orders:
            losses = [step(part, longest)["loss"] for part in minibatches(data, order, self.critic_minibatch_size)]
        return torch.stack(losses, 1).mean(1)
