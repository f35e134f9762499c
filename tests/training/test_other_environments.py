"""Environments that are not MuJoCo tasks, through the same loop: choices, one-hot states, bounded vectors."""

import pytest

from rlbench.algorithms import ALGORITHMS
from rlbench.training.job import Finished, Progress
from rlbench.training.provenance import describe_run
from rlbench.training.run import run_job

ON_TABLES = {"cpi", "policy-iteration"}
PAIRS = [
    (algorithm, env)
    for algorithm in sorted(ALGORITHMS)
    for env in ("CartPole-v1", "FrozenLake-v1", "Pendulum-v1")
    if (algorithm in ON_TABLES) <= (env == "FrozenLake-v1")
]


QUICK = {("ppo", "Pendulum-v1"), ("cem", "FrozenLake-v1"), ("trpo-vine", "FrozenLake-v1")}
"""A pair of each kind, beside every algorithm on the first environment that it can be tried on."""


def quick_or_slow(algorithm, env):
    quick = env == "CartPole-v1" or algorithm in ON_TABLES or (algorithm, env) in QUICK
    return (algorithm, env) if quick else pytest.param(algorithm, env, marks=pytest.mark.slow)


@pytest.mark.parametrize(("algorithm", "env"), [quick_or_slow(*pair) for pair in PAIRS])
def test_a_seed_is_the_same_bytes_in_any_company_and_after_a_break(small_job, tmp_path, monkeypatch, algorithm, env):
    monkeypatch.setattr("rlbench.training.run.ROW_TRANSITIONS", 1)
    # A generation of six on Pendulum-v1 is 1,200 transitions
    steps = {"steps": 4096 if algorithm in ("cem", "cma-es") and env == "Pendulum-v1" else 768}
    together = small_job(algorithm, env=env, seeds=(0, 1, 2), out=tmp_path / "together", eval_every=0, **steps)
    events = []
    run_job(together, events.append)
    assert [event.status for event in events if isinstance(event, Finished)] == ["finished"] * 3

    alone = small_job(algorithm, env=env, seeds=(1,), out=tmp_path / "alone", eval_every=0, **steps)
    written = []

    def stop(event):
        written.append(isinstance(event, Progress))
        if sum(written) == 2:
            raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlbench.training.run.CHECKPOINT_SECONDS", 0.0)
        with pytest.raises(SystemExit):
            run_job(alone, stop)
    run_job(alone, lambda _: None)
    for name in ("progress.csv", "episodes.csv"):
        assert (alone.folder(1) / name).read_bytes() == (together.folder(1) / name).read_bytes()


@pytest.mark.parametrize("env", ["CartPole-v1", "FrozenLake-v1", "gymnasium:CartPole-v1"])
def test_run_json_claims_no_physics_that_is_not_known(small_job, env):
    assert describe_run(small_job("ppo", env=env), 0)["physics"] == "the environment's own (CPU)"
    assert describe_run(small_job("ppo", env="Hopper-v4"), 0)["physics"] == "mujoco.batch (CPU, float64)"
