"""GAE by hand, with the time-limit rule."""

import torch

from rlbench.numerics.gae import gae


def column(*values):
    return torch.tensor(values, dtype=torch.float64).view(1, -1, 1)


def flags(*values):
    return torch.tensor(values).view(1, -1, 1)


def test_three_steps_by_hand():
    rewards, values, following = column(1, 2, 3), column(0.5, 1.0, 1.5), column(1.0, 1.5, 2.0)
    none = flags(False, False, False)
    advantages = gae(rewards, values, following, none, none, gamma=0.9, gae_lambda=0.8)
    # deltas: 1+.9-.5=1.4, 2+1.35-1=2.35, 3+1.8-1.5=3.3; chained by .72
    torch.testing.assert_close(advantages.flatten(), column(1.4 + 0.72 * (2.35 + 0.72 * 3.3), 4.726, 3.3).flatten())


def test_termination_removes_the_bootstrap_and_cuts_the_chain():
    end = flags(False, True, False)
    advantages = gae(column(1, 2, 3), column(0.5, 1.0, 1.5), column(1.0, 99.0, 2.0), end, end, 0.9, 0.8).flatten()
    torch.testing.assert_close(advantages, column(1.4 + 0.72 * 1.0, 2 - 1.0, 3.3).flatten())


def test_a_time_limit_cuts_the_chain_and_keeps_the_value_of_the_final_observation():
    end, none = flags(False, True, False), flags(False, False, False)
    advantages = gae(column(1, 2, 3), column(0.5, 1.0, 1.5), column(1.0, 4.0, 2.0), none, end, 0.9, 0.8).flatten()
    torch.testing.assert_close(advantages, column(1.4 + 0.72 * 4.6, 2 + 0.9 * 4 - 1.0, 3.3).flatten())


def test_lambda_one_is_the_discounted_return_minus_the_value():
    rewards, values = torch.rand(2, 50, 3), torch.rand(2, 50, 3)
    none = torch.zeros(2, 50, 3, dtype=torch.bool)
    last = torch.rand(2, 1, 3)
    following = torch.cat([values[:, 1:], last], 1)
    advantages = gae(rewards, values, following, none, none, 0.97, 1.0)
    returns = sum(0.97**t * rewards[:, t] for t in range(50)) + 0.97**50 * last[:, 0]
    torch.testing.assert_close(advantages[:, 0], returns - values[:, 0])


def test_the_right_value_of_a_constant_reward_has_no_advantage():
    value = torch.full((1, 40, 2), 1 / (1 - 0.9))
    end = torch.zeros(1, 40, 2, dtype=torch.bool)
    end[:, 9::10] = True  # time limits
    advantages = gae(torch.ones(1, 40, 2), value, value, torch.zeros_like(end), end, 0.9, 0.95)
    torch.testing.assert_close(advantages, torch.zeros_like(advantages), atol=1e-5, rtol=0)
