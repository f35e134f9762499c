"""A policy out of its run's folder acts as it did when it was evaluated."""

import json
import shutil
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
import torch

import rlbench
from rlbench import envs
from rlbench.errors import UserError
from rlbench.training.evaluation import EPISODES, evaluation_starts

HARMLESS = "FrozenLake-v1"


def evaluation_of(folder):
    return json.loads((folder / "run.json").read_text())["evaluation"]


@pytest.mark.parametrize(
    ("algorithm", "env"),
    [
        ("trpo", "InvertedPendulum-v4"),
        ("cem", "Hopper-v4"),
        ("ppo", "CartPole-v1"),
        ("policy-iteration", HARMLESS),
    ],
)
def test_from_the_starts_of_its_evaluation_it_has_the_same_returns(trained, algorithm, env):
    folder = trained(algorithm, env)
    policy = rlbench.policy(folder)
    worlds = envs.make(env, (0,), 2 * EPISODES, evaluation_starts)  # as many as then, so that no bit may differ
    obs, alive = worlds.reset(), torch.ones(1, 2 * EPISODES, dtype=torch.bool)
    returns = torch.zeros(1, 2 * EPISODES, dtype=torch.float64)
    while alive.any():
        seen = obs[0].numpy()
        acted = policy.act(seen.argmax(1) if env == HARMLESS else seen)
        step = worlds.advance(torch.as_tensor(acted, dtype=torch.float32).reshape(1, 2 * EPISODES, -1), alive)
        returns += step.reward
        alive &= ~step.done
        obs = step.obs
    assert returns[0, :EPISODES].mean().item() == evaluation_of(folder)["eval_return_det"]


def test_in_gymnasium_itself_too(trained):
    """CartPole-v1 is reset with the seeds of the evaluation, and given one observation at a time."""
    folder = trained("ppo", "CartPole-v1")
    policy, world, returns = rlbench.policy(folder), gymnasium.make("CartPole-v1"), []
    for episode in range(EPISODES):
        obs, _ = world.reset(seed=int(evaluation_starts(0, episode).integers(2**31)))
        done, total = False, 0.0
        while not done:
            obs, reward, terminated, truncated, _ = world.step(policy.act(obs))
            done, total = terminated or truncated, total + reward
        returns.append(total)
    assert np.mean(returns) == evaluation_of(folder)["eval_return_det"]


def test_actions_are_such_as_the_environment_takes(trained):
    pendulum = rlbench.policy(trained("trpo", "InvertedPendulum-v4"))
    one, many = pendulum.act([0.0, 0.1, 0, 0]), pendulum.act(np.zeros((5, 4), np.float32))
    assert (one.shape, one.dtype, many.shape) == ((1,), np.float32, (5, 1))
    far = pendulum.act(np.zeros((2000, 4)), deterministic=False, rng=np.random.default_rng(0))
    assert np.abs(far).max() <= 3.0  # what the model allows
    assert far.std() > 0.5
    first, again = (pendulum.act([0.0] * 4, False, np.random.default_rng(1)) for _ in range(2))
    assert first == again
    cart = rlbench.policy(trained("ppo", "CartPole-v1"))
    assert cart.act(np.zeros(4)) in (0, 1)
    assert set(cart.act(np.zeros((100, 4)), deterministic=False)) == {0, 1}
    lake = rlbench.policy(trained("policy-iteration", HARMLESS))
    assert lake.act(3) in range(4)
    assert lake.act(np.arange(16)).shape == (16,)
    assert repr(lake) == "<policy of policy-iteration on FrozenLake-v1, seed 3, after 512 transitions>"


@pytest.mark.parametrize(
    "obs", [0.0, [1.0], np.zeros((2, 3)), np.zeros((1, 2, 4)), [[1, 2, 3, 4], [1]], "abcd", [None] * 4]
)
def test_another_shape_is_one_line(trained, obs):
    with pytest.raises(
        UserError, match=r"^CartPole-v1 observes 4 numbers, so act\(\) takes an array of shape \[4\]"
    ) as told:
        rlbench.policy(trained("ppo", "CartPole-v1")).act(obs)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("obs", [16, -1, 0.5, np.zeros(16), [[1]], "a"])
