"""A cluster for the tests of this folder."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import cluster as clusters


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    if why := clusters.missing():
        pytest.skip(f"no Slurm to test with: {why}")
    folder = tmp_path / "slurm"
    folder.mkdir()
    cluster = clusters.Cluster(folder)
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
