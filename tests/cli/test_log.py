"""`rlbench run --log`: rows for a dashboard beside progress.csv."""

import csv

import pytest
from mistakes import without_progress
from strangers import RUN

from rlbench.analysis.reading.importers.events import read_events

QUICK = ("--steps", "512", "--set", "num_envs=4", "--set", "num_steps=64", "--set", "critic_epochs=1", *RUN)


@pytest.mark.usefixtures("site")
def test_the_events_are_the_rows(cli, tmp_path):
    done = cli("run", "reinforce", "--env", "InvertedPendulum-v4", *QUICK, "--log", "tensorboard")
    assert (done.status, without_progress(done.err)) == (0, "")
    for seed in (0, 1):
        place = f"InvertedPendulum-v4/reinforce/seed-{seed}"
        with (tmp_path / "out" / place / "progress.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        folder = tmp_path / "out" / "tensorboard" / "InvertedPendulum-v4" / "reinforce" / str(seed)
        events = read_events(list(folder.iterdir()), ("return_mean", "entropy"))
        told = {row["env_steps"]: row["entropy"] for row in rows}
        entropy = events.scalars["entropy"]
        assert list(entropy.steps) == [int(step) for step in told]
        assert list(entropy.values) == pytest.approx([float(value) for value in told.values()])
    assert cli("check", "out").status == 0
    assert cli("table", "out").status == 0


def test_a_misspelt_dashboard_is_one_line(cli):
    refused = cli("run", "trpo", "--env", "Hopper-v4", "--log", "tensorbord")
    assert (refused.status, refused.out) == (2, "")
    assert "Did you mean tensorboard?" in refused.err
