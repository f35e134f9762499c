"""Environments that are not MuJoCo tasks, through the same loop: choices, one-hot states, bounded vectors."""

import pytest
from small import small

from rlbench.algorithms import ALGORITHMS
from rlbench.envs.groups import choose
from rlbench.testing import check_algorithm
from rlbench.training.provenance import describe_run
from rlbench.training.run import run_job

ON_TABLES = {"cpi", "policy-iteration"}
PAIRS = [
    (algorithm, env)
    for algorithm in sorted(ALGORITHMS)
    for env in ("CartPole-v1", "FrozenLake-v1", "Pendulum-v1")
    if (algorithm in ON_TABLES) <= (env == "FrozenLake-v1")
]


QUICK = {("ppo", "Pendulum-v1"), ("cem", "FrozenLake-v1"), ("trpo-vine", "FrozenLake-v1"),
         *((each, "CartPole-v1") for each in ("a2c", "acktr", "cem", "ppo", "trpo"))}  # fmt: skip
"""A pair of each kind. What is not here shares its code with one that is."""


def quick_or_slow(algorithm, env):
    quick = algorithm in ON_TABLES or (algorithm, env) in QUICK
    return (algorithm, env) if quick else pytest.param(algorithm, env, marks=pytest.mark.slow)


@pytest.mark.parametrize(("algorithm", "env"), [quick_or_slow(*pair) for pair in PAIRS])
def test_a_seed_is_the_same_bytes_in_any_company_and_after_a_break(algorithm, env):
    # A generation of six on Pendulum-v1 is 1,200 transitions
    steps = 4096 if algorithm in ("cem", "cma-es") and env == "Pendulum-v1" else 512
    check_algorithm(small(algorithm), env=env, steps=steps, promises=("company", "resume"))


@pytest.mark.parametrize("env", ["CartPole-v1", "FrozenLake-v1", "gymnasium:CartPole-v1"])
def test_run_json_claims_no_physics_that_is_not_known(small_job, env):
    assert describe_run(small_job("ppo", env=env), 0)["physics"] == "the environment's own (CPU)"
    assert describe_run(small_job("ppo", env="Hopper-v4"), 0)["physics"] == "mujoco.batch (CPU, float64)"


@pytest.mark.slow
@pytest.mark.usefixtures("a_row_an_iteration")
def test_processes_and_vector_forms_that_come_and_go_change_no_byte(small_job, tmp_path, monkeypatch):
    """A job that steps its worlds one after another, then in two processes, then again; and by a vector form."""
    for env, told in (("Pendulum-v1", [1, 2, 2, 1]), ("CartPole-v1", [1])):
        files = []
        for way in ("as it may", "alone"):
            with monkeypatch.context() as patch:
                patch.setattr(choose, "worth_processes", lambda *_: True)
                patch.setattr(choose, "FEWEST_TOGETHER", 1 if way == "as it may" else 10**9)
                allowed = iter(told if way == "as it may" else ())
                job = small_job("ppo", env=env, out=tmp_path / way, num_envs=4, num_steps=64)
                run_job(job, lambda _: None, lambda allowed=allowed: next(allowed, 1))
            files.append([(job.folder(seed) / "progress.csv").read_bytes() for seed in job.seeds])
        assert files[0] == files[1]
