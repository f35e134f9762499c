import pytest

from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.report.page.cautions import cautions
from rlbench.analysis.report.page.origins import read_abouts

ROWS = ["0,500,1,,,,1,,,,,,", "1,1000,1,,,,2,,,,,,"]


@pytest.fixture
def said(tmp_path):
    def say(**choices):
        readings = read(Choice((tmp_path,), **choices), {"return_mean"})
        return cautions(readings.logs, read_abouts(readings.runs), "return_mean")

    return say


def many(tmp_path, write_run, learning_curve, algorithms=("ppo", "trpo"), seeds=10, **run):
    for algorithm in algorithms:
        for seed in range(seeds):
            write_run(tmp_path, "Hopper-v4", algorithm, seed, rows=learning_curve(seed, iterations=10), **run)


def test_nothing_is_said_of_ten_equal_seeds(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve)
    assert said() == []


def test_few_seeds(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve, seeds=1)
    assert said() == ["few seeds: 1 seed of each algorithm. Intervals are only rough with fewer than 10"]
    many(tmp_path, write_run, learning_curve, ("trpo",), seeds=3)
    assert said() == [
        "few seeds: 1 seed of ppo on Hopper-v4. Intervals are only rough with fewer than 10",
        "few seeds: 3 seeds of trpo on Hopper-v4. Intervals are only rough with fewer than 10",
    ]


def test_a_diverged_seed(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve)
    write_run(tmp_path, seed=3, rows=learning_curve(3, iterations=10, until=0.5), status="diverged")
    assert "diverged: Hopper-v4 trpo seed 3 at 500k transitions; it counts with its last finite value" in said()


def test_unequal_lengths(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve)
    write_run(tmp_path, seed=3, rows=learning_curve(3, iterations=10, until=0.5), status="stopped")
    assert said() == ["Hopper-v4: unequal lengths, compared at 500k transitions: ppo 1M, trpo 500k"]


def test_mixed_versions_of_what_may_be_compared(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve)
    versions = {"mujoco": "4.0.0", "gymnasium": "1.4.0", "torch": "2.9"}
    write_run(tmp_path, seed=0, rows=learning_curve(0, iterations=10), versions=versions)
    versions["torch"] = "2.10"
    write_run(tmp_path, seed=1, rows=learning_curve(1, iterations=10), versions=versions, platform={"system": "other"})
    assert said() == ["Hopper-v4: runs differ in torch version: 2.10, 2.9"]


def test_mixed_versions_that_are_kept_apart(said, tmp_path, write_run, learning_curve):
    many(tmp_path, write_run, learning_curve)
    write_run(tmp_path, seed=0, rows=learning_curve(0, iterations=10), versions={"mujoco": "3.3", "gymnasium": "1.4.0"})
    assert "Hopper-v4: runs differ in mujoco version: 3.3, 4.0.0" in said(allow_mixed=True)
