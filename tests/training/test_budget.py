"""Which algorithms depend on their budget is declared by their settings, and the sampler holds them to it."""

from dataclasses import asdict

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.envs.groups.separate import SeparateWorlds
from rlbench.envs.mujoco import MujocoEnv
from rlbench.errors import UserError
from rlbench.training import run as run_module
from rlbench.training.evaluation import COLUMNS
from rlbench.training.job import Finished, Job
from rlbench.training.run import run_job
from rlbench.training.sampler import EnvSampler
from rlbench.training.trees import leaves

CHOICES = [
    ("a2c", {}, True),
    ("acktr", {}, True),
    ("cem", {}, True),
    ("cem", {"extra_std": 0.0}, False),
    ("cma-es", {}, False),
    ("cpi", {}, False),
    ("npg", {}, True),
    ("policy-iteration", {}, False),
    ("ppo", {}, True),
    ("ppo", {"schedule": "constant"}, False),
    ("reinforce", {}, True),
    ("trpo", {}, True),
    ("trpo", {"estimator": "monte-carlo"}, False),
    ("trpo-vine", {}, False),
    ("trpo-vine", {"bootstrap": True}, True),
]


def sampler(**more):
    worlds = envs.make("CartPole-v1", (0, 1), 2, lambda seed, block: np.random.default_rng((seed, block)))
    return EnvSampler(worlds, 100, **more)


@pytest.mark.parametrize(("name", "settings", "depends"), CHOICES, ids=str)
def test_an_algorithm_says_that_it_depends_on_its_budget_where_it_reads_it(
    small_job, monkeypatch, name, settings, depends
):
    assert depends_on_budget(resolve(find(name), name, settings)) == depends
    reads, original = [], EnvSampler.progress
    monkeypatch.setattr(EnvSampler, "progress", property(lambda self: reads.append(1) or original.fget(self)))
    run_job(small_job(name, seeds=(0,), steps=256, eval_every=0, **settings), lambda _: None)
    assert bool(reads) == depends


def test_the_first_iteration_learns_at_the_full_rate_and_the_last_still_learns(small_job, monkeypatch):
    rates, original = [], PPO.rate
    monkeypatch.setattr(PPO, "rate", lambda *given: rates.append(original(*given)) or rates[-1])
    run_job(small_job("ppo", seeds=(0,), steps=400, eval_every=0, num_envs=4, num_steps=25), lambda _: None)
    torch.testing.assert_close(
        torch.cat(rates).flatten() / PPO().learning_rate, torch.tensor([1, 0.75, 0.5, 0.25]).double()
    )


def test_reading_the_progress_without_having_said_so_is_an_error_that_says_what_to_do():
    with pytest.raises(
        UserError, match=r"does not say that it depends on the budget\. Give its class `depends_on_budget`"
    ):
        sampler().progress  # noqa: B018


def test_reading_the_progress_changes_nothing():
    declared = sampler(depends_on_budget=True)
    before = [leaf.tolist() for leaf in leaves(declared.state())]
    assert declared.progress.tolist() == [[0], [0]]
    assert [leaf.tolist() for leaf in leaves(declared.state())] == before


