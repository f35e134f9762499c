"""The checks of a machine, each where something is missing."""

import errno
import importlib.metadata
import os
from pathlib import Path

import pytest

from rlbench.envs import rendering
from rlbench.errors import Fault
from rlbench.health import face, folders, gpu, machine, packages, simulation
from rlbench.health.check import Check, Health


def test_the_worst_outcome_is_the_status():
    good, bad, worse = (Check("a", outcome, "") for outcome in ("pass", "warn", "fail"))
    assert [Health(checks).status for checks in ((), (good,), (good, bad), (bad, worse, good))] == [0, 0, 3, 1]
    assert Health((bad,)).as_record() == {
        "worst": "warn",
        "checks": [{"name": "a", "outcome": "warn", "found": "", "hint": ""}],
    }


def test_packages_are_those_that_rlbench_requires():
    checks = {check.name: check for check in packages.check_packages()}
    assert {"torch", "mujoco", "gymnasium", "cmaes"} <= set(checks)
    assert {check.outcome for check in checks.values()} == {"pass"}
    assert checks["torch"].found == importlib.metadata.version("torch")
    assert "pytest" not in checks  # of an extra


def test_a_package_that_is_too_old_or_missing(monkeypatch):
    monkeypatch.setattr(packages, "requires", lambda _: ["numpy>=99", "no-such-package>=2", "rich>=13"])
    old, missing, good = packages.check_packages()
    assert (old.outcome, old.hint) == ("fail", "pip install --upgrade 'numpy>=99'")
    assert (missing.outcome, missing.found) == ("fail", "not installed; rlbench needs no-such-package>=2")
    assert good.outcome == "pass"


@pytest.mark.parametrize(
    ("cores", "present", "outcome", "words", "hint"),
    [
        (8, 8, "pass", "8 cores (", ""),
        (4, 64, "pass", "4 cores of 64: a control group or an affinity mask", ""),
        (1, 64, "warn", "1 core of 64", "Ask the batch system"),
        (1, 1, "warn", "jobs are trained one after another", "Use a machine with more."),
    ],
)
def test_cores(cores, present, outcome, words, hint):
    check = machine.check_cores(cores, present)
    assert check.outcome == outcome
    assert words in check.found
    assert check.hint.startswith(hint)
    assert bool(check.hint) == bool(hint)


def test_load():
    assert machine.check_load(0.9, 2).outcome == "pass"
    assert machine.check_load(1.1, 2).outcome == "warn"


def test_memory_is_for_a_worker_on_every_core():
    assert machine.check_memory(8_000_000_000, 4).outcome == "pass"
    few = machine.check_memory(700_000_000, 4)
    assert (few.outcome, few.hint) == ("warn", "Use --workers 2")
    assert machine.check_memory(100_000_000, 4).outcome == "fail"


def test_open_files():
    assert machine.check_files(1024).outcome == "pass"
    assert machine.check_files(64).hint == "Before rlbench run: ulimit -n 1024"


