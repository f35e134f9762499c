"""Where the time of a job goes."""

import csv

import pytest

from rlbench.training import clock as clock_module
from rlbench.training.clock import Clock
from rlbench.training.run import run_job


@pytest.fixture
def time_goes(monkeypatch):
    """A clock whose seconds pass when told."""
    now = [0.0]
    monkeypatch.setattr(clock_module.time, "perf_counter", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds
        return seconds

    return pass_by


def test_each_part_has_its_seconds_and_a_lap_starts_anew(time_goes):
    clock = Clock()
    step = clock.timed("worlds", time_goes)
    with clock.learning():
        time_goes(1)
        with clock.during("collect"):
            assert step(2) == 2
            assert step(seconds=3) == 3
            time_goes(4)
        time_goes(5)
    with clock.during("eval"):
        time_goes(6)
    time_goes(7)
    seconds = clock.lap()
    del seconds["processor"]
    assert seconds == {"collect": 9, "learn": 6, "eval": 6, "files": 0, "policy": 0, "worlds": 5, "physics": 0}
    step(1)
    assert clock.lap()["worlds"] == 1


def test_processor_time_is_shared_out_over_seeds(monkeypatch):
    shown = iter([10.0, 16.0, 17.0])
    monkeypatch.setattr("time.process_time", lambda: next(shown))
    clock = Clock()
    assert clock.lap(seeds=3)["processor"] == 2
    assert clock.lap()["processor"] == 1


def test_what_fails_took_time_too(time_goes):
    clock = Clock()
    slow = clock.timed("files", lambda: time_goes(1 / 4) / 0)
    with pytest.raises(ZeroDivisionError):
        slow()
    assert clock.lap()["files"] == 0.25


@pytest.mark.parametrize("algorithm", ["ppo", "trpo-vine", "cem"])
def test_a_run_tells_of_its_parts(small_job, algorithm):
    job = small_job(algorithm)
    run_job(job, lambda _: None)
    with (job.folder(0) / "timing.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        parts = [row[f"{part}_time"] for part in ("collect", "learn", "eval", "files")]
        assert sum(parts) == pytest.approx(row["wall_time"], abs=0.003)  # each is rounded to milliseconds
        assert row["physics_time"] <= row["worlds_time"] <= row["collect_time"]
        assert row["policy_time"] <= row["collect_time"]
    assert all(rows[-1][f"{part}_time"] > 0 for part in ("collect", "eval", "worlds", "physics", "processor"))
    for name in rows[0]:
        column = [row[name] for row in rows]
        assert column == sorted(column)
