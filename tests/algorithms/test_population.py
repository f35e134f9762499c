"""Searches among whole policies: what candidates do, how a generation is judged, and each method's own update."""

import math

import cmaes
import numpy as np
import pytest
import torch

from rlbench.algorithms.cem import CEM
from rlbench.algorithms.cma_es import CMAES, axis_ratio
from rlbench.algorithms.contract import Played, Size, Space
from rlbench.algorithms.settings import resolve
from rlbench.numerics.streams import Purpose, stream
from rlbench.policies.normaliser import initial_moments, normaliser, update_moments

SEEDS, SPACE = (0, 1, 5), Space(3, 2, None)


class Hill:
    """Worlds of one step: the return falls with the square of the action's distance from what a linear rule does."""

    def __init__(self, seeds=SEEDS, space=SPACE):
        self.seeds, self.space = seeds, space
        self.progress = torch.zeros(len(seeds), 1)
        self.draws = 0
        self.rule = torch.linspace(-1, 1, space.obs_size * space.action_size).view(space.obs_size, -1)

    def draw(self, noise, *shape):
        self.draws += 1
        return torch.from_numpy(
            np.stack([noise(stream(seed, Purpose.DRAWS, self.draws), *shape) for seed in self.seeds])
        )

    def play(self, act, starts):
        obs = torch.linspace(-1, 1, 3).repeat(len(self.seeds), 8, 1) + torch.arange(8).view(-1, 1) / 8
        worlds = act(torch.zeros(len(self.seeds), self.worlds, 3)).shape[1]
        returns = torch.zeros(len(self.seeds), worlds, dtype=torch.float64)
        for point in obs.unbind(1):
            action = act(point.unsqueeze(1).expand(-1, worlds, -1))
            returns -= (action - (point @ self.rule).unsqueeze(1)).square().sum(-1)
        seen = initial_moments(len(self.seeds), 3)
        update_moments(seen, obs)
        assert worlds % starts == 0
        return Played(returns, torch.full((len(self.seeds), worlds), 8), seen)


def climb(algorithm, generations, seeds=SEEDS):
    sampler = Hill(seeds)
    sampler.worlds = algorithm.num_envs
    state = algorithm.initial(SPACE, seeds)
    history = []
    for generation in range(generations):
        sampler.progress = torch.full((len(seeds), 1), generation / generations, dtype=torch.float64)
        history.append(algorithm.iterate(state, sampler))
    return state, history


@pytest.mark.parametrize(
    "algorithm",
    [CEM(extra_std=0.05), CMAES(), CMAES(covariance="separable"), CEM(population=32, episodes=2, hidden_sizes=(4,))],
    ids=["cem", "cma-es", "separable", "mlp"],
)
def test_the_hill_is_climbed(algorithm):
    _, history = climb(algorithm, 60)
    first, last = history[0]["candidate_mean"], history[-1]["candidate_best"]
    assert (last > 0.1 * first).all()  # returns are negative: nine tenths of the way at least


@pytest.mark.parametrize("algorithm", [CEM(population=8), CMAES(population=8)], ids=["cem", "cma-es"])
def test_a_seed_knows_nothing_of_the_others(algorithm):
    together, alone = climb(algorithm, 5)[0], climb(algorithm, 5, (5,))[0]
    assert torch.equal(together["mean"][2:], alone["mean"])


def test_cem_fits_the_next_distribution_to_the_elites():
    cem = CEM(population=10, elite_fraction=0.25, extra_std=0.2, extra_until=0.5, initial_std=1.0)
    sampler = Hill()
    sampler.worlds, sampler.progress = 10, torch.full((3, 1), 0.25, dtype=torch.float64)
    state = cem.initial(SPACE, SEEDS)
    tried = []

    def play(act, starts):
        weights = torch.stack([act(row.expand(3, 10, 3)) - act(torch.zeros(3, 10, 3)) for row in torch.eye(3)], 2)
        tried.append((weights, act(torch.zeros(3, 10, 3))))  # a linear policy shows its parameters
        return Hill.play(sampler, act, starts)._replace(returns=torch.arange(10.0).expand(3, 10).double())

    sampler.play = play
    metrics = cem.iterate(state, sampler)
    weights, bias = tried[0]
    theta = torch.cat([weights.transpose(2, 3).flatten(2), bias], 2)  # [S, M, 8], outputs first
    elites = theta[:, -math.ceil(0.25 * 10) :]
    torch.testing.assert_close(state["mean"][:, :8], elites.mean(1), rtol=1e-4, atol=1e-5)
    variance = elites.var(1, correction=0) + 0.2**2 * (1 - 0.25 / 0.5)
    torch.testing.assert_close(state["std"][:, :8], variance.sqrt(), rtol=1e-4, atol=1e-5)
    assert metrics["elite_mean"].tolist() == [8, 8, 8]  # of 7, 8, 9
    assert metrics["candidate_best"].tolist() == [9, 9, 9]


