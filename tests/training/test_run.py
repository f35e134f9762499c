"""Whole jobs: what is written, seeds in any company, stopping and going on, divergence."""

import csv
import hashlib
import itertools
import json
import os
import signal
from dataclasses import replace

import pytest
import torch

from rlbench.algorithms import find
from rlbench.algorithms.contract import Space
from rlbench.algorithms.trpo import TRPO
from rlbench.checkpoint_file import load_checkpoint
from rlbench.errors import UserError
from rlbench.files import write_all
from rlbench.training import evaluation, watched_file
from rlbench.training import run as run_module
from rlbench.training.job import Finished, Progress
from rlbench.training.run import run_job
from rlbench.training.runs import SeedRun

ON_TABLES = ("cpi", "policy-iteration")
COMPARED = ("progress.csv", "episodes.csv", "checkpoint.pt")


pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


def run(job):
    events = []
    run_job(job, events.append)
    return events


def contents(job, seed):
    """A seed's files that must not depend on how the run came about; the times within a checkpoint do."""
    folder = job.folder(seed)
    checkpoint = load_checkpoint(folder / "checkpoint.pt")
    state = {name: value.tolist() for name, value in checkpoint["algorithm"].items() if not isinstance(value, dict)}
    return (folder / "progress.csv").read_bytes(), (folder / "episodes.csv").read_bytes(), state


def hashed(folder):
    """Lengths and SHA-256 of a seed's three tables."""
    tables = ((path.name, path.read_bytes()) for path in folder.glob("*.csv"))
    return {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in tables}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("algorithm", ["a2c", "acktr", "npg", "ppo", "reinforce", "trpo"])
def test_files_of_a_run(small_job, algorithm):
    job = small_job(algorithm)
    events = run(job)
    assert [e.env_steps for e in events if isinstance(e, Progress)] == [256, 512, 768, 1024]
    assert [(e.seed, e.status, e.env_steps) for e in events if isinstance(e, Finished)] == [
        (0, "finished", 1024),
        (1, "finished", 1024),
    ]
    for seed in job.seeds:
        folder = job.folder(seed)
        assert sorted(p.name for p in folder.iterdir()) == [
            "checkpoint.pt", "episodes.csv", "progress.csv", "run.json", "timing.csv",
        ]  # fmt: skip
        progress = rows(folder / "progress.csv")
        assert [(r["iteration"], r["env_steps"]) for r in progress] == [
            ("1", "256"), ("2", "512"), ("3", "768"), ("4", "1024"),
        ]  # fmt: skip
        assert [bool(r["eval_return_det"]) for r in progress] == [False, True, False, True]
        episodes = rows(folder / "episodes.csv")
        assert len(episodes) == sum(int(r["episodes"]) for r in progress)
        assert len(rows(folder / "timing.csv")) == 4
        description = json.loads((folder / "run.json").read_text())
        assert description["status"] == "finished"
        assert description["settings"]["num_steps"] == 16
        assert description["versions"]["torch"] == torch.__version__
        assert description["evaluation"]["eval_return_det"] == float(progress[-1]["eval_return_det"])


@pytest.mark.parametrize("algorithm", ["cem", "cma-es"])
def test_a_population_ends_where_another_generation_would_not_fit(small_job, enough_generations, algorithm):
    job = small_job(algorithm, env=enough_generations)
    finished = {each.seed: each for each in run(job) if isinstance(each, Finished)}
    for seed in job.seeds:
        progress = rows(job.folder(seed) / "progress.csv")
        steps = [int(row["env_steps"]) for row in progress]
        assert finished[seed].env_steps == steps[-1]
        assert 2 * steps[-1] - steps[-2] > job.steps  # another batch like the last would be too much
        assert 2 * steps[-2] - steps[-3] <= job.steps  # and the last was no larger than it, as far as one could know
        assert finished[seed].return_det == float(progress[-1]["eval_return_det"])


@pytest.mark.parametrize(
    "algorithm", ["trpo", *(pytest.param(each, marks=pytest.mark.slow) for each in ("trpo-vine", "cem"))]
)
def test_threads_that_come_and_go_change_no_byte(small_job, tmp_path, algorithm):
    plain = small_job(algorithm, out=tmp_path / "plain")
    run(plain)
    changing, numbers = small_job(algorithm, out=tmp_path / "changing"), itertools.cycle([1, 2, 2, 3, 1])
    made = []
    run_job(changing, made.append, lambda: next(numbers))
    assert len([event for event in made if isinstance(event, Finished)]) == len(plain.seeds)
    for seed in plain.seeds:
        assert contents(changing, seed) == contents(plain, seed)


