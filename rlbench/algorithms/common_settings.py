"""Settings that several algorithms have, written once: each page gives its own default.

`gamma: float = common.gamma(0.99)` on an algorithm's page is a `setting(...)` like any other. A page is also read
without being run (pages.py), so arguments are plain values.
"""

from typing import Any

from rlbench.algorithms.settings import setting


def num_envs(default: int) -> Any:
    """N"""
    return setting(default, "N", "worlds a seed", low=1)


def num_steps(default: int, symbol: str = "T") -> Any:
    """T"""
    return setting(default, symbol, "steps a world before each update", low=1)


def gamma(default: float) -> Any:
    """The discount where a critic looks ahead."""
    return setting(default, "γ", "discount of the next step's value", low=0, high=1)


def gae_lambda(default: float, when: str = "") -> Any:
    """Lambda of GAE."""
    return setting(default, "λ", f"{when}weight of longer returns in the advantage", low=0, high=1)


def max_grad_norm(default: float) -> Any:
    """Where a gradient is cut."""
    return setting(default, "", "largest norm of a seed's gradient", above=0)


def entropy_coef(default: float, symbol: str) -> Any:
    """The weight of the entropy bonus."""
    return setting(default, symbol, "weight of the entropy bonus", low=0)


def value_coef(default: float, symbol: str = "") -> Any:
    """The critic's share of a common loss."""
    return setting(default, symbol, "weight of the critic's squared error in the loss", low=0)


def fisher_fraction(default: float) -> Any:
    """How many samples the Fisher matrix is averaged over."""
    return setting(default, "", "share of the batch in Fisher products", above=0, high=1)


def cg_iterations(default: int) -> Any:
    """k"""
    return setting(default, "k", "conjugate gradient iterations", low=1)


def damping(default: float) -> Any:
    """What makes the Fisher matrix positive definite."""
    return setting(default, "", "added to the Fisher matrix's diagonal", low=0)


def backtracks(default: int) -> Any:
    """The line search's length."""
    return setting(default, "", "how often a step may be shortened", low=0)


def backtrack_coef(default: float) -> Any:
    """The line search's factor."""
    return setting(default, "", "what shortening multiplies a step with", above=0, below=1)


def critic_learning_rate(default: float, when: str = "", decay: str = ", decaying linearly to 0") -> Any:
    """The critic's own Adam."""
    return setting(default, "", f"{when}Adam's step on the critic{decay}", above=0)


def critic_epochs(default: int, when: str = "", what: str = "a batch") -> Any:
    """The critic's own passes."""
    return setting(default, "", f"{when}critic's passes over {what}", low=1)


def critic_minibatch_size(default: int, when: str = "") -> Any:
    """The critic's own minibatch."""
    return setting(default, "", f"{when}critic's minibatch", low=1)


def hidden_sizes(default: tuple[int, ...], whose: str = "both networks") -> Any:
    """Hidden layers."""
    return setting(default, "", f"tanh layers of {whose}")


def initial_log_std(default: float) -> Any:
    """A Gaussian policy's spread."""
    return setting(default, "log σ", "log standard deviation at the start", low=-10, high=3)