def test_another_state_is_one_line(trained, obs):
    with pytest.raises(UserError, match=r"^FrozenLake-v1 observes one of 16 states, so act"):
        rlbench.policy(trained("policy-iteration", HARMLESS)).act(obs)


def test_its_folder_is_enough(trained, tmp_path):
    shutil.copytree(trained("ppo", "CartPole-v1"), tmp_path / "elsewhere")
    policy = rlbench.policy(str(tmp_path / "elsewhere"))
    assert (policy.env, policy.algorithm, policy.seed, policy.env_steps) == ("CartPole-v1", "ppo", 3, 512)
    assert policy.provenance["settings"]["num_steps"] == 64
    world = gymnasium.make("CartPole-v1")
    assert (policy.observation_space, policy.action_space) == (world.observation_space, world.action_space)
    world.close()


def test_nothing_of_training_is_imported(trained):
    program = "import sys, rlbench; rlbench.policy(sys.argv[1]).act([0, 0, 0, 0.1])\n"
    program += "print([each for each in sys.modules if each.startswith(('rlbench.training', 'rlbench.sweep'))])"
    command = [sys.executable, "-c", program, str(trained("ppo", "CartPole-v1"))]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def copy(trained, tmp_path, **changes):
    """A run's folder whose run.json says something else."""
    folder = shutil.copytree(trained("ppo", "CartPole-v1"), tmp_path / "copy")
    about = json.loads((folder / "run.json").read_text()) | changes
    (folder / "run.json").write_text(json.dumps(about))
    return folder


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"env": "Hopper-v4"}, r"checkpoint.pt: algorithm\.\w+.* is a tensor"),
        ({"algorithm": "pop"}, "There is no algorithm 'pop'"),
        ({"env": "CartPoll-v1"}, "There is no environment 'CartPoll-v1'"),
        ({"settings": {"gamma": 7}}, "gamma is a number"),
        ({"format": 99}, "format 99"),
    ],
)
def test_what_does_not_fit_is_one_line(trained, tmp_path, changes, told):
    with pytest.raises(UserError, match=told) as error:
        rlbench.policy(copy(trained, tmp_path, **changes))
    assert "\n" not in str(error.value)


def test_folders_without_a_run_or_a_checkpoint(trained, tmp_path):
    with pytest.raises(UserError, match="holds no run: there is no run"):
        rlbench.policy(tmp_path)
    folder = copy(trained, tmp_path)
    (folder / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match=r"has no checkpoint\.pt, which holds the policy"):
        rlbench.policy(folder)


def test_a_run_that_has_written_nothing_yet_and_numbers_of_another_tool(trained, tmp_path):
    folder = copy(trained, tmp_path, status="running")
    (folder / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match=r"has no checkpoint\.pt yet: .* Wait half a minute"):
        rlbench.policy(folder)
    shutil.rmtree(folder)
    folder = copy(trained, tmp_path, status="imported", imported={"tool": "CleanRL"})
    with pytest.raises(UserError, match=r"holds results imported from CleanRL: numbers, no policy"):
        rlbench.policy(folder)


def test_a_module_that_only_the_folder_names_is_not_imported(trained, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "theirs.py").write_text(
        "import gymnasium\ngymnasium.register('Their-v0', 'gymnasium.envs.classic_control:CartPoleEnv')"
    )
    folder = copy(trained, tmp_path, env="theirs:Their-v0")
    with pytest.raises(UserError, match=r"runs the code of module theirs. .* name it: env='theirs:Their-v0'"):
        rlbench.policy(folder)
    assert "theirs" not in sys.modules
    with pytest.raises(UserError, match="is a run on theirs:Their-v0, not on CartPole-v1"):
        rlbench.policy(folder, env="CartPole-v1")
    try:
        assert rlbench.policy(folder, env="theirs:Their-v0").act(np.zeros(4)) in (0, 1)
        assert rlbench.policy(folder).env == "theirs:Their-v0"  # now that it has been imported
    finally:
        gymnasium.registry.pop("Their-v0", None)
        sys.modules.pop("theirs", None)
