"""Finding a rendering backend that draws."""

import os
import sys

import pytest

from rlbench.envs import rendering
from rlbench.errors import Fault

ANSWERS = {"egl": Fault("it crashed (SIGSEGV)"), "osmesa": False, "glfw": True}


@pytest.fixture
def machine(monkeypatch):
    """A machine on which only glfw draws; the variables of each process that was asked."""
    asked = []

    def ask(_module, _function, *, env, seconds):
        assert seconds > 10
        asked.append(env)
        answer = ANSWERS[env["MUJOCO_GL"]]
        if isinstance(answer, Fault):
            raise answer
        return answer

    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr(rendering, "ask", ask)
    monkeypatch.setattr(rendering, "BACKENDS", ("egl", "osmesa", "glfw"))
    return asked


def test_the_first_that_draws_is_taken_and_the_others_say_why_not(machine):
    backend, tried = rendering.find_backend()
    assert backend == "glfw"
    assert tried == [("egl", "it crashed (SIGSEGV)"), ("osmesa", "its picture is blank"), ("glfw", None)]
    assert {env["PYOPENGL_PLATFORM"] for env in machine} == {
        ""
    }  # one that contradicts MUJOCO_GL is an error of MuJoCo's


def test_the_one_that_is_asked_for_is_tried_first(machine, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "GLFW")
    assert rendering.find_backend() == ("glfw", [("glfw", None)])
    assert len(machine) == 1


def test_a_variable_that_names_no_backend_is_passed_over(machine, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "directx")
    assert rendering.find_backend()[0] == "glfw"
    assert [env["MUJOCO_GL"] for env in machine] == ["egl", "osmesa", "glfw"]


def test_no_backend(monkeypatch, machine):
    monkeypatch.setitem(ANSWERS, "glfw", Fault("no DISPLAY"))
    backend, tried = rendering.find_backend()
    assert backend is None
    assert len(tried) == len(machine) == 3


@pytest.mark.parametrize(
    ("asked", "imported", "left"), [("osmesa", False, "glfw"), ("", False, "glfw"), ("egl", True, "egl")]
)
def test_mujoco_is_not_imported_with_a_backend_that_does_not_draw(machine, monkeypatch, asked, imported, left):
    monkeypatch.setenv("MUJOCO_GL", asked)
    if imported:
        monkeypatch.setitem(sys.modules, "mujoco", None)
    else:
        monkeypatch.delitem(sys.modules, "mujoco", raising=False)
    rendering.replace_unusable_backend()
    assert os.environ["MUJOCO_GL"] == left
    monkeypatch.setattr(rendering, "BACKENDS", ("egl",))
    rendering.replace_unusable_backend()
    assert os.environ.get("MUJOCO_GL") == ("egl" if imported else None)
    assert bool(machine) is not imported
