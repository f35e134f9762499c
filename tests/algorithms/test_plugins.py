"""Algorithms of other packages: the documented one, whole, and those that do not fit."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import rlbench.algorithms as registry
from rlbench import entry_points as module
from rlbench.algorithms.ppo import PPO
from rlbench.algorithms.settings import setting
from rlbench.errors import UserError

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"


COMMANDS = """
import json, sys
from rlbench.cli import main

if __name__ == "__main__":
    for words in json.loads(sys.argv[1]):
        sys.argv = ["rlbench", *words]
        try:
            main()
        except SystemExit as left:
            print("status", left.code or 0, flush=True)
"""
"""Some of rlbench's commands one after the other; what they say and their statuses."""


def python(*arguments, path, **more):
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_documented_plug_in_is_installed_listed_shown_run_and_drawn(tmp_path):
    pyproject, code = (
        re.search(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.DOTALL)[1] for kind in ("toml", "python")
    )
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "pyproject.toml").write_text(pyproject)
    (source / "hill_climbing.py").write_text(code)
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    python("-m", "pip", "install", *offline, "--target", str(site), str(source), path="")

    out = str(tmp_path / "results")
    words = ["run", "hill-climbing", "--env", "InvertedPendulum-v4", "--steps", "2000", "--out", out, "--seeds", "2"]
    commands = [["list"], ["show", "hill-climbing"], words, ["plot", out]]
    listed, shown, ran, _ = python("-c", COMMANDS, json.dumps(commands), path=site).split("status 0\n")[:-1]
    assert "Hill climbing by random moves of a linear policy." in listed
    assert "standard deviation of a move" in shown
    assert re.search(r"InvertedPendulum-v4 +hill-climbing +2 ", ran)
    assert (tmp_path / "results" / "InvertedPendulum-v4" / "hill-climbing" / "seed-1" / "progress.csv").exists()
    numbers = (tmp_path / "results" / "plots").glob("*.csv")
    assert all("hill-climbing" in each.read_text() for each in numbers)


def test_the_documented_plug_in_keeps_every_promise(tmp_path, monkeypatch):
    """By the test that the page itself shows."""
    code, test = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[::2]
    (tmp_path / "hill_climbing.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("rlbench.testing.trial.LEAST_STEPS", 512)
    names = {}
    exec(test, names)
    names["test_hill_climbing"]()
    del sys.modules["hill_climbing"]


@dataclass
class Melting:
    """Not frozen."""


@dataclass(frozen=True)
class Bare:
    """A field that says nothing of itself."""

    gamma: float = 0.9


@dataclass(frozen=True)
class Halved:
    """Half of the functions."""

    num_envs: int = setting(1, "", "worlds")

    def size(self, space):
        """Nothing."""

    def initial(self, space, seeds):
        """Nothing."""


@dataclass(frozen=True)
class Picky(PPO):
    """Its own defaults do not please it."""

    def __post_init__(self):
        """Nothing does."""
        raise ValueError("never pleased")


@dataclass(frozen=True)
class Unsaid(PPO):
    """Whether it depends on its budget would have to be asked with brackets."""

    def depends_on_budget(self):
        """A method, where a property is meant."""
        return False


class Point:
    """An entry point, without a package behind it."""

    def __init__(self, name, loaded, value="some:Thing"):
        self.name, self.value, self.dist, self.loaded = name, value, None, loaded

    def load(self):
        if isinstance(self.loaded, BaseException):
            raise self.loaded
        return self.loaded


@pytest.fixture
def installed(monkeypatch):
    """Pretends that some entry points are installed."""

    def install(*points):
        monkeypatch.setattr(module, "installed", lambda *_: [Point(*each) for each in points])

    return install


@dataclass(frozen=True)
class Empty(PPO):
    """No world at all."""

    num_envs: int = setting(0, "N", "worlds")


@pytest.mark.parametrize(
    ("name", "loaded", "reason"),
    [
        ("ppo", PPO, "the name is that of rlbench's own ppo"),
        ("../ppo", PPO, "a name is lower-case letters"),
        ("\x1b[31mred", PPO, "a name is lower-case letters"),
        ("late", ImportError("no module\nnamed 'x'"), "it cannot be loaded: ImportError: no module named"),
        ("leaving", SystemExit("no"), "it cannot be loaded: SystemExit: no"),
        ("stopping", GeneratorExit(), "it cannot be loaded: GeneratorExit$"),
        ("empty", Empty, "its num_envs is 0, not a whole number of at least 1"),
        ("picky", Picky, "it cannot be loaded: ValueError: never pleased"),
        ("text", "PPO", "it is not a dataclass"),
        ("plain", Path, "it is not a dataclass"),
        ("melting", Melting, "its dataclass is not frozen"),
        ("bare", Bare, r"its field gamma is not a setting\(...\)"),
        ("unsaid", Unsaid, "its depends_on_budget is not true or false; a method of that name needs @property"),
        ("halved", Halved, "it has no iterate and no actor"),
    ],
)
def test_what_does_not_fit_is_named_and_harms_no_other(installed, name, loaded, reason):
    installed((name, loaded), ("mine", PPO))
    assert registry.find("mine") is PPO
    assert registry.find("ppo") is PPO
    assert "mine" in registry.names()
    if name in registry.unusable():
        assert re.match(rf"plug-in some:Thing of an unknown package: {reason}", registry.unusable()[name])
    if name not in registry.ALGORITHMS and name.isprintable():
        with pytest.raises(UserError, match=f"cannot be used. plug-in some:Thing.*{reason}") as caught:
            registry.find(name)
        assert "\n" not in str(caught.value)


def test_of_two_with_one_name_neither_is_used_and_both_are_named(installed):
    installed(("mine", PPO), ("mine", PPO, "other:Thing"), ("yours", PPO))
    assert registry.find("yours") is PPO
    both = "plug-in other:Thing of an unknown package: plug-in some:Thing of an unknown package has the same name"
    with pytest.raises(UserError, match=f"mine cannot be used. {both}"):
        registry.find("mine")


def test_the_same_class_found_twice_is_one(installed):
    installed(("mine", PPO), ("mine", PPO))
    assert registry.find("mine") is PPO
