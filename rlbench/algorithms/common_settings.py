"""Settings that several algorithms share: name, symbol, meaning and limits. Each algorithm gives its own default.

`gamma: float = common.gamma(0.99)` in an algorithm's module is a `setting(...)` like any other. These modules are also
parsed without being executed (pages.py), so arguments must be literals.
"""

from typing import Any

from rlbench.algorithms.settings import setting


def num_envs(default: int) -> Any:
    """Number of worlds, N."""
    return setting(default, "N", "worlds a seed", low=1)


def num_steps(default: int, symbol: str = "T") -> Any:
    """Length of a rollout, T."""
    return setting(default, symbol, "steps a world before each update", low=1)


def gamma(default: float) -> Any:
    """The discount, where a critic estimates later rewards."""
    return setting(default, "γ", "discount of the next step's value", low=0, high=1)


def gae_lambda(default: float, when: str = "") -> Any:
    """The lambda of generalised advantage estimation."""
    return setting(default, "λ", f"{when}weight of longer returns in the advantage", low=0, high=1)


def max_grad_norm(default: float) -> Any:
    """The norm to which gradients are clipped."""
    return setting(default, "", "largest norm of a seed's gradient", above=0)


def entropy_coef(default: float, symbol: str) -> Any:
    """The weight of the entropy bonus."""
    return setting(default, symbol, "weight of the entropy bonus", low=0)


def value_coef(default: float, symbol: str = "") -> Any:
    """The weight of the critic's error in a loss shared with the policy."""
    return setting(default, symbol, "weight of the critic's squared error in the loss", low=0)


def fisher_fraction(default: float) -> Any:
    """The part of a batch that Fisher products are averaged over."""
    return setting(default, "", "share of the batch in Fisher products", above=0, high=1)


def cg_iterations(default: int) -> Any:
    """Number of conjugate gradient iterations, k."""
    return setting(default, "k", "conjugate gradient iterations", low=1)


def damping(default: float) -> Any:
    """The multiple of the identity that is added to the Fisher matrix, which makes it positive definite."""
    return setting(default, "", "added to the Fisher matrix's diagonal", low=0)


def backtracks(default: int) -> Any:
    """The number of times that the line search may shorten a step."""
    return setting(default, "", "how often a step may be shortened", low=0)


def backtrack_coef(default: float) -> Any:
    """The factor by which the line search shortens a step."""
    return setting(default, "", "what shortening multiplies a step with", above=0, below=1)


def critic_learning_rate(default: float, when: str = "", decay: str = ", decaying linearly to 0") -> Any:
    """The learning rate of a critic with an optimiser of its own."""
    return setting(default, "", f"{when}Adam's step on the critic{decay}", above=0)


def critic_epochs(default: int, when: str = "", what: str = "a batch") -> Any:
    """The number of passes over the data with which a critic is fitted."""
    return setting(default, "", f"{when}critic's passes over {what}", low=1)


def critic_minibatch_size(default: int, when: str = "") -> Any:
    """The minibatch size with which a critic is fitted."""
    return setting(default, "", f"{when}critic's minibatch", low=1)


def hidden_sizes(default: tuple[int, ...], whose: str = "both networks") -> Any:
    """Sizes of the hidden layers."""
    return setting(default, "", f"tanh layers of {whose}")


def initial_log_std(default: float) -> Any:
    """The initial log standard deviation of a Gaussian policy."""
    return setting(default, "log σ", "at the start; σ in halves of an action's range", low=-10, high=3)
