"""Names of folders: what training writes is what analysis finds, and no id leads out of the results folder."""

from pathlib import Path

import pytest

from rlbench import layout


@pytest.mark.parametrize("seed", [0, 7, 10**17])
def test_a_seeds_folder_tells_the_seed(seed):
    assert layout.seed_of(layout.seed_folder(seed)) == seed


@pytest.mark.parametrize("name", ["seed-", "seed-01", "seed--1", "seed-1.old-1", "aseed-1", "seed-٣", "seed-1\n", "1"])
def test_other_names_are_no_seeds(name):
    assert layout.seed_of(name) is None


@pytest.mark.parametrize("env", ["../../etc", "a/b", "module:Id-v0", "..", "", "C:\\x", "Hopper-v4"])
def test_a_run_stays_below_its_results_folder(env):
    folder = layout.run_folder(Path("out"), env, "trpo", 3)
    assert len(folder.parts) == 4
    assert ".." not in folder.parts


def test_what_is_complete_is_closed_and_what_is_closed_is_a_status():
    assert set(layout.COMPLETE_STATUSES) < set(layout.CLOSED_STATUSES) < set(layout.STATUSES)
