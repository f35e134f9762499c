"""Any other environment of Gymnasium has the same face, and resumes and branches to the bit."""

import sys

import gymnasium
import numpy as np
import pytest
import torch

from rlbench import envs
from rlbench.errors import UserError

IDS = ("CartPole-v1", "Acrobot-v1", "MountainCarContinuous-v0", "Pendulum-v1", "FrozenLake-v1")

SCRIPTED = '''
"""An environment whose episodes are three steps long and count from 10, for the tests."""

import gymnasium
import numpy as np
from gymnasium import spaces


class Scripted(gymnasium.Env):
    observation_space = spaces.Discrete(4, start=10)
    action_space = spaces.Discrete(3, start=5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.now = 10
        return self.now, {}

    def step(self, action):
        assert action in (5, 6, 7)
        self.now += 1
        return self.now, float(action), self.now == 13, False, {}


class Picture(Scripted):
    observation_space = spaces.Box(0, 255, (4, 4, 3), np.uint8)


class Buttons(Scripted):
    action_space = spaces.MultiBinary(3)


class Blind(Scripted):
    observation_space = spaces.Box(0, 1, (0,))


class Still(Scripted):
    action_space = spaces.Box(0, 1, (0,))


gymnasium.register("Blind-v0", Blind)
gymnasium.register("Still-v0", Still)
gymnasium.register("Scripted-v0", Scripted)
gymnasium.register("Picture-v0", Picture)
gymnasium.register("Buttons-v0", Buttons)
gymnasium.register("Dice-v0", Scripted, nondeterministic=True)
'''


@pytest.fixture
def scripted(tmp_path, monkeypatch):
    """The name of a user's module."""
    (tmp_path / "users_envs.py").write_text(SCRIPTED)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "users_envs", raising=False)
    yield "users_envs"
    for name in ("Scripted-v0", "Picture-v0", "Buttons-v0", "Dice-v0", "Blind-v0", "Still-v0"):
        gymnasium.registry.pop(name, None)


def actions(env, steps, seed):
    """Random actions [steps, S, N, A]."""
    uniform = torch.rand(
        steps, len(env.seeds), env.num_envs, env.action_size, generator=torch.Generator().manual_seed(seed)
    )
    if env.num_actions is not None:
        return (uniform * env.num_actions).floor()
    return env.action_low + (env.action_high - env.action_low) * uniform


def play(env, acts):
    """All that the steps gave, field by field [steps, S, N, ...]."""
    steps = [[v.clone() for v in env.step(act) if isinstance(v, torch.Tensor)] for act in acts]
    return [torch.stack(values) for values in zip(*steps, strict=True)]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("env_id", IDS)
def test_every_step_is_gymnasiums(env_id, starts):
    env = envs.make(env_id, (3, 1), 2, starts, max_episode_steps=25)
    episode = [0, 0]

    def reset(s, world):
        world.reset(seed=int(starts(env.seeds[s], episode[s]).integers(2**31)))
        episode[s] += 1

    theirs = [[gymnasium.make(env_id, max_episode_steps=25) for _ in range(2)] for _ in range(2)]
    for s, row in enumerate(theirs):
        for world in row:
            reset(s, world)
    env.reset()
    ends = 0
    for action in actions(env, 60, 0):
        step = env.step(action)
        for s, row in enumerate(theirs):
            for n, world in enumerate(row):
                numbers = action[s, n].numpy()
                seen, reward, terminated, truncated, _ = world.step(int(numbers[0]) if env.num_actions else numbers)
                if env_id == "FrozenLake-v1":
                    seen = np.eye(16)[seen]
                np.testing.assert_array_equal(step.final_obs[s, n], seen)
                assert step.reward[s, n].item() == float(reward)
                assert (bool(step.terminated[s, n]), bool(step.truncated[s, n])) == (terminated, truncated)
                if terminated or truncated:
                    ends += 1
                    reset(s, world)
    assert ends >= 4


@pytest.mark.parametrize("env_id", IDS)
def test_restored_beside_another_seed_it_goes_on_to_the_bit(env_id, starts):
    env = envs.make(env_id, (4, 5), 2, starts)
    env.reset()
    play(env, actions(env, 30, 1))
    state, after = env.state(), actions(env, 40, 2)
    assert all(len(tensor) == 2 for tensor in state.values())
    expected = play(env, after)
    stranger = envs.make(env_id, (9,), 2, starts)
    stranger.reset()
    fresh = envs.make(env_id, (9, 5), 2, starts)
    fresh.restore({name: torch.cat((mine, state[name][1:])) for name, mine in stranger.state().items()})
    got = play(fresh, after)
    assert same([field[:, 1] for field in expected], [field[:, 1] for field in got])


