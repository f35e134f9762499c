"""What `rlbench bench` measures, on sweeps small enough for a test."""

import csv
from dataclasses import replace

import pytest

from rlbench.envs.bare import bare_speed
from rlbench.errors import UserError
from rlbench.sweep import bench
from rlbench.sweep.bench import PARTS, Measured, best, measure, read_counts, write_table
from rlbench.sweep.lookup import suitable
from rlbench.sweep.request import Words, read_request

EXAMPLE = Measured(
    env="A",
    algorithm="x",
    workers=1,
    seeds=2,
    transitions=100,
    bare=10.0,
    speed=5.0,
    share=0.5,
    least=0.5,
    greatest=0.5,
    physics=0.5,
    worlds=0.1,
    policy=0.1,
    sampling=0.1,
    update=0.1,
    files=0.1,
    evaluation=1.0,
    start_up=1.0,
    memory=1000,
)


def test_a_sweep_is_measured_by_its_own_files():
    said = {"num_envs": "2", "num_steps": "32", "update_epochs": "1"}
    words = Words(["ppo"], ["InvertedPendulum-v4", "CartPole-v1"], seeds="3,5,9", settings=said)
    results = list(measure(read_request(words, None), (1, 2), seconds=0.01, repeats=1))
    assert [(each.env, each.workers) for each in results] == [
        ("InvertedPendulum-v4", 1),
        ("InvertedPendulum-v4", 2),
        ("CartPole-v1", 1),
        ("CartPole-v1", 2),
    ]
    for each in results:
        assert (each.algorithm, each.seeds) == ("ppo", 3)
        assert each.transitions >= 3 * 3 * 64  # three iterations of each seed
        assert each.transitions % (3 * 64) == 0
        parts = [getattr(each, part) for part in PARTS]
        assert sum(parts) == pytest.approx(1, abs=0.1)  # the files' times are in milliseconds
        assert min(parts[:5]) > 0
        assert each.evaluation > 0
        assert each.start_up > 0
        assert each.memory > 10**7
    for pendulum in results[:2]:
        assert pendulum.share == pendulum.speed / pendulum.bare
    assert {each.bare for each in results[2:]} == {None}  # not a task of MuJoCo's


def test_seeds_that_end_at_different_steps_are_counted_each_for_itself(monkeypatch):
    """A population's seeds do: the job has taken what its longest seed tells, and made what all of them made."""
    told, timings = [], bench._timings

    def spy(job):
        told.append(timings(job))
        return told[-1]

    monkeypatch.setattr(bench, "_timings", spy)
    words = Words(["cma-es"], ["CartPole-v1"], seeds="3", settings={"population": "4"})
    [measured] = measure(read_request(words, None), (1,), seconds=0.1, repeats=1)
    steps = [timing["env_steps"] for timing in told[0]]
    assert len(set(steps)) > 1
    assert measured.transitions == sum(steps)
    longest = max(timing["wall"] - timing["eval"] for timing in told[0])
    assert measured.speed == pytest.approx(sum(steps) / longest, rel=0.05)


def test_the_middle_repeat_is_told_of(monkeypatch):
    speeds = iter([3.0, 30.0, 1.0, 20.0, 2.0, 10.0])

    def once(request, _looked_up, _seconds):
        speed = next(speeds)
        return replace(EXAMPLE, workers=request.workers, speed=speed, share=speed / 100)

    monkeypatch.setattr("rlbench.sweep.bench._once", once)
    request = read_request(Words(["ppo"], ["InvertedPendulum-v4"], seeds="4"), None)
    results = list(measure(request, (1, 2), seconds=1, repeats=3))
    assert [(each.workers, each.speed) for each in results] == [(1, 2.0), (2, 20.0)]
    assert all(each.least < each.share < each.greatest for each in results)
    assert best(results) == {("A", "x"): 2}


def test_a_mistake_is_known_before_anything_is_measured():
    with pytest.raises(UserError, match="There is no algorithm 'nosuch'"):
        measure(read_request(Words(["nosuch"], ["Hopper-v4"]), None), (1,), seconds=1, repeats=1)


def test_the_table_reads_back(tmp_path):
    write_table(tmp_path / "new" / "table.csv", [EXAMPLE, replace(EXAMPLE, bare=None, share=None)])
    with (tmp_path / "new" / "table.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["speed"], first["bare"], second["bare"]) == ("5.0", "10.0", "")


def test_a_table_that_cannot_be_written_is_a_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"--out .*/file/table.csv cannot be written to: .* Name another file"):
        write_table(tmp_path / "file" / "table.csv", [])


def test_numbers_of_workers():
    assert read_counts(None, 1) == (1,)
    assert read_counts(None, 8) == (1, 4, 8)
    assert read_counts("4,2,4", 1) == (2, 4)
    with pytest.raises(UserError, match="--workers is a whole number of at least 1"):
        read_counts("2,none", 1)


def test_algorithms_that_cannot_learn_there_are_left_out():
    assert "ppo" in suitable(["FrozenLake-v1"])
    assert "cpi" in suitable(["FrozenLake-v1"])
    assert "cpi" not in suitable(["FrozenLake-v1", "Hopper-v4"])
    with pytest.raises(UserError, match="Nowhere-v0"):
        suitable(["Nowhere-v0"])


def test_the_bare_simulator_makes_steps():
    assert bare_speed("InvertedPendulum-v4", threads=1, seconds=0.05) > 1000
