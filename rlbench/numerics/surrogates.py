"""The surrogate objectives, each with its slope along log pi. All are maximised.

`value[S]` is the objective L of each seed; `slope` is dL / d log pi of every action, in the shape of log pi. A policy's
`d_log_prob` and `backward` turn a slope into the gradient for theta. B is the number of samples of a seed.
"""

from typing import NamedTuple

from rlbench.numerics.arrays import Array, namespace, softmax


class Surrogate(NamedTuple):
    """An objective and its derivative."""

    value: Array
    """L, `[S]`"""
    slope: Array
    """dL / d log pi"""


class Clipped(NamedTuple):
    """The clipped objective, its derivative, and where it is clipped."""

    value: Array
    """L^CLIP, `[S]`"""
    slope: Array
    """dL / d log pi, `[S, B]`"""
    is_clipped: Array
    """Where the clipped ratio makes the objective smaller, so that the sample has no slope; `[S, B]` bool."""


def ratio_and_kl(log_prob: Array, old_log_prob: Array) -> tuple[Array, Array]:
    """r = pi / pi_old, and r - 1 - log r, whose mean over actions of pi_old is KL(pi_old || pi)."""
    log_ratio = log_prob - old_log_prob
    ratio = namespace(log_ratio).exp(log_ratio)
    return ratio, ratio - log_ratio - 1


def importance(ratio: Array, advantage: Array) -> Surrogate:
    """TRPO's L = mean r A, with r = pi / pi_old (Schulman et al. 2015, arXiv:1502.05477, eq. 14).

    The value is the gain over the old policy, where r is 1 and L is mean A. It is computed as mean (r - 1) A, because
    the difference of two nearly equal means would be lost in rounding.
    """
    gain = ((ratio - 1) * advantage).mean(1)
    return Surrogate(gain, ratio * advantage / advantage.shape[1])  # dr / d log pi = r


def clipped(ratio: Array, advantage: Array, epsilon: float) -> Clipped:
    """PPO's L = mean min(r A, clip(r, 1 - eps, 1 + eps) A) (Schulman et al. 2017, arXiv:1707.06347, eq. 7)."""
    xp = namespace(ratio)
    unclipped = ratio * advantage
    clipped_term = xp.clip(ratio, 1 - epsilon, 1 + epsilon) * advantage
    is_clipped = clipped_term < unclipped
    slope = xp.where(is_clipped, 0.0, unclipped) / advantage.shape[1]  # dr / d log pi = r; a clipped r is constant
    return Clipped(xp.minimum(clipped_term, unclipped).mean(1), slope, is_clipped)


def score_function(log_prob: Array, advantage: Array, share: Array | None = None) -> Surrogate:
    """L = mean A log pi, whose gradient is the policy gradient mean A grad log pi (Williams 1992; Mnih et al. 2016).

    `share[S, B]`, which sums to 1, makes it a weighted mean.
    """
    slope = advantage / advantage.shape[1] if share is None else share * advantage
    return Surrogate((slope * log_prob).sum(1), slope)


def all_actions(log_prob: Array, old_log_prob: Array, q_values: Array) -> Surrogate:
    """The vine's L = mean_r sum_a pi(a|s_r) Q(s_r, a), where all actions were tried (Schulman et al. 2015, eq. 15).

    All arguments are `[S, R, K]`: seeds, states, actions tried. As in `importance`, the value is the gain over the old
    policy, a sum of (pi - pi_old) Q. The probabilities of a state sum to 1, so a constant may be taken off its Q: their
    mean is, which keeps small gains from being lost in the rounding of large returns.
    """
    xp = namespace(q_values)
    centred = (q_values - q_values.mean(-1)[..., None]) / q_values.shape[1]
    gain = (xp.exp(old_log_prob) * xp.expm1(log_prob - old_log_prob) * centred).sum((1, 2))
    return Surrogate(gain, xp.exp(log_prob) * centred)  # d pi / d log pi = pi


def self_normalised(log_prob: Array, old_log_prob: Array, log_proposal: Array, q_values: Array) -> Surrogate:
    """The vine's L = mean_r sum_k w_k Q_k / sum_k w_k, w = pi / q (Schulman et al. 2015, eq. 16).

    The actions were drawn from q, whose logarithm is `log_proposal`, up to a constant for each state. The paper
    prints w = pi / pi_old, which is the same where q is the old policy. Adding a constant to all Q of a state changes
    nothing, so that no baseline is needed.

    The value is the gain over the old policy. With the old policy's shares p_k = w_k / sum w and means Q_r it is
    mean_r sum_k p_k (e^d_k - 1) (Q_k - Q_r) / sum_k p_k e^d_k, where d = log pi - log pi_old: no two nearly equal
    means are subtracted.
    """
    xp = namespace(q_values)
    old_share = softmax(old_log_prob - log_proposal)
    change = xp.expm1(log_prob - old_log_prob)
    gain = (old_share * change * (q_values - _mean(old_share, q_values))).sum(-1) / (1 + (old_share * change).sum(-1))
    share = softmax(log_prob - log_proposal)
    return Surrogate(gain.mean(1), share * (q_values - _mean(share, q_values)) / q_values.shape[1])


def _mean(share: Array, x: Array) -> Array:
    """The mean of a state's x with weights that sum to 1, `[S, R, 1]`."""
    return (share * x).sum(-1)[..., None]
