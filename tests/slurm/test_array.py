"""A sweep as an array of a real Slurm: both nodes, a task queued again, a node that dies, the bytes of a local run."""

import json
import subprocess
import sys
import time

import pytest

import rlbench
from rlbench.layout import run_folder

# Long enough that faults meet tasks that still run: some half a minute of a core each
SWEEP = (
    "reinforce",
    "cem",
    "--env",
    "Hopper-v4",
    "--seeds",
    "2",
    "--steps",
    "100k",
    "--eval-every",
    "50k",
    "--set",
    "cem.population=10",
)
ENDED = {"COMPLETED", "FAILED", "CANCELLED"}


def call(*words):
    done = subprocess.run(
        [sys.executable, "-m", "rlbench", *words], capture_output=True, text=True, timeout=300, check=False
    )
    assert "Traceback" not in done.stderr, done
    return done


def rows(out, label):
    path = run_folder(out, "Hopper-v4", label, 0) / "progress.csv"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def results(out):
    return {
        path.relative_to(out): path.read_bytes()
        for name in ("progress.csv", "episodes.csv")
        for path in out.glob(f"Hopper-v4/*/seed-*/{name}")
    }


@pytest.mark.slow
def test_an_array_survives_what_happens_on_a_cluster(cluster, tmp_path):
    out, local = tmp_path / "out", tmp_path / "local"
    told = call("run", *SWEEP, "--out", str(out), "--launcher", "slurm", "--time", "10", "--submit")
    assert told.returncode == 0, told
    [script] = (out / "sweeps").glob("*.sh")
    job = script.with_suffix(".job").read_text().strip()
    assert f"Submitted as Slurm job {job}" in told.stderr
    again = call("run", *SWEEP, "--out", str(out), "--launcher", "slurm")
    assert again.returncode == 2
    assert "queued already as Slurm job" in again.stderr or "Another process is at work" in again.stderr

    cluster.wait_until(lambda: min(rows(out, "reinforce"), rows(out, "cem")) > 1, 90)
    tasks = cluster.tasks(job)
    assert {node for _, node in tasks.values()} == {"n0", "n1"}
    seen = json.loads(call("status", str(out), "--json").stdout)
    assert {run["state"] for run in seen["runs"]} == {"running"}
    assert {run["job"] for run in seen["runs"]} == {f"Slurm job {job}_0", f"Slurm job {job}_1"}

    # Slurm's warning before the time limit reaches task 0: it writes checkpoints and is queued again
    first = "reinforce" if "\n0)\n  rlbench_run reinforce" in script.read_text() else "cem"
    log = {task: out / "logs" / f"{script.stem}-{task}.log" for task in tasks}
    cluster.ask("scancel", "--signal=TERM", "--batch", f"{job}_0")
    cluster.wait_until(lambda: "the task is queued again" in log[0].read_text(), 60)
    assert (run_folder(out, "Hopper-v4", first, 0) / "checkpoint.pt").exists()
    assert call("status", str(out)).returncode == 0

    # the node of task 1 dies with all that is on it: the other node goes on
    node = cluster.tasks(job)[1][1]
    cluster.kill_node(node)
    cluster.wait_until(lambda: cluster.tasks(job)[1][1] != node, 30)
    time.sleep(0.5)
    cluster.wait_until(lambda: set(cluster.states(job)) <= ENDED, 400)
    assert cluster.states(job) == ["COMPLETED"] * 2
    assert "Slurm" not in call("status", str(out)).stdout
    assert rlbench.status(out).counts == {"finished": 4}

    assert call("run", *SWEEP, "--out", str(local), "--device", "cpu").returncode == 0
    assert len(results(local)) == 8
    assert results(out) == results(local)

    # a task that begins after the code was changed says so, and touches nothing
    cluster.start_node(node)
    code = script.with_suffix(".code")
    code.write_text(code.read_text().replace('"mujoco": "', '"mujoco": "0.'))
    job = cluster.ask("sbatch", "--parsable", "--array=1", str(script))
    cluster.wait_until(lambda: set(cluster.states(job)) <= ENDED, 90)
    assert cluster.states(job) == ["FAILED"]
    assert "The code was changed after" in log[1].read_text()
    assert results(out) == results(local)
