"""How many transitions a row of progress.csv tells of, as --row-every asks."""

import csv
import json

import pytest

import rlbench
from rlbench.errors import UserError

pytestmark = pytest.mark.usefixtures("quick_workers")

FEW = {"num_envs": 4, "num_steps": 16, "hidden_sizes": [8], "update_epochs": 1}


def rows(folder, seed=0):
    with (folder / "InvertedPendulum-v4" / "ppo" / f"seed-{seed}" / "progress.csv").open() as file:
        return [int(row["env_steps"]) for row in csv.DictReader(file)]


def train(folder, **options):
    rlbench.run("ppo", env="InvertedPendulum-v4", steps=512, out=folder, eval_every=0, settings=FEW, **options)


@pytest.mark.parametrize(
    ("row_every", "expected"), [(64, [*range(64, 513, 64)]), (200, [192, 384, 512]), (1, [*range(64, 513, 64)])]
)
def test_a_row_has_as_many_iterations_as_fit(tmp_path, row_every, expected):
    train(tmp_path, seeds=1, row_every=row_every)
    assert rows(tmp_path) == expected


def test_later_seeds_have_rows_as_those_that_are_there_and_a_run_keeps_its_own(tmp_path):
    train(tmp_path, seeds=1, row_every=256)
    train(tmp_path, seeds=2)
    assert rows(tmp_path, 1) == rows(tmp_path) == [256, 512]
    about = json.loads((tmp_path / "InvertedPendulum-v4" / "ppo" / "seed-1" / "run.json").read_text())
    assert about["row_every"] == 256
    with pytest.raises(UserError, match="row_every 256 there, 64 asked"):
        train(tmp_path, seeds=1, row_every=64)
    train(tmp_path, seeds=1, fresh=True)
    assert rows(tmp_path) == [512]


def test_rows_do_not_change_what_is_learnt(tmp_path):
    for row_every in (64, 512):
        train(tmp_path / str(row_every), seeds=1, row_every=row_every)
    theirs = [
        json.loads((tmp_path / each / "InvertedPendulum-v4/ppo/seed-0/run.json").read_text())["evaluation"]
        for each in ("64", "512")
    ]
    assert theirs[0] == theirs[1]
