"""A real Ray cluster on this machine: a head without cores, and nodes of one core that can be killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

TRIES = 4


class Cluster:
    """A cluster whose nodes are groups of processes."""

    def __init__(self, folder, short_folder):
        self.folder, self.short_folder, self.nodes = folder, short_folder, {}
        self.environment = {
            **os.environ,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_worker_niceness": "0",
            "RAY_AUTH_TOKEN": "0" * 64,
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_timeout_ms": "1000",
            "RAY_health_check_failure_threshold": "3",
        }
        self.environment.pop("RAY_ADDRESS", None)

    def start(self):
        ray_folder = self.short_folder
        self._start(
            "head", "--head", "--num-cpus=0", "--port=0", "--include-dashboard=false", f"--temp-dir={ray_folder}"
        )
        self.wait_until(lambda: (ray_folder / "ray_current_cluster").exists(), 180)
        self.address = (ray_folder / "ray_current_cluster").read_text().strip()

    def add(self, name, prefix=(), **environment):
        """Start a node of one core. Ray gives up after 30 seconds, and is asked again: a busy machine may need more."""
        for _ in range(TRIES):
            self._start(name, f"--address={self.address}", "--num-cpus=1", prefix=prefix, **environment)
            self.wait_until(lambda: self.is_ready(name) or self.nodes[name].poll() is not None, 180)
            if self.is_ready(name):
                return
            self.kill(name)
        raise AssertionError(f"{name} does not start")

    def is_ready(self, name):
        return "Ray runtime started" in self.told(name)

    def _start(self, name, *words, prefix=(), **environment):
        program = [*prefix, sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        with (self.folder / f"{name}.txt").open("wb") as log:
            self.nodes[name] = subprocess.Popen(
                [*program, *words, "--object-store-memory=100000000"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self.environment, **environment},
                start_new_session=True,
            )

    def told(self, name):
        return (self.folder / f"{name}.txt").read_text(errors="replace")

    def kill(self, name):
        """End every process of a node at once, as a power failure does."""
        node = self.nodes.pop(name)
        for pid in [*descendants(node.pid), node.pid]:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                continue
        node.wait(30)

    def wait_until(self, condition, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {[self.told(name)[-2000:] for name in self.nodes]}")

    def stop(self):
        for name in [*self.nodes]:
            self.kill(name)


def descendants(pid):
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(words[1]), []).append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found += (own := children.get(waiting.pop(), []))
        waiting += own
    return found
