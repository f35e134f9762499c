"""`check_task`: rlbench's own tasks keep every promise, and each broken one is seen and named."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from rlbench.envs.tasks import find_task
from rlbench.envs.tasks.arrays import norms
from rlbench.errors import Fault, UserError
from rlbench.testing import BrokenPromise, check_task
from rlbench.testing.tasks import CHECKS

EXAMPLE = Path(__file__).parents[2] / "examples" / "point"


def load(name, monkeypatch):
    """A module of the example, as it is imported beside the others."""
    monkeypatch.syspath_prepend(EXAMPLE)
    found = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLE / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def point(monkeypatch):
    return load("point", monkeypatch).POINT


def test_the_documented_example_passes_its_own_test(monkeypatch, tmp_path):
    load("test_point", monkeypatch).test_point(tmp_path)


@pytest.mark.parametrize("name", ["Hopper-v4", "Reacher-v4"])
def test_our_own_tasks_keep_every_promise(name):
    promises = [each for each in CHECKS if each != "training"]
    assert check_task(find_task(name), judge=name, steps=40, promises=promises) == tuple(promises)


def test_without_a_judge_nothing_is_said_of_it(point):
    assert check_task(point, promises=("definition", "judge")) == ("definition",)


def drifting_start(_, count, qpos, qvel):
    chance = np.random.default_rng()
    return qpos + chance.uniform(-0.1, 0.1, (count, 2)), np.tile(qvel, (count, 1))


def misshapen_start(_, count, qpos, qvel):
    return np.tile(qpos, (count, 1))[:, :1], np.tile(qvel, (count, 1))


def crowded_reward(f, _before, _action, _terminated):
    return f.qpos[:, 0] - f.qpos.mean()


class Counting:
    """It remembers how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, f, _before, _action, _terminated):
        self.asked += 1
        return f.qpos[:, 0] * 0 + self.asked


def numpy_only(f, _before, _action, _terminated):
    return np.sort(f.qpos, axis=1)[:, 0] + np.float64(1) * f.qpos.astype(float)[:, 0]


def infinite(f, _before, _action, _terminated):
    return 1.0 / (f.qpos[:, 0] * 0)


def differently_on_tensors(f, _before, _action, _terminated):
    return f.qpos[:, 0] + (0 if isinstance(f.qpos, np.ndarray) else 1)


def speed(f, before, _action, _terminated):
    return (f.qpos[:, 0] - before) / f.dt


BROKEN = {
    "starts are chance of its own": ("starts", {"start": drifting_start}, r"start\(\) depends on its generator alone"),
    "starts of another size": ("starts", {"start": misshapen_start}, r"\[64, 2\] is due, not \(64, 1\)"),
    "worlds meet": (
        "company",
        {"reward": crowded_reward},
        "A world does not depend on its company. After step 1 the rew",
    ),
    "it remembers": (
        "state",
        {"reward": Counting()},
        "saved and restored goes on as it would have. 1 steps after it was",
    ),
    "numpy alone": ("tensors", {"reward": numpy_only}, "Given tensors a function raises AttributeError"),
    "not finite": (
        "finite",
        {"reward": infinite},
        "All numbers are finite. After step 1 of random actions the reward is",
    ),
    "other on tensors": ("tensors", {"reward": differently_on_tensors}, "The reward differs by .* tensors and arrays"),
    "a view": ("before", {"before": lambda f: f.qpos[:, 0], "reward": speed}, r"What before\(\) returns is a copy"),
    "no version": ("definition", {"frame_skip": 0}, "its frame_skip is 0, not a whole number of at least 1"),
    "no function": ("definition", {"observe": "qpos"}, "its observe is not a function"),
}


@pytest.mark.parametrize(("promise", "changes", "told"), BROKEN.values(), ids=BROKEN)
def test_a_promise_that_is_not_kept_is_named_in_one_line(point, promise, changes, told):
    with pytest.raises(BrokenPromise, match=told) as broken:
        check_task(dataclasses.replace(point, **changes), promises=(promise,), steps=20)
    assert "\n" not in str(broken.value)


def test_what_is_no_task_is_named():
    with pytest.raises(BrokenPromise, match=r"it is not a rlbench\.Task"):
        check_task("Point-v0")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"observe": lambda f: (f.qpos[:, 0],)},
            r"part 0 of what its observe\(\) returns is \[6\] of float64, not \[6, k\]",
        ),
        (
            {"terminated": lambda f: norms(f.qpos)},
            r"its terminated\(\) returns \[6\] of float64, not \[6\] of true and",
        ),
        ({"reward": lambda f, *_: f.qpos}, r"its reward\(\) returns \[6, 2\] of float64, not \[6\]"),
        ({"xml": "<mujoco><worldbody/></mujoco>"}, "has no actuator"),
        ({"xml": "<mujoco><worldbdoy/></mujoco>"}, "its model cannot be compiled: .*worldbdoy"),
        ({"xml": "/no/such/file.xml"}, "its model cannot be compiled: .*/no/such/file.xml"),
    ],
)
def test_a_task_that_does_not_fit_its_model_is_a_fault_in_one_line(point, changes, told):
    with pytest.raises(Fault, match=told) as fault:
        check_task(dataclasses.replace(point, **changes), promises=("definition",))
    assert "\n" not in str(fault.value)


def test_one_bit_beside_the_judge_is_seen(point, monkeypatch, tmp_path):
    model = tmp_path / "point.xml"
    model.write_text(point.xml)
    judge = load("test_point", monkeypatch).PointEnv
    wrong = dataclasses.replace(point, reward=lambda *given: np.nextafter(point.reward(*given), np.inf))
    with pytest.raises(BrokenPromise, match=r"Gymnasium's class to the bit\. the reward after step 1 of world 0"):
        check_task(wrong, judge=lambda: judge(model), promises=("judge",))


def test_a_promise_that_there_is_not(point):
    with pytest.raises(UserError, match=r"no promise 'tensor'\. Did you mean tensors\?"):
        check_task(point, promises=("tensor",))


def test_actions_without_limits_are_allowed(point):
    boundless = point.xml.replace('ctrlrange="-1 1" ctrllimited="true"', "")
    assert check_task(dataclasses.replace(point, xml=boundless), promises=("finite", "company"), steps=20)