@pytest.fixture
def enough_generations(stated_generations):
    """An environment in which a population's run has five rows: how long its episodes last is stated."""
    return stated_generations(lambda _, generation: 10 + 10 * generation)


class Killed(Exception):
    """Stands for a kill: nothing more is written."""


def test_what_is_finished_is_not_run_again(small_job):
    job = small_job()
    first = run(job)
    before = {path: path.stat().st_mtime_ns for path in job.out.rglob("*") if path.is_file()}
    again = run(job)
    assert again == [event for event in first if isinstance(event, Finished)]
    assert before == {path: path.stat().st_mtime_ns for path in job.out.rglob("*") if path.is_file()}
    more = run(replace(job, seeds=(0, 1, 2)))
    assert {e.seed for e in more if isinstance(e, Finished)} == {0, 1, 2}


def test_seeds_that_stand_at_different_places_all_reach_the_end(small_job, tmp_path, monkeypatch):
    whole = small_job(out=tmp_path / "whole", seeds=(0, 1))
    run(whole)
    monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)
    apart = small_job(out=tmp_path / "apart", seeds=(0, 1))
    for seed, stop in ((0, 512), (1, 768)):

        def kill(event, stop=stop):
            if isinstance(event, Progress) and event.env_steps == stop:
                raise Killed

        with pytest.raises(Killed):
            run_job(replace(apart, seeds=(seed,)), kill)
    run(apart)
    for seed in (0, 1):
        assert contents(apart, seed) == contents(whole, seed)


def test_other_settings_are_refused_with_the_difference(small_job):
    run(small_job(steps=256, gamma=0.99))
    with pytest.raises(UserError, match=r"gamma 0\.99 there, 0\.9 asked") as error:
        run(small_job(steps=256, gamma=0.9))
    assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="steps 256 there, 128 asked"):
        run(small_job(steps=128, gamma=0.99))


def test_sigterm_saves_and_the_same_command_goes_on(small_job, tmp_path):
    whole = small_job(out=tmp_path / "whole")
    run(whole)
    job = small_job(out=tmp_path / "stopped")

    def terminate(event):
        if isinstance(event, Progress) and event.env_steps == 512:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as stopped:
        run_job(job, terminate)
    assert stopped.value.code == 143
    about = json.loads((job.folder(0) / "run.json").read_text())
    assert about["status"] == "stopped"
    assert about["files"] == hashed(job.folder(0))

    def look(event):
        if isinstance(event, Progress):  # going on, and so not what the checksums were of
            now = json.loads((job.folder(0) / "run.json").read_text())
            assert (now["status"], now["files"], now["ended"]) == ("running", None, None)

    run_job(job, look)
    assert json.loads((job.folder(0) / "run.json").read_text())["files"] == hashed(job.folder(0))
    assert contents(job, 1) == contents(whole, 1)


def test_one_seeds_nan_is_one_seeds_nan(small_job, tmp_path, monkeypatch):
    whole = small_job(out=tmp_path / "whole", seeds=(0, 1, 2))
    run(whole)
    original = TRPO.iterate

    def poison(self, state, sampler):
        metrics = original(self, state, sampler)
        if sampler.env_steps[0] == 512 and 1 in sampler.env.seeds:
            state["theta"][sampler.env.seeds.index(1)] = torch.nan
        return metrics

    monkeypatch.setattr(TRPO, "iterate", poison)
    job = small_job(out=tmp_path / "poisoned", seeds=(0, 1, 2))
    ends = {e.seed: e.status for e in run(job) if isinstance(e, Finished)}
    assert ends == {0: "finished", 1: "diverged", 2: "finished"}
    assert contents(job, 0) == contents(whole, 0)
    assert contents(job, 2) == contents(whole, 2)
    assert [r["iteration"] for r in rows(job.folder(1) / "progress.csv")] == ["1", "2"]
    kept = load_checkpoint(job.folder(1) / "checkpoint.pt")["algorithm"]["theta"]
    assert torch.isfinite(kept).all()
    about = json.loads((job.folder(1) / "run.json").read_text())
    assert about["status"] == "diverged"
    assert about["files"] == hashed(job.folder(1))
    assert len(about["files"]) == 3


def test_what_overflows_is_told_of_by_the_status_alone(small_job):
    """Warnings are errors here."""
    job = small_job("ppo", learning_rate=1e38, schedule="constant")
    assert {e.status for e in run(job) if isinstance(e, Finished)} == {"diverged"}


