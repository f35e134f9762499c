"""Environments that are not MuJoCo tasks, through the same loop: choices, one-hot states, bounded vectors."""

import pytest

from rlbench.training.job import Finished
from rlbench.training.run import run_job


@pytest.mark.parametrize("algorithm", ["trpo", "ppo"])
@pytest.mark.parametrize("env", ["CartPole-v1", "FrozenLake-v1", "Pendulum-v1"])
def test_a_seed_is_the_same_bytes_in_any_company_and_after_a_break(small_job, tmp_path, algorithm, env):
    together = small_job(algorithm, env=env, seeds=(0, 1, 2), out=tmp_path / "together", eval_every=0)
    events = []
    run_job(together, events.append)
    assert [event.status for event in events if isinstance(event, Finished)] == ["finished"] * 3

    alone = small_job(algorithm, env=env, seeds=(1,), out=tmp_path / "alone", eval_every=0)

    def stop(event):
        if not isinstance(event, Finished) and event.env_steps == 512:
            raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlbench.training.run.CHECKPOINT_SECONDS", 0.0)
        patch.setattr("rlbench.training.run.ROW_TRANSITIONS", 1)
        with pytest.raises(SystemExit):
            run_job(alone, stop)
        run_job(alone, lambda _: None)
        once = small_job(algorithm, env=env, seeds=(0, 1), out=tmp_path / "once", eval_every=0)
        run_job(once, lambda _: None)
    for name in ("progress.csv", "episodes.csv"):
        assert (alone.folder(1) / name).read_bytes() == (once.folder(1) / name).read_bytes()
    assert (together.folder(1) / "episodes.csv").read_bytes() == (once.folder(1) / "episodes.csv").read_bytes()
