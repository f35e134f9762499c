"""What every test runs under."""

import gc
import os

import pytest
from copied_workers import start_copied_worker

# As workers have it; more threads than one would only wait for each other on arrays this small.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def pytest_collection_modifyitems(items):
    """MuJoCo Warp's tests come first: they stay in one process, so that no kernel is compiled twice at a time."""
    items.sort(key=lambda item: "warp" not in item.path.parts)


def pytest_collection_finish():
    """Modules and collected tests stay to the end, so the garbage collector need not look at them again."""
    gc.freeze()


@pytest.fixture
def quick_workers(monkeypatch):
    """Workers begin as copies of this process. They start in no time."""
    monkeypatch.setattr("rlbench.sweep.launchers.workers.start_process", start_copied_worker)
