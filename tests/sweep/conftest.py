"""Jobs, and fake training that worker processes can import."""

from pathlib import Path

import pytest

from rlbench.training.job import Job


@pytest.fixture
def fakes(monkeypatch):
    """The module of fake training; children get the same sys.path."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import fake_training

    return fake_training


@pytest.fixture
def make_job(tmp_path):
    def make(algorithm="trpo", seeds=(0, 1), **settings):
        return Job(algorithm, "Hopper-v4", tuple(seeds), 1000, settings, 0, tmp_path / "out")

    return make
