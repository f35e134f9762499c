"""Conservative policy iteration: mix the greedy policy in by as much as a lower bound of the return allows.

Kakade and Langford: Approximately Optimal Approximate Reinforcement Learning, ICML 2002 (section 4); the bound as eq. 6
of Schulman et al.: Trust Region Policy Optimization, 2015, arXiv:1502.05477.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics, Sampler, State
from rlbench.algorithms.exact import ExactAlgorithm, entropy
from rlbench.algorithms.settings import setting
from rlbench.numerics.tables import Evaluation, Tables, evaluate_policy, policy_advantage


class Promise(NamedTuple):
    """What is known of all mixtures (1 - alpha) pi + alpha pi' before one is made."""

    gain: Tensor
    """What the surrogate L gains for each unit of alpha."""
    epsilon: Tensor
    penalty: Tensor
    """The bound of the new return is L - penalty alpha^2."""
    alpha: Tensor
    """Where the bound is largest."""


@dataclass(frozen=True)
class CPI(ExactAlgorithm):
    """Conservative policy iteration, on tables (Kakade and Langford 2002)."""

    gamma: float = setting(0.99, "γ", "discount of later rewards", above=0, below=1)
    caution: float = setting(
        1.0, "", "what the bound's penalty is multiplied with; below 1 nothing is guaranteed", above=0
    )
    initial_std: float = setting(0.1, "", "standard deviation of the first policy's logits", low=0)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """pi = (1 - alpha) pi + alpha pi', seed by seed."""
        tables = sampler.tables()
        steps = [self.step(tables, policy) for policy in state["policy"]]
        state["policy"] = torch.stack([policy for policy, _ in steps])
        return {name: torch.stack([metrics[name] for _, metrics in steps]) for name in steps[0][1]}

    def step(self, tables: Tables, old: Tensor) -> tuple[Tensor, Metrics]:
        """The next policy `[X, A]` of one seed, and how it came out."""
        evaluation = evaluate_policy(tables, old, self.gamma)
        greedy = torch.zeros_like(old).scatter(1, evaluation.advantage.argmax(1, keepdim=True), 1.0)  # pi'
        gain, epsilon, penalty, alpha = self.promise(evaluation, greedy)
        policy = torch.lerp(old, greedy, alpha)
        surrogate = evaluation.expected_return + alpha * gain  # L
        return policy, {
            "expected_return": evaluate_policy(tables, policy, self.gamma).expected_return,
            "bound": surrogate - penalty * alpha**2,  # eq. 6
            "surrogate": surrogate,
            "alpha": alpha,
            "policy_advantage": gain,
            "epsilon": epsilon,
            "entropy": entropy(policy),
        }

    def promise(self, evaluation: Evaluation, greedy: Tensor) -> Promise:
        """The bound of eq. 6 on the way from the evaluated policy to `greedy[X, A]`, which may be any policy."""
        gain = policy_advantage(evaluation, greedy)  # what L gains a unit of alpha
        epsilon = (greedy * evaluation.advantage).sum(1).abs().max()  # max_x |E_pi' A|
        penalty = self.caution * 2 * epsilon * self.gamma / (1 - self.gamma) ** 2
        alpha = torch.where(gain > 0, gain / (2 * penalty), 0.0).clamp(max=1)  # the bound's maximiser
        return Promise(gain, epsilon, penalty, alpha)
