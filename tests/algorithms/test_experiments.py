"""The examples of docs/experiments.md are run as they stand there: each is a plug-in, and does what it says."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from strangers import install_plugin

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.ppo import PPO
from rlbench.training.sampler import EnvSampler

DOCS = Path(__file__).parents[2] / "docs" / "experiments.md"
SOURCES = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def example(tmp_path, monkeypatch):
    """`example(Class)`: that class of the docs, installed as a plug-in and found by name."""
    monkeypatch.syspath_prepend(tmp_path)

    def installed(name):
        [source] = [each for each in SOURCES if f"class {name}(PPO)" in each]
        install_plugin(tmp_path, name.lower(), source)
        point = tmp_path / f"plugin_{name.lower()}-1.dist-info" / "entry_points.txt"
        point.write_text(point.read_text().replace(":Stranger", f":{name}"))
        return find(name.lower())

    return installed


def learnt(algorithm, seeds=(0, 1)):
    """State, metrics and sampler after two iterations on Hopper."""
    worlds = envs.make("Hopper-v4", seeds, algorithm.num_envs, lambda seed, block: np.random.default_rng([seed, block]))
    sampler = EnvSampler(worlds, 10_000, depends_on_budget=algorithm.depends_on_budget)
    state = algorithm.initial(sampler.space, seeds)
    told = [algorithm.iterate(state, sampler) for _ in range(2)]
    return state, told, sampler


SMALL = {"num_envs": 4, "num_steps": 32, "hidden_sizes": (16,), "minibatch_size": 32}


def test_every_example_is_tested():
    names = {name for source in SOURCES for name in re.findall(r"class (\w+)\(PPO\)", source)}
    assert names == {"PPOWithNoise", "AdaptivePPO", "SoftPPO", "SquashedPPO"}


def test_a_column(example):
    state, (first, _), _ = learnt(example("PPOWithNoise")(**SMALL, learning_rate=1e-12))
    torch.testing.assert_close(first["action_std"], torch.full((2,), -0.5).exp())
    assert torch.isfinite(state["theta"]).all()


def test_a_learning_rate_that_adapts_to_the_kl(example):
    adaptive = example("AdaptivePPO")
    for rate, factor in ((5e-3, 1 / 1.5), (1e-4, 1.5)):
        state, (first, second), _ = learnt(adaptive(**SMALL, learning_rate=rate))
        assert first["learning_rate"].tolist() == pytest.approx([rate] * 2)
        assert second["learning_rate"].tolist() == pytest.approx([rate * factor] * 2)
        assert state["rate"].shape == (2, 1)
    assert not adaptive().depends_on_budget


def test_a_loss_by_automatic_differentiation(example):
    """With no penalty it is the unclipped surrogate: PPO whose ratio may go anywhere."""
    soft = example("SoftPPO")
    state, told, _ = learnt(soft(**SMALL, softness=0.0))
    unclipped, _, _ = learnt(PPO(**SMALL, clip_coef=1e6))
    torch.testing.assert_close(state["theta"], unclipped["theta"], rtol=1e-2, atol=2e-4)
    held, _, _ = learnt(soft(**SMALL, softness=100.0))
    assert told[0].keys() == PPO_COLUMNS
    assert not torch.allclose(held["theta"], unclipped["theta"], rtol=1e-2, atol=2e-4)


PPO_COLUMNS = dict.fromkeys(
    [
        *("kl", "clip_fraction", "surrogate", "critic_loss", "loss", "gradient_norm", "entropy", "epochs"),
        *("explained_variance", "value_mean", "value_unit", "value_bound"),
    ]
).keys()


def test_a_squashed_gaussian(example):
    algorithm = example("SquashedPPO")(**SMALL, initial_log_std=0.5)
    state, told, sampler = learnt(algorithm)
    networks = algorithm.networks(sampler.space)
    policy, theta = networks.policy, networks.split(state["theta"])[0]
    obs = torch.randn(2, 50, sampler.space.obs_size, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(1))
    actions = policy.acting(theta)(obs, noise)
    assert actions.abs().max() < 1
    assert actions.abs().max() > 0.9
    pi = policy.at(theta, obs)
    normal = torch.distributions.Normal(pi.mean, pi.log_std.exp())
    squashed = torch.distributions.TransformedDistribution(normal, torch.distributions.TanhTransform())
    log_prob = squashed.log_prob(actions).sum(-1)
    torch.testing.assert_close(policy.log_prob(pi, actions), log_prob, rtol=1e-2, atol=1e-2)
    assert all(torch.isfinite(value).all() for metrics in told for value in metrics.values())
