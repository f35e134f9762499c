"""A sweep on a real Ray cluster of two nodes: a node and the driver are killed, the bytes are a local run's."""

import json
import os
import signal
import subprocess
import sys

import pytest

from rlbench.layout import run_folder

SWEEP = (
    *("reinforce", "cem", "--env", "Hopper-v4", "--seeds", "2", "--steps", "20k", "--eval-every", "10k"),
    *("--set", "cem.population=10"),
)


def command(*words):
    return [sys.executable, "-m", "rlbench", *words]


def call(*words, **options):
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=900, check=False, **options)
    assert "Traceback" not in done.stderr, done
    return done


def begin(cluster, *words):
    path = cluster.folder / "driver.txt"
    with path.open("ab") as log:
        return subprocess.Popen(command(*words), stdout=log, stderr=log, env=cluster.environment)


def rows(out, label):
    path = run_folder(out, "Hopper-v4", label, 0) / "progress.csv"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def status_of(path):
    return json.loads(path.read_text())["status"]


def results(out):
    return {
        path.relative_to(out): path.read_bytes()
        for name in ("progress.csv", "episodes.csv")
        for path in out.glob(f"Hopper-v4/*/seed-*/{name}")
    }


def ours():
    """Workers of rlbench that are at work on this machine."""
    told = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in told.splitlines() if "rlbench.sweep.launchers.worker" in line]


@pytest.mark.slow
def test_a_sweep_survives_what_happens_on_a_cluster(cluster, tmp_path):
    out, local = tmp_path / "out", tmp_path / "local"
    words = ("run", *SWEEP, "--out", str(out), "--launcher", "ray", "--address", cluster.address)

    cluster.add("first")
    cluster.add("other", PYTHONPATH=other_version(tmp_path))
    refused = call(*words, env=cluster.environment)
    assert refused.returncode == 2
    assert "mujoco 9.9 there, 4." in refused.stderr
    assert not out.exists()
    cluster.kill("other")

    cluster.add("second")
    driver = begin(cluster, *words)
    cluster.wait_until(lambda: rows(out, "reinforce") > 1 and rows(out, "cem") > 1, 300)
    cluster.kill("second")
    cluster.add("third")
    cluster.wait_until(lambda: "goes on from its checkpoints" in cluster.told("driver"), 180)
    assert "its node or its process there was lost" in cluster.told("driver")
    driver.kill()
    driver.wait(30)
    cluster.wait_until(lambda: not ours(), 180)

    before = len(cluster.told("driver"))
    driver = begin(cluster, *words)
    cluster.wait_until(lambda: ": running" in cluster.told("driver")[before:], 300)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(120) == 130
    assert not ours()
    assert "To go on: rlbench run" in cluster.told("driver")
    assert "stopped" in {status_of(path) for path in out.rglob("run.json")}

    again = call(*words, env=cluster.environment)
    assert again.returncode == 0, again
    assert "2 nodes of 2 cores" in again.stderr
    assert call("run", *SWEEP, "--out", str(local)).returncode == 0
    assert results(out) == results(local)
    assert len(results(out)) == 8
    assert call("check", str(out)).returncode == 0


def other_version(folder):
    """A path on which another version of MuJoCo seems to be installed."""
    package = folder / "other" / "mujoco-9.9.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: mujoco\nVersion: 9.9\n")
    return os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])


@pytest.mark.slow
def test_nodes_without_the_file_system_send_their_files(cluster, tmp_path):
    out, local = tmp_path / "out", tmp_path / "local"
    short = [word.replace("20k", "8k").replace("10k", "4k") for word in SWEEP]
    out.mkdir()
    hidden = ("unshare", "--mount", "--", "sh", "-c", f'mount -t tmpfs none {out} && exec "$@"', "sh")
    if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no folder can be hidden from a process here: unshare --mount is not allowed")
    cluster.add("first", hidden)
    cluster.add("second", hidden)
    words = ("run", *short, "--out", str(out), "--launcher", "ray", "--address", cluster.address)
    driver = begin(cluster, *words)
    cluster.wait_until(lambda: ": running" in cluster.told("driver"), 300)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(120) == 130
    assert "stopped" in {status_of(path) for path in out.rglob("run.json")}
    done = call(*words, env=cluster.environment)
    assert done.returncode == 0, done
    assert call("run", *short, "--out", str(local)).returncode == 0
    assert results(out) == results(local)
    assert call("check", str(out)).returncode == 0
    assert all((path.parent / "checkpoint.pt").exists() for path in out.rglob("run.json"))