def test_extra_noise_ends_when_it_should():
    cem = CEM(population=10, extra_std=0.5, extra_until=0.5)
    sampler = Hill()
    sampler.worlds, sampler.progress = 10, torch.ones(3, 1, dtype=torch.float64)
    with_noise, without = cem.initial(SPACE, SEEDS), CEM(population=10, extra_std=0.0).initial(SPACE, SEEDS)
    cem.iterate(with_noise, sampler)
    sampler.draws = 0
    CEM(population=10, extra_std=0.0).iterate(without, sampler)
    assert torch.equal(with_noise["std"], without["std"])


def test_observations_are_seen_through_one_normaliser_within_a_generation_and_join_it_afterwards():
    cem = CEM(population=4)
    sampler = Hill()
    sampler.worlds = 4
    state = cem.initial(SPACE, SEEDS)
    before = normaliser(state["obs"])
    probe = torch.linspace(-3, 3, 3).expand(3, 4, 3)
    act = cem.acting(state, SPACE, torch.ones(3, 4, 64))
    raw = act(probe)
    cem.iterate(state, sampler)
    assert torch.equal(act(probe), raw)
    assert state["obs"]["count"].tolist() == [[8], [8], [8]]
    assert not torch.equal(normaliser(state["obs"])(probe), before(probe))


@pytest.mark.parametrize("covariance", ["full", "separable"])
def test_cma_es_is_the_library_left_alone(covariance):
    """Rebuilt from tensors every generation, it goes where one object of the library goes by itself."""
    algorithm = CMAES(population=8, covariance=covariance)
    sampler = Hill((4,))
    sampler.worlds = 8
    state = algorithm.initial(SPACE, (4,))
    kind = cmaes.CMA if covariance == "full" else cmaes.SepCMA
    mean = state["mean"][0, :8].double().numpy()
    alone = kind(mean=mean.copy(), sigma=0.3, population_size=8)
    judge = Hill((4,))
    judge.worlds = 8
    for generation in range(1, 8):
        seed = int(stream(4, Purpose.DRAWS, generation).integers(2**32))
        alone._rng = np.random.RandomState(seed)
        asked = [alone.ask() for _ in range(8)]
        theta = torch.zeros(1, 8, 64)
        theta[0, :, :8] = torch.from_numpy(np.array(asked))
        returns = judge.play(algorithm.acting(state, SPACE, theta), 1).returns[0]
        metrics = algorithm.iterate(state, sampler)
        alone.tell([(x, -value) for x, value in zip(asked, returns.tolist(), strict=True)])
        assert metrics["sigma"].item() == alone._sigma
        np.testing.assert_array_equal(state["es"]["C"][0].numpy(), alone._C)
        np.testing.assert_array_equal(state["es"]["m"][0].numpy(), alone._mean)


def test_axis_ratio_by_hand():
    turned = torch.tensor([[5.0, 3.0], [3.0, 5.0]])  # axes of squares 8 and 2
    assert axis_ratio(turned.unsqueeze(0)).tolist() == pytest.approx([2.0])
    assert axis_ratio(torch.tensor([[9.0, 1.0, 4.0]])).tolist() == [3.0]


def test_the_whole_matrix_is_kept_only_where_parameters_are_few():
    assert CMAES().is_full(499)
    assert not CMAES().is_full(500)
    assert CMAES(covariance="full").is_full(10_000)
    small, large = CMAES(population=10), CMAES(population=10, hidden_sizes=(64, 64))
    assert small.size(SPACE) == Size(8, memory=8 * 16 * 8**2)
    parameters = 3 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2
    assert large.size(SPACE) == Size(parameters, memory=8 * 16 * parameters)
    assert "C" in large.initial(SPACE, (0,))["es"]
    assert large.initial(SPACE, (0,))["es"]["C"].shape == (1, parameters)


def test_choices_are_the_largest_output():
    space = Space(3, 1, 4)
    cem = CEM(population=2)
    state = cem.initial(space, (0,))
    theta = torch.zeros(1, 2, 64)
    theta[0, 0, 12:16] = torch.tensor([0.0, 3.0, 1.0, 2.0])  # biases
    theta[0, 1, 12:16] = torch.tensor([0.0, 1.0, 1.0, 5.0])
    assert cem.acting(state, space, theta)(torch.zeros(1, 2, 3)).flatten().tolist() == [1, 3]


def test_the_mean_is_what_is_evaluated():
    cem = CEM()
    state = cem.initial(SPACE, SEEDS)
    state["mean"] = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    actor = cem.actor(state, SPACE)
    obs = torch.randn(3, 5, 3, generator=torch.Generator().manual_seed(1))
    noise = torch.from_numpy(actor.noise(np.random.default_rng(0), 3, 5))
    weights, bias = state["mean"][:, :6].view(3, 2, 3).transpose(1, 2), state["mean"][:, None, 6:8]
    torch.testing.assert_close(actor.act(obs, noise), obs @ weights + bias)


def test_no_hidden_layer_can_be_asked_for():
    assert resolve(CEM, "cem", {"hidden_sizes": "none"}).hidden_sizes == ()
    assert resolve(CEM, "cem", {"hidden_sizes": []}).hidden_sizes == ()
    assert resolve(CEM, "cem", {"hidden_sizes": "32,16"}).hidden_sizes == (32, 16)