def test_threads_of_a_control_group(tmp_path, monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert machine.check_threads(tmp_path).found == "no limit is known"
    (tmp_path / "pids.current").write_text("30\n")
    (tmp_path / "pids.max").write_text("max\n")
    assert machine.check_threads(tmp_path).outcome == "pass"
    (tmp_path / "pids.max").write_text("40\n")
    assert (machine.check_threads(tmp_path).outcome, machine.check_threads(tmp_path).found) == (
        "warn",
        "only 10 more are allowed",
    )
    (tmp_path / "pids.max").write_text("4000\n")
    monkeypatch.setenv("OMP_NUM_THREADS", "16")
    check = machine.check_threads(tmp_path)
    assert check.found == "3,970 more are allowed; workers use one thread each, whatever OMP_NUM_THREADS=16 says"


def test_a_results_folder_that_can_be_written_to_stays_as_it_was(tmp_path):
    check = folders.check_results_folder(tmp_path / "not" / "yet")
    assert check.outcome == "pass"
    assert list(tmp_path.iterdir()) == []


def test_a_results_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(folders.tempfile, "TemporaryDirectory", refused)
    check = folders.check_results_folder(tmp_path / "results")
    assert (check.outcome, check.found) == ("fail", f"{tmp_path} cannot be written to: Read-only file system")
    assert check.hint == "Choose another one with --out, or change its permissions"


def test_a_results_folder_that_is_a_file(tmp_path):
    (tmp_path / "results").write_text("")
    assert folders.check_results_folder(tmp_path / "results").outcome == "fail"


@pytest.mark.parametrize(("free", "outcome"), [(10_000_000, "fail"), (500_000_000, "warn"), (5 * 10**9, "pass")])
def test_room_on_the_disk(free, outcome, tmp_path, monkeypatch):
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert folders.check_results_folder(tmp_path).outcome == outcome


def test_no_temporary_folder(monkeypatch):
    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(folders.tempfile, "gettempdir", none)
    check = folders.check_temporary_folder()
    assert (check.outcome, check.found) == ("fail", "No usable temporary directory found")


def card(folder, vendor="0x10de", kind="0x030200"):
    device = folder / "0000:01:00.0"
    device.mkdir()
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")


def test_no_gpu_is_no_trouble(tmp_path):
    check = gpu.check_gpu((), tmp_path)
    assert (check.outcome, check.found) == ("pass", "none; runs use the CPU")
    card(tmp_path, vendor="0x8086")
    assert gpu.check_gpu((), tmp_path).outcome == "pass"


def test_a_card_without_a_driver(tmp_path):
    card(tmp_path)
    check = gpu.check_gpu((), tmp_path)
    assert check.outcome == "warn"
    assert check.hint.startswith("Install NVIDIA's driver")


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Fault("it crashed (SIGSEGV)"), "warn", "torch or Warp fails on it: it crashed (SIGSEGV)"),
        ({"why_not": "torch 2.9 is built without CUDA"}, "warn", "there is a driver, and runs use the CPU"),
        (
            {"why_not": None, "name": "NVIDIA H100", "free": 79 * 10**9, "total": 80 * 10**9, "driver": "12.8"},
            "pass",
            "NVIDIA H100, 79 GB of 80 GB free, driver for CUDA 12.8",
        ),
    ],
)
def test_a_gpu(answer, outcome, words, tmp_path, monkeypatch):
    def ask(*_):
        if isinstance(answer, Fault):
            raise answer
        return answer

    monkeypatch.setattr(gpu, "ask", ask)
    (tmp_path / "nvidiactl").touch()
    check = gpu.check_gpu((str(tmp_path / "nvidiactl"),))
    assert check.outcome == outcome
    assert words in check.found
    assert bool(check.hint) == (outcome == "warn")


def test_warp_is_missed_only_beside_a_gpu(monkeypatch):
    def missing(_):
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(gpu, "version", missing)
    assert gpu.check_warp(Check("gpu", "pass", "none; runs use the CPU")).outcome == "pass"
    beside = gpu.check_warp(Check("gpu", "warn", "there is a driver"))
    assert (beside.outcome, beside.hint) == ("warn", "pip install 'rlbench[gpu]'")


def test_no_rendering_is_a_warning(monkeypatch):
    nothing = None, [rendering.Tried("egl", "it crashed (SIGSEGV)"), rendering.Tried("glfw", "no DISPLAY")]
    monkeypatch.setattr(rendering, "find_backend", lambda: nothing)
    check = face.check_rendering()
    assert check.outcome == "warn"
    assert check.found == "no backend draws (egl: it crashed (SIGSEGV); glfw: no DISPLAY); only videos need one"
    assert "apt-get install" in check.hint


def test_the_steps_are_gymnasiums():
    answer = simulation.take_steps("Hopper-v4", 30)
    assert answer["difference"] is None
    assert answer["speed"] > 100


def test_steps_that_differ_or_crash(monkeypatch):
    wrong = "the reward after step 3 of world 0 is 1.0, and Gymnasium's 2.0"
    monkeypatch.setattr(simulation, "ask", lambda *_, **__: {"difference": wrong, "speed": 1.0})
    assert simulation.check_simulation().found == f"not what Gymnasium does: {wrong}"

    def crash(*_, **__):
        raise Fault("it crashed (SIGILL)")

    monkeypatch.setattr(simulation, "ask", crash)
    assert (simulation.check_simulation().outcome, simulation.check_simulation().found) == (
        "fail",
        "it crashed (SIGILL)",
    )


def test_a_check_that_cannot_be_made_harms_no_other(monkeypatch, tmp_path):
    def broken(*_):
        raise RuntimeError("strange machine")

    quick = Check("quick", "pass", "")
    monkeypatch.setattr(machine, "check_memory", broken)
    monkeypatch.setattr(face, "check_rendering", lambda: quick)
    monkeypatch.setattr(face, "check_simulation", lambda: quick)
    monkeypatch.setattr(face, "check_gpu_and_warp", lambda: [quick])
    seen = []
    health = face.doctor(Path(tmp_path), on_check=seen.append)
    assert list(health.checks) == seen
    broken_one = next(check for check in seen if check.name == "memory")
    assert (broken_one.outcome, broken_one.found) == ("fail", "it cannot be looked at: RuntimeError: strange machine")
    assert health.status == 1
    assert seen[-1] == quick