class Counting(gymnasium.Env):
    """Counts the steps of all worlds; episodes last as long as their seed says, some of them for ever."""

    observation_space = Box(-np.inf, np.inf, (2,), np.float64)
    lengths: tuple[int, ...] = ()
    taken = 0

    def __init__(self, choices):
        self.action_space = Discrete(3) if choices else Box(-1, 1, (2,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed, options=options)
        self.left = self.lengths[int(self.np_random.integers(len(self.lengths)))]
        return self.np_random.standard_normal(2), {}

    def step(self, action):
        Counting.taken += 1
        self.left -= 1
        return self.np_random.standard_normal(2), float(np.sum(action)), self.left == 0, False, {}


@pytest.fixture
def counting(monkeypatch):
    """Registers it, and leaves evaluations out: they are no part of a budget."""
    monkeypatch.setattr(gymnasium, "registry", dict(gymnasium.registry))
    monkeypatch.setattr(gymnasium.envs.registration, "registry", gymnasium.registry)
    for name, choices in (("Choices", True), ("Vectors", False)):
        gymnasium.register(f"Counting{name}-v0", lambda choices=choices, **_: Counting(choices))
    scores = dict.fromkeys(COLUMNS, torch.zeros(2, dtype=torch.float64))
    monkeypatch.setattr(run_module, "Evaluator", lambda _: lambda _: scores)
    start = SeparateWorlds.start

    def uncounted(self, *arguments):
        """Where one seed ends before the other, the worlds that stay repeat steps which were counted before."""
        before = Counting.taken
        obs = start(self, *arguments)
        Counting.taken = before
        return obs

    monkeypatch.setattr(SeparateWorlds, "start", uncounted)


LEARNERS = {
    "ppo": {"num_envs": 3, "num_steps": 5, "update_epochs": 1},
    "trpo": {"num_envs": 2, "num_steps": 4, "critic_epochs": 1},
    "a2c": {"num_envs": 2, "num_steps": 4},
    "acktr": {"num_envs": 2, "num_steps": 4, "critic_epochs": 1},
    "cem": {"population": 5, "elite_fraction": 0.5},
    "cma-es": {"population": 4, "episodes": 2},
}


@given(
    name=st.sampled_from(sorted(LEARNERS)),
    steps=st.integers(1, 400),
    lengths=st.lists(st.integers(1, 60) | st.just(-1), min_size=1, max_size=4),
    choices=st.booleans(),
)
@example(name="cem", steps=203, lengths=[60, 1, -1], choices=True)
@example(name="cem", steps=15, lengths=[1, 2], choices=False)  # one seed ends before the other
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("counting")
def test_no_algorithm_executes_more_than_its_budget(tmp_path, name, steps, lengths, choices):
    Counting.lengths, Counting.taken = tuple(lengths), 0
    env = f"Counting{'Choices' if choices else 'Vectors'}-v0"
    ended = train(name, LEARNERS[name], env, steps, tmp_path)
    assert Counting.taken == sum(event.env_steps for event in ended)
    assert all(0 < event.env_steps <= steps for event in ended)
    assert len(ended) == 2 or (not ended and steps < 15)


@pytest.mark.parametrize("steps", [5, 6, 7, 11, 12, 20, 57, 200])
@pytest.mark.usefixtures("counting")
def test_nor_does_the_vine(tmp_path, monkeypatch, steps):
    """Six transitions of its trunk have room, or it is refused; its branches end where the budget does."""
    taken = []
    for method in ("step", "advance"):
        original = getattr(MujocoEnv, method)

        def counted(self, action, *moving, original=original):
            taken.append(int(moving[0].sum()) if moving else action.shape[0] * action.shape[1])
            return original(self, action, *moving)

        monkeypatch.setattr(MujocoEnv, method, counted)
    small = {"num_envs": 2, "num_steps": 3, "states": 3, "branches": 2, "horizon": 9}
    ended = train("trpo-vine", small, "HalfCheetah-v4", steps, tmp_path)
    assert sum(taken) == sum(event.env_steps for event in ended)
    assert [event.env_steps for event in ended] == 2 * [{200: 180}.get(steps, steps - steps % 6)] * (steps > 5)


def train(name, settings, env, steps, out):
    """How its two seeds ended; an empty list where there is no room for an iteration."""
    chosen = asdict(resolve(find(name), name, {**settings, "hidden_sizes": (2,)}))
    events = []
    try:
        run_job(Job(name, env, (0, 1), steps, chosen, 0, out, fresh=True), events.append)
    except UserError as error:
        if "leaves room" not in str(error):
            raise
    return [event for event in events if isinstance(event, Finished)]