@pytest.mark.parametrize("env_id", IDS)
def test_branches_replay_exactly(env_id, starts):
    env = envs.make(env_id, (1, 2), 2, starts)
    env.reset()
    play(env, actions(env, 2, 3))
    snapshot, act = env.save(), actions(env, 1, 4)
    expected = [field.flatten(1, 2) for field in play(env, act)]
    branches = envs.make(env_id, (7,), 3, starts)
    rows = torch.tensor([2, 0, 2])
    branches.load(snapshot, rows)
    got = play(branches, act.flatten(1, 2)[:, rows].unsqueeze(1))
    for field in (1, 2, 3, 4, 5):  # not the next observation: a finished branch starts anew by its own seed
        assert torch.equal(expected[field][:, rows], got[field].flatten(1, 2))


def test_a_users_environment_by_its_module(scripted, starts):
    env = envs.make(f"{scripted}:Scripted-v0", (0, 1), 1, starts)
    assert (env.obs_size, env.action_size, env.num_actions, env.max_episode_steps) == (4, 1, 3, None)
    assert (env.action_low.item(), env.action_high.item()) == (0, 2)
    assert torch.equal(env.reset(), torch.tensor([1.0, 0, 0, 0], dtype=torch.float64).expand(2, 1, 4))
    action = torch.tensor([[[2.0]], [[1.0]]])
    for now in (1, 2, 3, 1):
        step = env.step(action)
        assert step.reward.tolist() == [[7.0], [6.0]]
        assert step.final_obs.argmax(-1).tolist() == [[now], [now]]
        assert step.any_done == (now == 3)
    assert step.obs.argmax(-1).tolist() == [[1], [1]]


def test_an_episode_without_a_limit_is_remembered_however_long(starts):
    env = envs.make("Pendulum-v1", (0,), 1, starts, max_episode_steps=-1)
    env.reset()
    acts = actions(env, 1100, 5)
    play(env, acts)
    state = env.state()
    expected = play(env, acts[:3])
    fresh = envs.make("Pendulum-v1", (0,), 1, starts, max_episode_steps=-1)
    fresh.restore(state)
    assert same(expected, play(fresh, acts[:3]))


def test_actions_are_clipped_but_by_finite_bounds_alone(starts):
    first, second = (envs.make("Pendulum-v1", (0,), 1, starts) for _ in range(2))
    first.reset()
    second.reset()
    assert torch.equal(first.step(torch.full((1, 1, 1), 9.0)).obs, second.step(torch.full((1, 1, 1), 2.0)).obs)


@pytest.mark.parametrize(
    ("env_id", "says"),
    [
        ("CartPole-v9", "Did you mean CartPole-v"),
        ("no_such_module:Thing-v0", "the module 'no_such_module' cannot be imported"),
        ("users_envs:Scriptd-v0", "Did you mean Scripted-v0?"),
        ("users_envs:Picture-v0", "observes Box(0, 255, (4, 4, 3), uint8)"),
        ("users_envs:Buttons-v0", "takes actions of MultiBinary(3)"),
        ("users_envs:Blind-v0", "users_envs:Blind-v0 observes Box([], [], (0,), float32), which is nothing"),
        ("users_envs:Still-v0", "users_envs:Still-v0 takes actions of Box([], [], (0,), float32), which is nothing"),
        ("users_envs:Dice-v0", "does not repeat itself"),
        ("Blackjack-v1", "observes Tuple("),
        ("Hopper-v1", "use Hopper-v4"),
        ("Pusher-v4", "use Pusher-v5"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(env_id, says, scripted, starts):
    assert scripted == "users_envs"
    for attempt in (lambda: envs.check(env_id), lambda: envs.make(env_id, (0,), 1, starts)):
        with pytest.raises(UserError) as caught:
            attempt()
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("env_id", ["Hopper-v5", "CartPole-v1"])
def test_check_accepts_what_can_be_made(env_id):
    envs.check(env_id)
