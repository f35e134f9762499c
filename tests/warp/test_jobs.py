"""Whole runs on MuJoCo Warp: every algorithm, learning, going on, and what is refused."""

import csv
import dataclasses
import json
import os
import signal
from types import SimpleNamespace

import pytest
import torch

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.settings import resolve
from rlbench.envs import gpu
from rlbench.errors import UserError
from rlbench.sweep.gpu_memory import GpuMemory, refuse_too_large_for_gpu
from rlbench.sweep.jobs import make_jobs
from rlbench.sweep.lookup import here, look_up
from rlbench.sweep.placement import choose_faster_device, resolve_device
from rlbench.sweep.request import RawOptions, read_request
from rlbench.training import evaluation
from rlbench.training import run as run_module
from rlbench.training.job import Job
from rlbench.training.run import run_job

SMALL = {
    "cem": {"population": 6, "elite_fraction": 0.4},
    "cma-es": {"population": 6},
    "trpo-vine": {"num_envs": 4, "num_steps": 4, "states": 5, "branches": 3, "horizon": 6},
}
ON_TABLES = ("cpi", "policy-iteration")


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "EPISODES", 2)

    def make(algorithm="ppo", env="InvertedPendulum-v4", seeds=(0, 1), steps=2048, out=tmp_path / "out", **settings):
        chosen = SMALL.get(algorithm, {"num_envs": 4, "num_steps": 32}) | settings
        resolved = dataclasses.asdict(resolve(find(algorithm), algorithm, chosen))
        return Job(algorithm, env, seeds, steps, resolved, 0, out, device="warp-cpu")

    return make


def rows(job, seed, name="progress.csv"):
    with (job.folder(seed) / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if name not in ON_TABLES])
def test_every_algorithm_runs(job, algorithm):
    small = job(algorithm, steps=256)
    run_job(small, lambda _: None)
    for seed in small.seeds:
        told = json.loads((small.folder(seed) / "run.json").read_text())
        assert told["status"] == "finished"
        assert told["physics"] == "mujoco_warp (CPU, float32)"
        assert {"mujoco-warp", "warp-lang"} <= set(told["versions"])
        assert {row["unstable_worlds"] for row in rows(small, seed)} == {"0.0"}


@pytest.mark.slow
def test_ppo_learns_to_balance(job):
    """A pendulum that nobody has learned to balance falls within a hundred steps; at best it stands for 1,000."""
    learning = job(steps=24_576, num_envs=16, num_steps=128)
    run_job(learning, lambda _: None)
    assert all(float(rows(learning, seed)[-1]["eval_return_det"]) > 300 for seed in learning.seeds)


def test_a_stopped_run_goes_on_to_the_same_bytes(job, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 1)
    whole, parts = (job(steps=512, out=tmp_path / name) for name in ("whole", "parts"))

    def stop(progress):
        if getattr(progress, "env_steps", 0) == 256:
            os.kill(os.getpid(), signal.SIGTERM)

    run_job(whole, lambda _: None)
    with pytest.raises(SystemExit):
        run_job(parts, stop)
    assert len(rows(parts, 0)) < len(rows(whole, 0))
    run_job(parts, lambda _: None)
    for seed in whole.seeds:
        for name in ("progress.csv", "episodes.csv"):
            assert (whole.folder(seed) / name).read_bytes() == (parts.folder(seed) / name).read_bytes()


def test_a_run_keeps_to_its_physics(job):
    small = job(steps=256)
    run_job(small, lambda _: None)
    with pytest.raises(UserError, match=r"physics mujoco_warp .* there, mujoco\.batch .* asked"):
        run_job(dataclasses.replace(small, device="cpu"), lambda _: None)


def test_newton_in_place_of_pgs_is_said():
    assert gpu.physics_of("Humanoid-v5", "cuda") == "mujoco_warp (CUDA, float32, Newton in place of PGS)"
    assert gpu.physics_of("Ant-v5", "cuda") == "mujoco_warp (CUDA, float32)"


# What is chosen and refused before anything runs.


def request(algorithm="ppo", env="Hopper-v4", device="warp-cpu", **words):
    return read_request(RawOptions(algorithms=[algorithm], env=[env], device=device, **words), None)


def test_one_process_has_all_seeds_and_is_told_of_the_buffers():
    asked = request(seeds=100, gpu_buffers="32,128")
    looked_up = look_up(asked, here)
    (job,) = make_jobs(asked, looked_up)
    assert (len(job.seeds), job.device, job.gpu_buffers) == (100, "warp-cpu", (32, 128))
    assert looked_up.gpu.per_seed["Hopper-v4", "ppo"] > 16 * 13_000


def test_other_environments_have_no_gpu():
    with pytest.raises(UserError, match="CartPole-v1 runs on the CPU alone"):
        look_up(request(env="CartPole-v1"), here)


