"""The ways in which worlds of a Gymnasium environment are stepped give the same bytes."""

import os
import signal
import sys

import gymnasium
import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.envs.groups import choose
from rlbench.envs.groups.choose import why_no_vector_form, worth_processes
from rlbench.errors import Fault

MODULE = '''
"""An environment with a hidden state, its vector form, and vector forms that are wrong in some way."""

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv


class Walk(gymnasium.Env):
    """A random walk, which ends beyond 3; the generator of its steps is hidden from rlbench."""

    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float64)
    action_space = spaces.Box(-1, 1, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at = self.np_random.uniform(-1, 1, 2)
        return self.at.copy(), {}

    def step(self, action):
        if action[0] > 0.999:
            raise ValueError("too far to the right")
        self.at = self.at + action[0] + self.np_random.standard_normal(2)
        return self.at.copy(), float(self.at.sum()), bool(np.abs(self.at).max() > 3), False, {}


class Walks(VectorEnv):
    metadata = {"autoreset_mode": AutoresetMode.DISABLED}

    def __init__(self, num_envs=1, max_episode_steps=40):
        self.num_envs, self.limit = num_envs, max_episode_steps
        self.single_observation_space, self.single_action_space = Walk.observation_space, Walk.action_space
        self.at, self.rngs = np.zeros((num_envs, 2)), [None] * num_envs
        self.steps, self.over = np.zeros(num_envs, int), np.zeros(num_envs, bool)

    def reset(self, *, seed=None, options=None):
        chosen = (options or {}).get("reset_mask", np.ones(self.num_envs, bool))
        for i in np.flatnonzero(chosen):
            self.rngs[i] = np.random.default_rng(np.random.SeedSequence(seed[i]))
            self.at[i], self.steps[i], self.over[i] = self.rngs[i].uniform(-1, 1, 2), 0, False
        return self.at.copy(), {}

    def step(self, actions):
        assert not self.over.any()
        for i, rng in enumerate(self.rngs):
            self.at[i] = self.at[i] + actions[i] + self.noise(i)
        self.steps += 1
        ended, late = np.abs(self.at).max(1) > 3, self.steps >= self.limit
        self.over = ended | late
        return self.at.copy(), self.at.sum(1), ended, late, {}

    def noise(self, i):
        return self.rngs[i].standard_normal(2)


class OneChance(Walks):
    def noise(self, i):
        return self.rngs[0].standard_normal(2)


class ResetsItself(Walks):
    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}


class Broken(Walks):
    def reset(self, *, seed=None, options=None):
        raise ValueError("no seeds here")


FORMS = {"Walk": None, "Walks": Walks, "OneChance": OneChance, "Itself": ResetsItself, "Broken": Broken}
for name, form in FORMS.items():
    gymnasium.register(f"{name}-v0", Walk, max_episode_steps=40, vector_entry_point=form)
'''
NAMES = ("Walk", "Walks", "OneChance", "Itself", "Broken")


