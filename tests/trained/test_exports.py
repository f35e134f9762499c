"""Exported policies act as the originals do, without rlbench."""

import json
import runpy
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
import torch
from short_runs import train

import rlbench
from rlbench.algorithms.contract import Actor
from rlbench.errors import Fault, UserError
from rlbench.policies.plain import LEAST_LOGIT, plain_table
from rlbench.trained import find
from rlbench.trained.episodes import play

RUNS = [
    ("ppo", "Hopper-v4", {}),
    ("trpo", "InvertedPendulum-v4", {"hidden_sizes": ()}),
    ("a2c", "CartPole-v1", {"shared": True}),
    ("cem", "Hopper-v4", {}),
    ("cma-es", "CartPole-v1", {"hidden_sizes": (4,)}),
    ("ppo", "FrozenLake-v1", {}),
    ("cpi", "FrozenLake-v1", {}),
]


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: f"{run[0]}-{run[1]}")
def folder(request, tmp_path_factory):
    """The folder of a short run."""
    algorithm, env, settings = request.param
    return train(algorithm, env, tmp_path_factory.mktemp("out"), **settings)


def returns_in_gymnasium(act, env):
    """Of three episodes that a loop over Gymnasium's environment plays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v4 tasks announce that they are old
        world = gymnasium.make(env)
    returns = []
    for seed in range(3):
        obs, _ = world.reset(seed=seed)
        total, done = 0.0, False
        while not done:
            obs, reward, terminated, truncated, _ = world.step(act(obs))
            total, done = total + float(reward), terminated or truncated
        returns.append(total)
    world.close()
    return returns


def read(usage, folder, monkeypatch):
    """The `act` that the lines of Python define."""
    monkeypatch.chdir(folder)
    (folder / "act.py").write_text(usage)
    return runpy.run_path("act.py")["act"]


@pytest.mark.parametrize("form", ["npz", "onnx"])
def test_the_returns_in_gymnasium_are_those_of_eval(folder, tmp_path, monkeypatch, form):
    """ONNX runtimes sum in another order, so that a last bit may differ."""
    if form == "onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
    made = rlbench.export(folder, tmp_path / f"policy.{form}")
    assert made.difference < 1e-6
    # The reference implementation of ONNX takes the place of a runtime.
    usage = made.usage.replace("import onnxruntime", "import onnx.reference as onnxruntime")
    act = read(usage.replace("InferenceSession", "ReferenceEvaluator"), tmp_path, monkeypatch)
    expected = play(made.policy, range(3)).returns.tolist()
    assert returns_in_gymnasium(act, made.policy.env) == pytest.approx(expected, rel=0 if form == "npz" else 1e-4)


def test_numpy_is_all_that_the_arrays_need(trained, tmp_path):
    made = rlbench.export(trained("ppo", "Hopper-v4"), tmp_path / "policy.npz")
    program = f"import sys\n{made.usage}\nprint(act([0.0] * 11).tolist())\n"
    program += "assert not {'rlbench', 'torch'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout) == made.policy.act([0.0] * 11).tolist()


def test_the_file_says_where_it_came_from_and_how_actions_are_sampled(folder, tmp_path):
    made = rlbench.export(folder, tmp_path / "policy.npz")
    with np.load(made.path, allow_pickle=False) as file:
        about = str(file["about"])
        assert ("log_std" in file) == (made.policy.algorithm in ("ppo", "trpo") and "low" in file)
    assert f'"algorithm": "{made.policy.algorithm}"' in about
    assert '"env_steps": "' in about
    before = made.path.read_bytes()
    assert rlbench.export(folder, tmp_path / "policy.npz").path.read_bytes() == before


def test_an_action_of_probability_0_is_never_taken():
    certain = plain_table(np.float32([[-np.inf, 0.0], [0.0, -np.inf]]))
    assert certain.output(np.eye(2)).tolist() == [[np.float32(LEAST_LOGIT), 0.0], [0.0, np.float32(LEAST_LOGIT)]]


@pytest.fixture
def pretending(trained, monkeypatch):
    """Makes policies be loaded with another actor."""
    loaded = rlbench.policy(trained("ppo", "Hopper-v4"))

    def pretend(act):
        loaded._actor = Actor(loaded._actor.noise, *act(loaded._actor))
        monkeypatch.setattr(find, "policy", lambda *_: loaded)
        return loaded.folder

    return pretend


def test_what_is_not_the_original_is_not_written(pretending, tmp_path):
    folder = pretending(lambda true: (lambda obs, noise: true.act(obs, noise) + torch.tensor(2e-5), true.plain))
    with pytest.raises(Fault, match=r"is not the original: an action differs by 2.*e-05\. Nothing was written"):
        rlbench.export(folder, tmp_path / "policy.npz")
    assert not list(tmp_path.iterdir())


def test_an_algorithm_that_does_not_say_its_policy_plainly(pretending, tmp_path):
    folder = pretending(lambda true: (true.act,))
    with pytest.raises(UserError, match=r"ppo does not say its policy as plain arrays: Actor\.plain"):
        rlbench.export(folder, tmp_path / "policy.npz")


@pytest.mark.parametrize(
    ("out", "told"),
    [("policy.pt", "is neither .npz nor .onnx"), ("no/policy.npz", "cannot be written: No such file or directory")],
)
def test_what_cannot_be_written_is_one_line(trained, tmp_path, out, told):
    with pytest.raises(UserError, match=told) as error:
        rlbench.export(trained("ppo", "CartPole-v1"), tmp_path / out)
    assert "\n" not in str(error.value)


def test_one_run_at_a_time(tmp_path):
    train("ppo", "CartPole-v1", tmp_path, seeds=(0, 1))
    with pytest.raises(UserError, match=r"holds 2 runs\. Name one, such as .*seed-0"):
        rlbench.export(tmp_path, tmp_path / "policy.npz")


def test_spaces_that_do_not_begin_at_0(tmp_path, monkeypatch):
    """Observations 5 to 7 are one of three states, and actions are -1 and 0."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shifted.py").write_text(SHIFTED)
    try:
        folder = train("ppo", "shifted:Shifted-v0", tmp_path)
        for form in ("npz", "onnx"):
            made = rlbench.export(folder, tmp_path / f"policy.{form}", env="shifted:Shifted-v0")
            assert made.compared == 3
        made = rlbench.export(folder, tmp_path / "policy.npz")
        act = read(made.usage, tmp_path, monkeypatch)
        assert [act(state) for state in (5, 6, 7)] == made.policy.act([5, 6, 7]).tolist()
    finally:
        gymnasium.registry.pop("Shifted-v0", None)
        sys.modules.pop("shifted", None)


SHIFTED = """
import gymnasium
from gymnasium.spaces import Discrete

class Shifted(gymnasium.Env):
    observation_space = Discrete(3, start=5)
    action_space = Discrete(2, start=-1)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return int(self.np_random.integers(5, 8)), {}

    def step(self, action):
        return int(self.np_random.integers(5, 8)), float(action), False, False, {}

gymnasium.register("Shifted-v0", Shifted, max_episode_steps=10)
"""
