"""An evaluation plays the episodes that a loop over Gymnasium's own environment plays."""

import shutil
import warnings

import gymnasium
import numpy as np
import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.trained.episodes import action_rng, play


def played_in_gymnasium(policy, reset_seed, deterministic):
    """Return, length and termination of one episode, one observation at a time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # v4 tasks announce that they are old
        world = gymnasium.make(policy.env)
    rng = action_rng(reset_seed)
    obs, _ = world.reset(seed=reset_seed)
    total, length, done = 0.0, 0, False
    while not done:
        obs, reward, terminated, truncated, _ = world.step(policy.act(obs, deterministic, rng))
        total, length, done = total + float(reward), length + 1, terminated or truncated
    world.close()
    return total, length, terminated


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize(
    ("algorithm", "env"),
    [("ppo", "Hopper-v4"), ("cem", "Hopper-v4"), ("ppo", "CartPole-v1"), ("policy-iteration", "FrozenLake-v1")],
)
def test_episodes_are_gymnasiums_to_the_bit(trained, algorithm, env, deterministic):
    policy = rlbench.policy(trained(algorithm, env))
    played = play(policy, range(5, 9), deterministic)
    found = list(zip(played.returns.tolist(), played.lengths.tolist(), played.terminated.tolist(), strict=True))
    assert found == [played_in_gymnasium(policy, seed, deterministic) for seed in range(5, 9)]


def test_an_episode_does_not_depend_on_the_others(trained):
    policy = rlbench.policy(trained("ppo", "Hopper-v4"))
    many = play(policy, range(20), deterministic=False)
    assert play(policy, [7], deterministic=False).returns == many.returns[7]


def test_frames_files_and_what_acts_without_chance(trained, tmp_path):
    for algorithm in ("ppo", "cem"):
        shutil.copytree(trained(algorithm, "Hopper-v4"), tmp_path / "Hopper-v4" / algorithm / "seed-3")
    cem, ppo = rlbench.evaluate(tmp_path, episodes=2, first_seed=4, write=True)
    assert (cem.sampled, ppo.policy.algorithm) == (None, "ppo")
    frame = ppo.frame()
    assert frame["action"].tolist() == ["mean", "mean", "sampled", "sampled"]
    assert frame["reset_seed"].tolist() == [4, 5, 4, 5]
    assert frame["return"].tolist() == [*ppo.mean.returns, *ppo.sampled.returns]
    lines = (tmp_path / "Hopper-v4" / "ppo" / "seed-3" / "evaluation.csv").read_text().splitlines()
    assert lines[0] == "env_steps,action,reset_seed,return,length,terminated"
    assert lines[1] == f"512,mean,4,{ppo.mean.returns[0]},{ppo.mean.lengths[0]},1"
    assert len(lines) == 5


def test_runs_without_a_policy_are_told_and_left_out(trained, tmp_path):
    for seed in (2, 10):
        shutil.copytree(trained("ppo", "CartPole-v1"), tmp_path / f"seed-{seed}")
    shutil.copytree(tmp_path / "seed-2", tmp_path / "seed-2.old-1")
    (tmp_path / "seed-10" / "checkpoint.pt").unlink()
    events = []
    done = rlbench.evaluate([tmp_path, tmp_path / "seed-2"], episodes=1, on_event=events.append)
    assert [each.policy.folder.name for each in done] == ["seed-2"]
    assert str(events[0]).startswith(f"{tmp_path / 'seed-10'} has no checkpoint.pt, which holds the policy.")
    assert events[1:] == done
    assert str(done[0]).startswith("CartPole-v1 ppo seed 3: ")
    with pytest.raises(UserError, match=r"seed-10 has no checkpoint\.pt"):
        rlbench.evaluate(tmp_path / "seed-10")
    (tmp_path / "seed-2" / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match=r"seed-2 has no checkpoint\.pt.*\(1 more runs have none either\.\)"):
        rlbench.evaluate(tmp_path)


@pytest.mark.parametrize(
    ("folder", "choices", "told"),
    [
        ("nowhere", {}, "nowhere does not exist"),
        (".", {}, "holds no run: there is no run.json in it"),
        (".", {"episodes": 0}, "1 episode at least, not 0"),
        (".", {"first_seed": -1}, "from 0 to 2,147,483,647"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(tmp_path, folder, choices, told):
    with pytest.raises(UserError, match=told) as error:
        rlbench.evaluate(tmp_path / folder, **choices)
    assert "\n" not in str(error.value)


def test_a_policy_acts_on_many_as_on_each(trained):
    policy = rlbench.policy(trained("ppo", "Hopper-v4"))
    obs = np.random.default_rng(0).normal(size=(6, 11))
    np.testing.assert_allclose(policy.act(obs), [policy.act(each) for each in obs], atol=1e-6)
