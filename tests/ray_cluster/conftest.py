"""A cluster for the tests of this folder."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from real_ray import Cluster


@pytest.fixture
def cluster(tmp_path_factory):
    if find_spec("ray") is None:
        pytest.skip("no Ray to test with: pip install 'rlbench[ray]'")
    with tempfile.TemporaryDirectory(prefix="rlb-", ignore_cleanup_errors=True) as short:  # names of sockets must fit
        cluster = Cluster(tmp_path_factory.mktemp("c"), Path(short))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