@pytest.fixture
def walks(tmp_path, monkeypatch):
    """The name of a module with environments, which processes find too."""
    (tmp_path / "walks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "walks", raising=False)
    yield "walks"
    for name in NAMES:
        gymnasium.registry.pop(f"{name}-v0", None)
    why_no_vector_form.cache_clear()


@pytest.fixture
def eager(monkeypatch):
    """Processes and vector forms are used wherever they can be."""
    monkeypatch.setattr(choose, "worth_processes", lambda *_: True)
    monkeypatch.setattr(choose, "FEWEST_TOGETHER", 1)


def make(env_id, starts, seeds=(3, 1), num_envs=2, threads=1, limit=25):
    return envs.make(env_id, seeds, num_envs, starts, threads=threads, max_episode_steps=limit)


def actions(env, steps, seed=0):
    uniform = torch.rand(steps, len(env.seeds), env.num_envs, 1, generator=torch.Generator().manual_seed(seed))
    return (uniform * env.num_actions).floor() if env.num_actions else uniform * 1.9 - 0.95


def play(env, given):
    steps = [[value.clone() for value in env.step(each) if isinstance(value, torch.Tensor)] for each in given]
    return [torch.stack(values) for values in zip(*steps, strict=True)]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


WAYS = [("walks:Walk-v0", 2, "in {} processes"), ("walks:Walks-v0", 1, "together, by its vector form"),
        ("CartPole-v1", 1, "together, by its vector form")]  # fmt: skip


@pytest.fixture
def pair(request, starts, walks, eager, monkeypatch):  # noqa: ARG001
    """A function that makes worlds stepped in one of WAYS, and one that makes them as separate worlds."""
    env_id, threads, way = request.param

    def ours(**options):
        env = make(env_id, starts, threads=threads, **options)
        assert env.way == way.format(min(threads, env.num_envs * len(env.seeds)))
        return env

    def separate(**options):
        with monkeypatch.context() as patch:
            patch.setattr(choose, "FEWEST_TOGETHER", 10**9)
            env = make(env_id, starts, **options)
        assert env.way == "one after another"
        return env

    return ours, separate


every_way = pytest.mark.parametrize("pair", WAYS, indirect=True, ids=["processes", "vector", "cartpole"])


@every_way
def test_steps_are_those_of_separate_worlds_in_any_company(pair):
    ours, separate = pair[0](), pair[1]()
    assert torch.equal(ours.reset(), separate.reset())
    given = actions(ours, 60)
    expected = play(separate, given)
    assert same(play(ours, given), expected)
    assert expected[4].sum() >= 4
    alone = pair[0](seeds=(1,))
    alone.reset()
    assert same(play(alone, given[:, 1:]), [field[:, 1:] for field in expected])


@every_way
def test_what_was_saved_goes_on_to_the_bit_in_either_way(pair):
    ours, separate = pair[0](), pair[1]()
    separate.reset()
    play(separate, actions(separate, 17))
    state, given = separate.state(), actions(separate, 30, 1)
    expected = play(separate, given)
    ours.restore(state)
    assert same(play(ours, given), expected)
    state, given = ours.state(), actions(ours, 30, 2)
    expected = play(ours, given)
    separate.restore(state)
    assert same(play(separate, given), expected)


@every_way
def test_worlds_that_are_left_behind_go_on_from_where_they_were(pair):
    ours, separate = pair[0](num_envs=3), pair[1](num_envs=3)
    rng = torch.Generator().manual_seed(0)
    for env in (ours, separate):
        env.reset()
    moving = torch.ones(2, 3, dtype=torch.bool)
    for action in actions(ours, 24):
        some = moving & (torch.rand(2, 3, generator=rng) < 0.6)
        got, expected = ours.advance(action, some), separate.advance(action, some)
        for field in ("obs", "reward", "terminated", "truncated", "done"):
            assert torch.equal(getattr(got, field), getattr(expected, field))
        moving &= ~expected.done
    assert not moving.all()


@every_way
def test_snapshots_fit_worlds_of_either_way_in_other_numbers(pair):
    for first, second in (pair, reversed(pair)):
        four, three = first(), second(seeds=(7,), num_envs=3)
        four.reset()
        play(four, actions(four, 5))
        rows, given = torch.tensor([2, 0, 2]), actions(four, 1, 5)
        three.load(four.save(), rows)
        expected, got = play(four, given), play(three, given.flatten(1, 2)[:, rows].unsqueeze(1))
        for field in (1, 2, 3, 4, 5):  # not the next observation: a finished world starts anew by its own seed
            assert torch.equal(expected[field].flatten(1, 2)[:, rows], got[field].flatten(1, 2))


def test_cartpole_is_the_same_to_the_bit_in_many_worlds(starts, monkeypatch):
    """Sines of a long row are computed several at a time."""
    together = envs.make("CartPole-v1", (0,), 70, starts)
    monkeypatch.setattr(choose, "FEWEST_TOGETHER", 10**9)
    separate = envs.make("CartPole-v1", (0,), 70, starts)
    assert (together.way, separate.way) == ("together, by its vector form", "one after another")
    assert torch.equal(together.reset(), separate.reset())
    given = actions(separate, 60)
    assert same(play(together, given), play(separate, given))


def test_a_way_is_chosen_by_what_it_saves():
    assert not worth_processes(1e-5, [8, 8])
    assert worth_processes(1e-3, [8, 8])
    assert not worth_processes(1e-3, [1, 0])
    assert worth_processes(1e-2, [1, 1])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Walk", "it has no vector form"),
        ("OneChance", "the worlds of its vector form have another obs than single ones"),
        ("Itself", "its vector form cannot reset one world alone"),
        ("Broken", "no seeds here"),
    ],
)
@pytest.mark.usefixtures("eager")
def test_a_vector_form_that_cannot_keep_the_promises_is_not_used(name, reason, walks, starts):
    env = make(f"{walks}:{name}-v0", starts)
    assert env.way == "one after another"
    assert reason in why_no_vector_form(f"{walks}:{name}-v0", f"{name}-v0")


@pytest.mark.usefixtures("eager")
def test_failures_in_another_process_are_told_as_here(walks, starts):
    env = make(f"{walks}:Walk-v0", starts, threads=2)
    env.reset()
    action = torch.zeros(2, 2, 1)
    action[1, 1] = 1.0
    with pytest.raises(Fault, match="walks:Walk-v0: its step failed: ValueError: too far to the right"):
        env.step(action)
    env.reset()
    os.kill(env._group._parts[0]._process.pid, signal.SIGKILL)
    with pytest.raises(Fault, match=r"walks:Walk-v0: a process that steps its worlds was killed \(SIGKILL\)"):
        env.step(torch.zeros(2, 2, 1))


@pytest.mark.usefixtures("eager")
def test_processes_end_with_their_worlds(walks, starts):
    env = make(f"{walks}:Walk-v0", starts, threads=2)
    process = env._group._parts[0]._process
    assert process.is_alive()
    del env
    assert process.exitcode == 0


def test_nan_is_some_valid_action(starts):
    env = envs.make("CartPole-v1", (0,), 32, starts)
    assert env.way == "together, by its vector form"
    env.reset()
    step = env.step(torch.full((1, 32, 1), np.nan))
    assert torch.isfinite(step.final_obs).all()
