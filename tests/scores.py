"""The policy gradient of some samples, as one line."""


def score(policy, pi, actions, weights):
    """sum_b w_b grad log pi(a_b|s_b), `[S, P]`."""
    return policy.backward(pi, policy.d_log_prob(pi, actions, weights))
