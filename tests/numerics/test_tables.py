"""Exact values against chains worked out by hand, and the constrained maximisers against a search by force."""

import pytest
import torch

from rlbench.numerics.tables import Tables, best_penalised, best_within, evaluate_policy, policy_advantage


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)


@pytest.fixture
def chain():
    """State 0: action 0 stays and pays 1, action 1 moves to state 1 and pays 0. State 1: both end, and pay 2 and 4."""
    return Tables(
        transitions=tensor([[[1, 0], [0, 1]], [[0, 0], [0, 0]]]), rewards=tensor([[1, 0], [2, 4]]), start=tensor([1, 0])
    )


def test_a_chain_by_hand(chain):
    # V1 = 3; V0 = (1 + V0/2)/2 + V1/4 -> 3/4 V0 = 5/4
    evaluation = evaluate_policy(chain, tensor([[0.5, 0.5], [0.5, 0.5]]), 0.5)
    torch.testing.assert_close(evaluation.value, tensor([5 / 3, 3]))
    torch.testing.assert_close(evaluation.expected_return, torch.tensor(5 / 3, dtype=torch.float64))
    torch.testing.assert_close(evaluation.advantage, tensor([[1 + 5 / 6 - 5 / 3, 3 / 2 - 5 / 3], [-1, 1]]))
    # rho0 = 1 + rho0/4, rho1 = rho0/4
    torch.testing.assert_close(evaluation.visits, tensor([4 / 3, 1 / 3]))


def random_tables(seed, states=5, actions=3):
    generator = torch.Generator().manual_seed(seed)
    transitions = torch.rand(states, actions, states, generator=generator, dtype=torch.float64) ** 3
    transitions *= 0.95 / transitions.sum(2, keepdim=True)  # one in twenty ends
    rewards = torch.randn(states, actions, generator=generator, dtype=torch.float64)
    policy = torch.randn(states, actions, generator=generator, dtype=torch.float64).softmax(1)
    return Tables(transitions, rewards, torch.full((states,), 1 / states, dtype=torch.float64)), policy


@pytest.mark.parametrize("seed", range(5))
def test_the_performance_difference_is_the_advantage_over_the_new_visits(seed):
    """TRPO's eq. 1: eta(new) = eta(old) + sum_x rho_new(x) sum_a new(a|x) A_old(x, a)."""
    tables, old = random_tables(seed)
    new = random_tables(seed + 100)[1]
    before, after = evaluate_policy(tables, old, 0.9), evaluate_policy(tables, new, 0.9)
    gained = after.visits @ (new * before.advantage).sum(1)
    torch.testing.assert_close(after.expected_return, before.expected_return + gained)
    assert abs(policy_advantage(before, old)) < 1e-12


@pytest.mark.parametrize("kappa", [1e-12, 1e-6, 1e-3, 0.1, 1.0, 6.0])
def test_all_of_a_divergence_is_used_and_probabilities_stay_probabilities(kappa):
    tables, old = random_tables(1)
    evaluation = evaluate_policy(tables, old, 0.9)
    best = best_within(old, evaluation.advantage, tensor(kappa))
    assert (best.kl / kappa - 1).abs().max() < 1e-6
    torch.testing.assert_close(best.policy.sum(1), torch.ones(5, dtype=torch.float64))
    assert (best.policy > 0).all()
    if kappa >= 1e-3:  # below, a difference of logarithms is all rounding
        torch.testing.assert_close((old * (old / best.policy).log()).sum(1), best.kl, rtol=1e-6, atol=1e-12)


def test_nothing_within_the_divergence_is_better():
    """Against every point of a fine grid on the simplex of three actions."""
    tables, old = random_tables(2)
    evaluation = evaluate_policy(tables, old, 0.9)
    best = best_within(old, evaluation.advantage, tensor(0.05))
    steps = torch.arange(1, 200, dtype=torch.float64) / 200
    grid = torch.cartesian_prod(steps, steps)
    grid = torch.cat([grid, 1 - grid.sum(1, keepdim=True)], 1)
    grid = grid[grid[:, 2] > 1e-9]
    for state in range(5):
        kl = (old[state] * (old[state] / grid).log()).sum(1)
        found = (grid[kl <= 0.05] @ evaluation.advantage[state]).max()
        mine = best.policy[state] @ evaluation.advantage[state]
        assert found <= mine + 1e-9
        assert mine < found + 0.05 * evaluation.advantage[state].abs().max()


@pytest.mark.parametrize("c", [1e-3, 0.1, 10.0, 1e3, 1e6])
def test_the_penalised_best_is_the_best_of_all_kappas(c):
    tables, old = random_tables(3)
    evaluation = evaluate_policy(tables, old, 0.9)

    def gains(best):
        """Of each of several policies, which are one after the other."""
        policies, kl = best.policy.unflatten(0, (-1, 5)), best.kl.unflatten(0, (-1, 5))
        return torch.stack([policy_advantage(evaluation, each) for each in policies]) - c * kl.amax(1)

    kappas = torch.arange(-60, 2.4, 0.1, dtype=torch.float64).exp()
    many = (each.repeat(len(kappas), 1) for each in (old, evaluation.advantage))
    others = gains(best_within(*many, kappas.repeat_interleave(5)))
    found = gains(best_penalised(evaluation, old, tensor(c)))
    assert found >= others.max() - 1e-9 * others.max().abs()
    assert found > 0


def test_prices_are_the_derivatives():
    tables, old = random_tables(4)
    evaluation = evaluate_policy(tables, old, 0.9)
    at, step = 0.1, 1e-5
    low, middle, high = (best_within(old, evaluation.advantage, tensor(at + move)) for move in (-step, 0, step))
    gains = [(each.policy * evaluation.advantage).sum(1) for each in (low, high)]
    torch.testing.assert_close(middle.price, (gains[1] - gains[0]) / (2 * step), rtol=1e-6, atol=0)
    torch.testing.assert_close(middle.price_slope, (high.price - low.price) / (2 * step), rtol=1e-5, atol=0)


def test_where_no_action_is_better_nothing_moves_and_what_is_impossible_stays_so():
    old = tensor([[0.3, 0.7, 0.0], [0.5, 0.5, 0.0]])
    advantage = tensor([[0.0, 0.0, 9.0], [-1.0, 1.0, 9.0]])
    best = best_within(old, advantage, tensor(0.1))
    assert torch.equal(best.policy[0], old[0])
    assert best.kl[0] == best.price[0] == 0
    assert best.policy[1, 2] == 0
    assert best.policy[1, 1] > 0.5
    assert best.kl[1].item() == pytest.approx(0.1)
