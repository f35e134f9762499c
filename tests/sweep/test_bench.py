"""What `rlbench bench` measures, on sweeps small enough for a test."""

import contextlib
import csv
import itertools
import json
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import pytest

from rlbench.envs import bare
from rlbench.errors import UserError
from rlbench.sweep import bench, lookup
from rlbench.sweep.bench import PARTS, Measured, best, measure, read_counts, write_table
from rlbench.sweep.launchers.contract import Done
from rlbench.sweep.lookup import here, look_up, suitable
from rlbench.sweep.request import RawOptions, read_request
from rlbench.training.records import TIMING

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


pytestmark = pytest.mark.usefixtures("quick_workers")


def test_every_variant_of_a_grid_is_measured(monkeypatch):
    words = RawOptions(["cem", "ppo"], ["CartPole-v1"], settings={"clip_coef": "0.1,0.2"})
    monkeypatch.setattr(bench, "_once", lambda _, label, *__: replace(EXAMPLE, algorithm=label))
    measured = measure(read_request(words, None), (1,), seconds=0.01, repeats=1)
    assert [each.algorithm for each in measured] == ["cem", "ppo-clip_coef=0.1", "ppo-clip_coef=0.2"]


@pytest.mark.parametrize("counts", [(1,), pytest.param((1, 2), marks=pytest.mark.slow)], ids=str)
def test_a_sweep_is_measured_by_its_own_files(counts):
    said = {"num_envs": "2", "num_steps": "32", "update_epochs": "1"}
    words = RawOptions(["ppo"], ["InvertedPendulum-v4", "CartPole-v1"], seeds="3,5,9", settings=said)
    results = list(measure(read_request(words, None), counts, seconds=0.01, repeats=1))
    expected = [(env, count) for env in ("InvertedPendulum-v4", "CartPole-v1") for count in counts]
    assert [(each.env, each.workers) for each in results] == expected
    for each in results:
        assert (each.algorithm, each.seeds) == ("ppo", 3)
        assert each.transitions >= 3 * 3 * 64  # three iterations of each seed
        assert each.transitions % (3 * 64) == 0
        assert each.speed > 0
        assert each.start_up > 0
        assert each.memory > 10**7
    for pendulum in results[: len(counts)]:
        assert pendulum.share == pendulum.speed / pendulum.bare
    assert {each.bare for each in results[len(counts) :]} == {None}  # not a task of MuJoCo's


class TellingWorkers:
    """Trains nothing: writes for each seed, as its last row of times, what its job had taken when the seed ended."""

    ROWS = (
        {"env_steps": 100, "wall": 8, "collect": 4, "learn": 1, "worlds": 2, "physics": 1},
        {"env_steps": 150, "wall": 10, "collect": 5, "learn": 2, "worlds": 3, "physics": 2},
        {"env_steps": 120, "wall": 9, "collect": 5, "learn": 1, "worlds": 2, "physics": 1},
    )
    ALWAYS = MappingProxyType({"iteration": 1, "eval": 2, "files": 1, "policy": 1, "processor": 1})

    def __init__(self, count, **_):
        assert count == 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nobody is there to be stopped."""

    def run(self, jobs):
        for index, job in enumerate(jobs):
            for seed, told in zip(job.seeds, self.ROWS, strict=True):
                job.folder(seed).mkdir(parents=True)
                with (job.folder(seed) / "timing.csv").open("w", newline="") as file:
                    rows = csv.DictWriter(file, TIMING)
                    rows.writeheader()
                    rows.writerow({name: {**told, **self.ALWAYS}[name.removesuffix("_time")] for name in TIMING})
                (job.folder(seed) / "run.json").write_text(json.dumps({"peak_memory": 1000 + seed}))
            yield index, Done()


def test_seeds_that_end_at_different_steps_are_counted_each_for_itself(monkeypatch):
    """A population's seeds do: the job has taken what its longest seed tells, and made what all of them made."""
    speeds, clock = iter([40.0, 110.0]), iter([0.0, 13.0])
    request = read_request(RawOptions(["cma-es"], ["InvertedPendulum-v4"], seeds="3", workers="1"), None)
    looked_up = look_up(request, here)
    monkeypatch.setattr(bench, "Workers", TellingWorkers)
    monkeypatch.setattr(bench, "_bare", lambda *_: next(speeds))
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(clock))
    measured = bench._once(request, "cma-es", looked_up, seconds=1)
    assert (measured.transitions, measured.speed) == (370, 370 / 8)  # the second seed's 10 seconds, without evaluation
    assert (measured.bare, measured.share) == (75, 370 / 8 / 75)
    parts = {"physics": 2, "worlds": 1, "policy": 1, "sampling": 1, "update": 2, "files": 1}
    assert {part: getattr(measured, part) for part in PARTS} == {part: taken / 8 for part, taken in parts.items()}
    assert (measured.evaluation, measured.start_up, measured.memory) == (2, 3, 1002)


def test_the_middle_repeat_is_told_of(monkeypatch):
    speeds = iter([3.0, 30.0, 1.0, 20.0, 2.0, 10.0])

    def once(request, _label, _looked_up, _seconds):
        speed = next(speeds)
        return replace(EXAMPLE, workers=request.workers, speed=speed, share=speed / 100)

    monkeypatch.setattr("rlbench.sweep.bench._once", once)
    request = read_request(RawOptions(["ppo"], ["InvertedPendulum-v4"], seeds="4"), None)
    results = list(measure(request, (1, 2), seconds=1, repeats=3))
    assert [(each.workers, each.speed) for each in results] == [(1, 2.0), (2, 20.0)]
    assert all(each.least < each.share < each.greatest for each in results)
    assert best(results) == {("A", "x"): 2}


def test_a_mistake_is_known_before_anything_is_measured():
    with pytest.raises(UserError, match="There is no algorithm 'nosuch'"):
        measure(read_request(RawOptions(["nosuch"], ["Hopper-v4"]), None), (1,), seconds=1, repeats=1)


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


@contextlib.contextmanager
def nobody(_count):
    """Answers in this process what a worker would be started for."""
    yield SimpleNamespace(ask=here)


def test_algorithms_that_cannot_learn_there_are_left_out(monkeypatch):
    assert {"ppo", "cpi"} <= set(suitable(["FrozenLake-v1"]))
    monkeypatch.setattr(lookup, "Workers", nobody)
    assert "cpi" not in suitable(["FrozenLake-v1", "Hopper-v4"])
    with pytest.raises(UserError, match="Nowhere-v0"):
        suitable(["Nowhere-v0"])


def test_the_bare_simulators_speed_is_its_steps_by_their_time(monkeypatch):
    """Each look at the clock finds it a hundredth of a second later; a step of 64 worlds is between two of them."""
    looks = itertools.count()
    monkeypatch.setattr(bare.time, "perf_counter", lambda: next(looks) / 100)
    assert bare.bare_speed("InvertedPendulum-v4", threads=1, seconds=0.2) == pytest.approx(6400)
