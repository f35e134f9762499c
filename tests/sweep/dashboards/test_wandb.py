"""What is handed to Weights & Biases; the package itself is tried in its offline mode where it is installed."""

import importlib.util
import sys
import types

import pytest

from rlbench.errors import UserError
from rlbench.sweep.dashboards import wandb as module
from rlbench.training.job import Job


@pytest.fixture
def job(tmp_path):
    return Job("trpo", "Hopper-v4", (3,), 1000, {"gamma": 0.99}, 0, tmp_path)


class Run:
    def __init__(self, step=0):
        self.step, self.rows, self.summary, self.exit_code = step, [], {}, None

    def log(self, values, step):
        self.rows.append((step, values))

    def finish(self, exit_code):
        self.exit_code = exit_code


@pytest.fixture
def fake(monkeypatch):
    """The package's two functions that are used."""
    package = types.SimpleNamespace(Settings=dict, started=[], step=0)

    def init(**given):
        package.started.append(given)
        package.run = Run(package.step)
        return package.run

    package.init = init
    monkeypatch.setitem(sys.modules, "wandb", package)
    return package


def test_a_seed_is_a_run_with_its_settings(fake, job):
    log = module.WandbRun(job, 3)
    log.write(100, {"kl": 0.5})
    log.close("finished")
    [given] = fake.started
    assert (given["name"], given["group"], given["project"]) == ("Hopper-v4 trpo seed 3", "Hopper-v4 trpo", "rlbench")
    assert given["config"] == {"env": "Hopper-v4", "algorithm": "trpo", "seed": 3, "steps": 1000, "gamma": 0.99}
    assert fake.run.rows == [(100, {"kl": 0.5})]
    assert (fake.run.summary, fake.run.exit_code) == ({"status": "finished"}, 0)


def test_a_run_that_goes_on_gets_no_row_twice_and_has_the_same_id(fake, job):
    module.WandbRun(job, 3)
    fake.step = 200
    log = module.WandbRun(job, 3)
    for step in (100, 200, 300):
        log.write(step, {"kl": 0.5})
    assert [step for step, _ in fake.run.rows] == [200, 300]
    first, second = (given["id"] for given in fake.started)
    assert first == second


def test_without_the_package_it_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UserError, match=r"--log wandb needs the package wandb\. Install it: pip install wandb"):
        module.load()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="wandb is not installed")
@pytest.mark.filterwarnings("ignore")
def test_the_package_itself_offline(job, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    log = module.WandbRun(job, 3)
    log.write(100, {"kl": 0.5})
    log.write(200, {"kl": 0.25})
    log.close("finished")
    [file] = job.out.glob("wandb/offline-run-*/*.wandb")
    assert b"kl" in file.read_bytes()
