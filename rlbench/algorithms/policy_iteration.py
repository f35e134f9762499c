"""Policy iteration that never falls: maximise a lower bound of the return, exactly, on tables.

Schulman, Levine, Moritz, Jordan, Abbeel: Trust Region Policy Optimization, 2015, arXiv:1502.05477 (algorithm 1, eq. 9).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rlbench.algorithms.contract import Metrics, Sampler, State
from rlbench.algorithms.exact import ExactAlgorithm, entropy
from rlbench.algorithms.settings import setting
from rlbench.numerics.tables import Tables, best_penalised, evaluate_policy, policy_advantage


@dataclass(frozen=True)
class PolicyIteration(ExactAlgorithm):
    """Policy iteration with guaranteed improvement, on tables (Schulman et al. 2015, algorithm 1)."""

    gamma: float = setting(0.99, "γ", "discount of later rewards", above=0, below=1)
    caution: float = setting(1.0, "", "what C is multiplied with; below 1 nothing is guaranteed", above=0)
    initial_std: float = setting(0.1, "", "standard deviation of the first policy's logits", low=0)

    def iterate(self, state: State, sampler: Sampler) -> Metrics:
        """pi = argmax L(pi) - C max_x KL(pi_old || pi), seed by seed."""
        tables = sampler.tables()
        steps = [self.step(tables, policy) for policy in state["policy"]]
        state["policy"] = torch.stack([policy for policy, _ in steps])
        return {name: torch.stack([metrics[name] for _, metrics in steps]) for name in steps[0][1]}

    def step(self, tables: Tables, old: Tensor) -> tuple[Tensor, Metrics]:
        """The next policy `[X, A]` of one seed, and how it came out."""
        evaluation = evaluate_policy(tables, old, self.gamma)
        epsilon = evaluation.advantage[old > 0].abs().max()  # max |A|, over what the policy may do
        c = self.caution * 4 * epsilon * self.gamma / (1 - self.gamma) ** 2
        best = best_penalised(evaluation, old, c)
        surrogate = evaluation.expected_return + policy_advantage(evaluation, best.policy)  # L
        bound = surrogate - c * best.kl.max()  # eq. 9
        improved = bound > evaluation.expected_return  # what is too small for float64 is not a step
        policy = torch.where(improved, best.policy, old)
        return policy, {
            "expected_return": evaluate_policy(tables, policy, self.gamma).expected_return,
            "bound": torch.where(improved, bound, evaluation.expected_return),
            "surrogate": torch.where(improved, surrogate, evaluation.expected_return),
            "kl_max": torch.where(improved, best.kl.max(), 0.0),
            "epsilon": epsilon,
            "entropy": entropy(policy),
        }
