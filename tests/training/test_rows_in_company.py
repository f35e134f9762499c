"""Rows as they are by default, which are means over many iterations and minibatches: a seed's bytes in any company."""

import pytest

from rlbench.training.run import ROW_TRANSITIONS, run_job

MANY = {
    "a2c": {"num_envs": 16, "num_steps": 5},  # 25 iterations a row
    "acktr": {"num_envs": 4, "num_steps": 64, "critic_minibatch_size": 60, "inverse_period": 3},
    "ppo": {"num_envs": 8, "num_steps": 32, "minibatch_size": 15, "update_epochs": 2},  # 18 minibatches an epoch
}


@pytest.mark.parametrize(
    ("row", "seeds", "apart"),
    [(480, (0, 1, 3), (3,)), pytest.param(ROW_TRANSITIONS, (0, 1, 2, 3, 4), (0, 3), marks=pytest.mark.slow)],
    ids=["short", "long"],
)
@pytest.mark.parametrize("name", MANY)
def test_means_of_many_are_the_seeds_own(small_job, tmp_path, monkeypatch, name, row, seeds, apart):
    monkeypatch.setattr("rlbench.training.run.ROW_TRANSITIONS", row)
    steps = 2 * row + 300
    together = small_job(name, seeds=seeds, steps=steps, out=tmp_path / "together", eval_every=0, **MANY[name])
    run_job(together, lambda _: None)
    for seed in apart:
        alone = small_job(name, seeds=(seed,), steps=steps, out=tmp_path / "alone", eval_every=0, **MANY[name])
        run_job(alone, lambda _: None)
        one, other = ((job.folder(seed) / "progress.csv").read_bytes() for job in (together, alone))
        assert one.count(b"\n") > 2
        assert one == other


def test_seeds_whose_epochs_end_at_different_times_are_what_they_are_alone(small_job, tmp_path):
    settings = {"num_envs": 8, "num_steps": 32, "update_epochs": 8, "learning_rate": 3e-3, "target_kl": 0.02}

    def job(*seeds):
        folder = tmp_path / "-".join(map(str, seeds))
        return small_job(
            "ppo", env="InvertedPendulum-v4", seeds=seeds, steps=1024, out=folder, eval_every=0, **settings
        )

    run_job(together := job(0, 1, 2), lambda _: None)
    for seed in (0, 1, 2):
        run_job(alone := job(seed), lambda _: None)
        for name in ("progress.csv", "episodes.csv"):
            assert (together.folder(seed) / name).read_bytes() == (alone.folder(seed) / name).read_bytes()