def test_no_write_permission_is_one_line(small_job, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(UserError, match="Choose another folder with --out"):
        run(small_job(out=blocked))


@pytest.mark.parametrize(("poison", "status"), [(False, "finished"), (True, "diverged")])
def test_killed_between_its_last_checkpoint_and_its_last_word_it_has_ended(small_job, monkeypatch, poison, status):
    if poison:
        monkeypatch.setattr(TRPO, "iterate", poisoned(TRPO.iterate))
    job = small_job(seeds=(1,))

    def die(*_):
        raise Killed

    end = SeedRun._end
    monkeypatch.setattr(SeedRun, "_end", die)
    with pytest.raises(Killed):
        run(job)
    monkeypatch.setattr(SeedRun, "_end", end)
    before = (job.folder(1) / "progress.csv").read_bytes()
    [finished] = run(job)
    assert (finished.seed, finished.status) == (1, status)
    assert (job.folder(1) / "progress.csv").read_bytes() == before
    told = json.loads((job.folder(1) / "run.json").read_text())
    assert told["status"] == status
    assert told["env_steps"] == finished.env_steps > 0


def poisoned(iterate):
    """After the second iteration all is not a number."""
    calls = []

    def wrapper(self, state, sampler):
        metrics = iterate(self, state, sampler)
        calls.append(None)
        if len(calls) == 2:
            state["theta"].fill_(float("nan"))
        return metrics

    return wrapper


@pytest.mark.parametrize("name", ["progress.csv", "episodes.csv", "timing.csv"])
def test_a_file_that_somebody_cut_or_took_is_refused_and_nothing_is_lost(small_job, monkeypatch, name):
    monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)
    job = small_job(seeds=(1,))

    def kill(event):
        if isinstance(event, Progress) and event.env_steps == 768:
            raise Killed

    with pytest.raises(Killed):
        run_job(job, kill)
    path = job.folder(1) / name
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(UserError, match=f"{name} is shorter than it was at the latest checkpoint.*--fresh"):
        run(job)
    assert len(path.read_bytes()) == 30
    path.unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        run(job)


def test_a_full_disk_is_told_with_its_file_and_the_run_goes_on_when_there_is_room(small_job, tmp_path, monkeypatch):
    """The file takes a part of a row and then nothing: a limit on file sizes stands for the disk."""
    monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)
    whole, full = small_job(out=tmp_path / "whole"), small_job(out=tmp_path / "full")
    run(whole)
    size = (whole.folder(0) / "progress.csv").stat().st_size

    def nearly_full(file, content):
        if "progress" in str(file.name) and file.tell() + len(content) > size - 50:
            file.write(content[:20])
            raise OSError(28, "No space left on device", str(file.name))
        write_all(file, content)

    monkeypatch.setattr(watched_file, "write_all", nearly_full)
    with pytest.raises(OSError, match=r"No space left on device: .*progress.csv"):
        run(full)
    monkeypatch.setattr(watched_file, "write_all", write_all)
    assert not (full.folder(0) / "progress.csv").read_bytes().endswith(b"\n")
    run(full)
    for seed in whole.seeds:
        assert contents(full, seed) == contents(whole, seed)


@pytest.mark.parametrize("algorithm", ["cem", "cma-es"])
def test_a_generation_that_the_budget_cuts_teaches_nothing(small_job, monkeypatch, algorithm):
    """Without a time limit an episode may be very long: the budget holds all the same."""
    monkeypatch.setattr(evaluation, "LONGEST", 20)
    job = small_job(algorithm, env="CliffWalking-v1", seeds=(0,), steps=700, eval_every=0)
    [finished] = [event for event in run(job) if isinstance(event, Finished)]
    assert 700 - 6 < finished.env_steps <= 700
    state = load_checkpoint(job.folder(0) / "checkpoint.pt")["algorithm"]
    fresh = find(algorithm)(**job.settings).initial(Space(48, 1, 4), (0,))
    assert torch.equal(state["mean"], fresh["mean"])


def test_vital_signs_are_means_over_the_seeds_that_are_finite():
    metrics = {"kl": torch.tensor([0.01, 0.03]), "entropy": torch.tensor([torch.nan, 2.0]), "loss": torch.ones(2)}
    assert run_module.vital_signs(metrics) == pytest.approx({"kl": 0.02, "entropy": 2.0})
    assert run_module.vital_signs({"kl": torch.tensor([torch.nan])}) == {}


def test_progress_tells_the_vital_signs(small_job):
    [first, *_] = run(small_job(seeds=(0,), steps=256))
    assert {"kl", "entropy"} <= first.vital_signs.keys()
