"""Whose code a run is made by, and what becomes of a run when it changes."""

import importlib
import json
import sys
from dataclasses import replace

import gymnasium
import pytest

from rlbench import __version__
from rlbench.algorithms.ppo import PPO
from rlbench.errors import UserError
from rlbench.training import source
from rlbench.training.inspection import look_at_folders
from rlbench.training.job import Finished
from rlbench.training.run import run_job
from rlbench.training.source import code_of

LEARNER = """
from dataclasses import dataclass
from rlbench.algorithms.ppo import PPO
import own_helper
@dataclass(frozen=True)
class Mine(PPO):
    "PPO again."
"""
WORLD = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv
class World(CartPoleEnv):
    "A pole again."
gymnasium.register("OwnWorld-v0", "own_world:World", max_episode_steps=50)
"""
DISTRIBUTION = {
    "METADATA": "Metadata-Version: 2.1\nName: own-learner\nVersion: 1.2\n",
    "entry_points.txt": "[rlbench.algorithms]\nmine = own_learner:Mine\n",
    "top_level.txt": "own_learner\n",
}
PACKAGE = {"own_package/__init__.py": "", "own_package/deep.py": "X = 1\n", "own_package/model.xml": "<mujoco/>"}


@pytest.fixture
def modules(tmp_path_factory, monkeypatch):
    """A folder that modules can be imported from; `forget()` does what a new process would."""
    folder = tmp_path_factory.mktemp("modules")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(gymnasium, "registry", dict(gymnasium.registry))
    monkeypatch.setattr(gymnasium.envs.registration, "registry", gymnasium.registry)
    (folder / "own_learner.py").write_text(LEARNER)
    (folder / "own_helper.py").write_text("RATE = 1\n")
    (folder / "own_world.py").write_text(WORLD)
    (folder / "unrelated.py").write_text("Y = 1\n")
    (folder / "own_package").mkdir()
    (folder / "own_learner-1.2.dist-info").mkdir()
    for name, text in DISTRIBUTION.items():
        (folder / "own_learner-1.2.dist-info" / name).write_text(text)
    for name, text in PACKAGE.items():
        (folder / name).write_text(text)
    forget()
    yield folder
    forget()


def forget():
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]
    gymnasium.registry.pop("OwnWorld-v0", None)
    source._about.cache_clear()
    importlib.invalidate_caches()


def part(module):
    forget()
    kind = type("Algorithm", (), {"__module__": module})
    return code_of(kind, "CartPole-v1")["algorithm"]


def test_rlbenchs_own_and_gymnasiums_parts_are_not_listed():
    found = code_of(PPO, "CartPole-v1")
    assert list(found) == ["rlbench"]
    assert len(found["rlbench"]["sha256"]) == 64
    assert list(code_of(PPO, "Hopper-v4")) == ["rlbench"]


@pytest.mark.parametrize(
    ("module", "name", "changes"),
    [
        ("own_learner", "own_learner.py", True),
        ("own_learner", "own_helper.py", True),  # imported by it
        ("own_learner", "unrelated.py", False),
        ("own_package.deep", "own_package/__init__.py", True),
        ("own_package.deep", "own_package/deep.py", True),
        ("own_package.deep", "own_package/model.xml", True),
        ("own_package.deep", "own_package/new.py", True),
        ("own_package", "own_package/results.csv", False),
        ("own_package", "own_package/__pycache__/deep.pyc", False),
    ],
)
def test_a_change_of_its_source_is_seen(modules, module, name, changes):
    before = part(module)
    assert part(module) == before
    whose = ("own-learner", "1.2") if module == "own_learner" else (None, None)
    assert [(each["module"], each["distribution"], each["version"]) for each in before] == [(module, *whose)]
    path = modules / name
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n# another\n")
    assert (part(module) != before) == changes


def test_an_installed_module_is_told_with_its_distribution():
    [found] = part("hypothesis.strategies")
    assert (found["distribution"], found["version"]) == (
        "hypothesis",
        importlib.import_module("hypothesis").__version__,
    )


def test_what_has_no_file_is_no_reason_to_fail():
    nothing = {"distribution": None, "version": None, "sha256": None}
    assert part("nowhere.at_all") == [{"module": "nowhere.at_all", **nothing}]


@pytest.fixture
def own_job(small_job, modules):
    """By somebody's algorithm on somebody's environment."""
    assert (modules / "own_world.py").exists()
    return lambda steps=64, **fields: replace(
        small_job(
            "ppo", env="own_world:OwnWorld-v0", seeds=(0,), steps=steps, num_envs=2, num_steps=16, schedule="constant"
        ),
        algorithm="mine",
        **fields,
    )


def run(job):
    events = []
    run_job(job, events.append)
    return [event for event in events if isinstance(event, Finished)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("own_learner.py", r"algorithm own_learner 1\.2 \(\w{8}\) there, own_learner 1\.2 \(\w{8}\) here"),
        ("own_helper.py", "algorithm own_learner"),
        ("own_world.py", r"environment own_world \(\w{8}\) there, own_world \(\w{8}\) here"),
    ],
)
@pytest.mark.parametrize("longer", [64, 128])
def test_results_of_other_code_are_refused_and_can_be_accepted(own_job, modules, name, told, longer):
    run(own_job())
    folder = own_job().folder(0)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with (modules / name).open("a") as file:
        file.write("\n# another loss\n")
    forget()
    for steps in (64, 128):
        with pytest.raises(UserError, match=told) as error:
            run(own_job(steps))
        assert "--accept-changed-code" in str(error.value)
        with pytest.raises(UserError, match=told):
            look_at_folders(own_job(steps))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    assert len(run(own_job(longer, accept_changed_code=True))) == 1
    about = json.loads((folder / "run.json").read_text())
    [change] = about["changes"]
    assert change["env_steps"] == (64 if longer == 64 else 0)  # a longer run writes its row again
    assert len(change["what"]) == 1
    assert len(run(own_job(longer))) == 1  # the new code is now the run's


def test_other_versions_can_be_accepted(own_job):
    run(own_job())
    path = own_job().folder(0) / "run.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "versions": {**about["versions"], "torch": "0.0.1"}}))
    assert len(run(own_job())) == 1  # it is not gone on with
    with pytest.raises(UserError, match=r"torch 0\.0\.1 there"):
        run(own_job(128))
    run(own_job(128, accept_changed_code=True))
    now = json.loads(path.read_text())
    assert now["versions"] == about["versions"]
    assert now["changes"][0]["what"] == [f"torch 0.0.1 there, {about['versions']['torch']} here"]


def test_a_run_of_an_rlbench_that_recorded_no_code_is_refused_where_the_code_is_somebodys(own_job):
    run(own_job())
    path = own_job().folder(0) / "run.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({name: about[name] for name in about if name != "code"}))
    with pytest.raises(UserError, match="algorithm not recorded there, own_learner"):
        run(own_job())


def test_other_source_of_rlbench_is_a_warning(small_job):
    job = small_job("ppo", env="CartPole-v1", steps=256, seeds=(0, 1))
    run(job)
    assert look_at_folders(job) == []
    for seed in job.seeds:
        path = job.folder(seed) / "run.json"
        about = json.loads(path.read_text())
        about["code"]["rlbench"]["sha256"] = "0" * 64
        path.write_text(json.dumps(about))
    [warning] = look_at_folders(job)
    assert warning.startswith(f"{job.folder(0)} and 1 more: made with other source of rlbench, {__version__} (git ")
    assert warning.endswith("they stay as they are; --fresh trains them anew")
    assert len(run(job)) == 2