def test_more_than_fits_is_refused_with_what_would():
    memory = GpuMemory(3_000_000_000, {("Hopper-v4", "ppo"): 20_000_000})
    refuse_too_large_for_gpu(memory, 100)
    refuse_too_large_for_gpu(None, 10**9)
    with pytest.raises(UserError, match=r"ppo on Hopper-v4 .* About 100 seeds fit"):
        refuse_too_large_for_gpu(memory, 101)
    with pytest.raises(UserError, match="Not one seed fits"):
        refuse_too_large_for_gpu(GpuMemory(1_000_000, memory.per_seed), 1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"missing": True}, "pip install 'rlbench\\[gpu\\]'"),
        ({"cuda": None}, "built without CUDA"),
        ({"available": False}, "torch sees no NVIDIA GPU"),
        ({"warps": False}, "it needs a newer NVIDIA driver"),
        ({"graphs": False}, "driver is older than CUDA 12.4"),
        ({"arch": 70}, "capability 7.0, 7.5 is needed"),
    ],
)
def test_why_there_is_no_gpu_is_one_line(monkeypatch, changed, reason):
    usual = {"missing": False, "cuda": "13", "available": True, "warps": True, "graphs": True, "arch": 90}
    there = SimpleNamespace(**usual | changed)
    monkeypatch.setattr(gpu, "find_spec", lambda _: None if there.missing else "found")
    monkeypatch.setattr("torch.version.cuda", there.cuda)
    monkeypatch.setattr("torch.cuda.is_available", lambda: there.available)
    monkeypatch.setattr("warp.is_cuda_available", lambda: there.warps)
    monkeypatch.setattr("warp.is_conditional_graph_supported", lambda: there.graphs)
    monkeypatch.setattr("warp.get_device", lambda _: there)
    assert gpu.why_not("warp-cpu") == (None if not there.missing else gpu.why_not("cuda"))
    with pytest.raises(UserError, match=f"^--device cuda: .*{reason}") as error:
        gpu.refuse_without_gpu("cuda")
    assert "\n" not in str(error.value)


def test_no_gpu_is_missed_where_there_is_one(monkeypatch):
    monkeypatch.setattr("torch.version.cuda", "13")
    for module, name in (("torch.cuda", "is_available"), ("warp", "is_cuda_available")):
        monkeypatch.setattr(f"{module}.{name}", lambda: True)
    monkeypatch.setattr("warp.is_conditional_graph_supported", lambda: True)
    monkeypatch.setattr("warp.get_device", lambda _: SimpleNamespace(arch=90))
    gpu.refuse_without_gpu("cuda")


def test_a_gpu_that_cannot_be_tried_is_told_of_and_left(monkeypatch):
    def burn(*_):
        raise RuntimeError("too\nhot")

    monkeypatch.setattr(gpu, "why_not", lambda _: None)
    monkeypatch.setattr("rlbench.envs.bare.bare_warp_speed", burn)
    chosen = choose_faster_device(request(device="cpu"))
    assert chosen.device == "cpu"
    assert chosen.device_reason == "auto: the GPU could not be tried, RuntimeError: too hot"


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("4 GiB"), RuntimeError("Failed to allocate 4 bytes")])
def test_a_full_memory_is_a_line(job, monkeypatch, error):
    def fill(*_, **__):
        raise error

    monkeypatch.setattr("rlbench.envs.make", fill)
    with pytest.raises(UserError, match=r"^The GPU's memory is full \(.*\). Lower --seeds or --num-envs.$"):
        run_job(job(), lambda _: None)


def test_a_generation_cut_at_once_teaches_nothing(job):
    """No pendulum falls within three steps."""
    for algorithm in ("cma-es", "cem"):
        short = job(algorithm, steps=22)
        run_job(short, lambda _: None)
        assert [row["env_steps"] for row in rows(short, 0)] == ["18"]  # six worlds, and no room for a fourth step


@pytest.mark.parametrize(("speed", "device"), [(1e9, "cuda"), (1.0, "cpu")])
def test_auto_takes_the_faster_and_says_why(monkeypatch, speed, device):
    monkeypatch.setattr("rlbench.sweep.devices.find_spec", lambda _: "found")
    monkeypatch.setattr(gpu, "why_not", lambda _: None)
    monkeypatch.setattr("rlbench.envs.bare.bare_warp_speed", lambda _, worlds, *__: speed if worlds == 80 else 0)
    monkeypatch.setattr(
        "rlbench.sweep.lookup.try_environment", None
    )  # environments and sizes are looked up later, once
    asked = dataclasses.replace(request(device="cpu"), device="auto", workers=4)
    chosen = resolve_device(asked, lambda function, *given: function(*given))
    assert chosen.device == device
    assert chosen.workers == (1 if device == "cuda" else 4)
    assert chosen.device_reason.startswith("auto: its simulator makes ")
    assert resolve_device(chosen, None) == chosen


def test_auto_stays_where_a_gpu_is_of_no_use(monkeypatch):
    assert (
        choose_faster_device(request(env="CartPole-v1", device="cpu")).device_reason
        == "auto: CartPole-v1 runs only there"
    )
    monkeypatch.setattr(gpu, "why_not", lambda _: "it is on fire")
    assert choose_faster_device(request(device="cpu")).device_reason == "auto: it is on fire"
