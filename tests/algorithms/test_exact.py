"""Algorithms on tables: the return never falls, the bounds hold, and less caution finds the optimum."""

import gymnasium
import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.algorithms.contract import Size, Space
from rlbench.algorithms.cpi import CPI
from rlbench.algorithms.policy_iteration import PolicyIteration
from rlbench.envs.toy_text import read_tables
from rlbench.errors import UserError
from rlbench.numerics.streams import Purpose, stream
from rlbench.numerics.tables import Tables, evaluate_policy
from rlbench.training.sampler import EnvSampler

BOTH = pytest.mark.parametrize("kind", [CPI, PolicyIteration])
LAKE = Space(16, 1, 4, has_tables=True)


class Given:
    """A sampler of tables and nothing else."""

    def __init__(self, tables):
        self._tables = tables

    def tables(self):
        return self._tables


def random_tables(seed, states=7, actions=3):
    generator = torch.Generator().manual_seed(seed)
    transitions = torch.rand(states, actions, states, generator=generator, dtype=torch.float64) ** 4
    transitions /= transitions.sum(2, keepdim=True)
    transitions[:, 0] *= 0.9
    rewards = torch.randn(states, actions, generator=generator, dtype=torch.float64)
    return Tables(transitions, rewards, torch.full((states,), 1 / states, dtype=torch.float64))


def tables_of(env_id):
    return read_tables(gymnasium.make(env_id))


def space_for(tables):
    states, actions = tables.rewards.shape
    return Space(states, 1, actions, has_tables=True)


def optimum(tables, gamma):
    value = torch.zeros(len(tables.start), dtype=torch.float64)
    for _ in range(3000):
        value = (tables.rewards + gamma * (tables.transitions @ value)).amax(1)
    return tables.start @ value


PROBLEMS = {
    "FrozenLake-v1": (lambda: tables_of("FrozenLake-v1"), 20),
    "Taxi-v4": (lambda: tables_of("Taxi-v4"), 8),
    "random 0": (lambda: random_tables(0), 20),
    "random 1": (lambda: random_tables(1), 20),
    "random 2": (lambda: random_tables(2), 20),
}


@BOTH
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_return_never_falls_and_the_bound_is_below_it(kind, problem):
    make, iterations = PROBLEMS[problem]
    tables = make()
    algorithm = kind(gamma=0.95, initial_std=1.0)
    state = algorithm.initial(space_for(tables), (0, 1))
    before = torch.stack([evaluate_policy(tables, policy, 0.95).expected_return for policy in state["policy"]])
    first, rounding = before, 1e-12 * (1 + before.abs())
    for _ in range(iterations):
        metrics = algorithm.iterate(state, Given(tables))
        after = metrics["expected_return"]
        assert (after >= before - rounding).all()
        assert (after >= metrics["bound"] - rounding).all()
        assert (metrics["bound"] >= before - rounding).all()
        assert (metrics["surrogate"] >= metrics["bound"]).all()
        torch.testing.assert_close(state["policy"].sum(2), torch.ones_like(state["policy"][..., 0]))
        before = after
    assert (before > first).all()


@BOTH
@pytest.mark.parametrize("seed", [0, 1])
def test_with_less_caution_the_optimum_is_found(kind, seed):
    tables = random_tables(seed)
    algorithm = kind(gamma=0.9, caution=1e-3)
    state = algorithm.initial(space_for(tables), (0,))
    for _ in range(40):
        metrics = algorithm.iterate(state, Given(tables))
    assert metrics["expected_return"].item() == pytest.approx(optimum(tables, 0.9).item(), rel=1e-3)


@BOTH
def test_a_seed_is_the_same_bits_in_any_company(kind):
    tables = random_tables(3)
    alone, among = ({"seeds": seeds} for seeds in ((5,), (1, 5, 2)))
    for each in (alone, among):
        each["state"] = kind().initial(space_for(tables), each["seeds"])
        for _ in range(5):
            kind().iterate(each["state"], Given(tables))
    assert torch.equal(alone["state"]["policy"][0], among["state"]["policy"][1])


@pytest.mark.parametrize(
    ("kind", "episodes"), [(PolicyIteration, 400), pytest.param(CPI, 1500, marks=pytest.mark.slow)]
)
def test_the_exact_return_is_what_sampled_policies_get(kind, episodes):
    """Discounted returns of many episodes on the lake, within 4 standard errors; the time limit hardly matters."""
    algorithm = kind(gamma=0.9, caution=1e-3)
    state = algorithm.initial(LAKE, (0,))
    tables = tables_of("FrozenLake-v1")
    for _ in range(10):
        metrics = algorithm.iterate(state, Given(tables))
    env = envs.make("FrozenLake-v1", (0,), episodes, lambda seed, block: np.random.default_rng((seed, block)))
    obs, moving = env.reset(), torch.ones(1, episodes, dtype=torch.bool)
    returns, actor = torch.zeros(1, episodes, dtype=torch.float64), algorithm.actor(state, LAKE)
    rng = np.random.default_rng(1)
    for t in range(100):
        step = env.advance(actor.act(obs.float(), torch.from_numpy(actor.noise(rng, 1, episodes))), moving)
        returns += 0.9**t * step.reward
        obs, moving = step.obs, moving & ~step.done
    error = returns.std() / episodes**0.5
    assert error < 0.2 * returns.mean()
    assert abs(returns.mean() - metrics["expected_return"]) < 4 * error


@BOTH
def test_no_noise_gives_the_likeliest_action(kind):
    state = {"policy": torch.tensor([[[0.2, 0.5, 0.3], [0.9, 0.1, 0.0]]], dtype=torch.float64)}
    actor = kind().actor(state, LAKE)
    assert actor.act(torch.eye(2).unsqueeze(0), torch.zeros(1, 2, 3)).flatten().tolist() == [1, 0]


@BOTH
def test_environments_without_tables_are_refused(kind):
    with pytest.raises(UserError, match=r"this one has none.*FrozenLake-v1, CliffWalking-v1, Taxi-v4"):
        kind().size(Space(4, 1, 2))
    assert kind().size(LAKE) == Size(64, 64)


def test_tables_are_read_and_their_rows_counted():
    env = envs.make("FrozenLake-v1", (0, 1), 1, lambda seed, block: stream(seed, Purpose.START_STATES, block))
    sampler = EnvSampler(env, 1000)
    assert sampler.space.has_tables
    tables = sampler.tables()
    assert sampler.env_steps.tolist() == [64, 64]
    assert tables.start.tolist() == [1.0] + [0.0] * 15
    # From the corner (14), right: one third each to stay (down hits the wall), reach the goal and go up to 10
    assert tables.transitions[14, 2].nonzero().flatten().tolist() == [10, 14]
    assert tables.transitions[14, 2, 14].item() == pytest.approx(1 / 3)
    assert tables.rewards[14, 2].item() == pytest.approx(1 / 3)
    assert tables.transitions[5].sum() == 0  # a hole


@pytest.mark.parametrize(
    ("env_id", "known"), [("CliffWalking-v1", True), ("Taxi-v4", True), ("CartPole-v1", False), ("Hopper-v4", False)]
)
def test_who_has_tables(env_id, known):
    env = envs.make(env_id, (0,), 1, lambda seed, block: np.random.default_rng((seed, block)))
    assert (env.tables is not None) == known


def test_a_taxi_whose_passenger_changes_their_mind_has_none():
    assert read_tables(gymnasium.make("Taxi-v4", fickle_passenger=True)) is None
