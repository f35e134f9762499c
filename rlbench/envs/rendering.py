"""Which of MuJoCo's rendering backends works here. A process has one backend, so each is tried in its own."""

import os
import sys
from typing import NamedTuple

from rlbench.errors import Fault
from rlbench.own_process import ask

BACKENDS = ("cgl",) if sys.platform == "darwin" else ("egl", "osmesa", "glfw")
"""In the order of preference: egl needs no window system and uses a GPU where there is one; osmesa draws on the CPU;
glfw opens a hidden window."""

VARIABLE = "MUJOCO_GL"
"""The environment variable by which MuJoCo chooses its backend when it is imported."""

SECONDS = 60.0

HINT = "Install a library that draws without a window; on Debian or Ubuntu: apt-get install libegl1 libgl1-mesa-dri"


class Tried(NamedTuple):
    """A backend that was tried."""

    backend: str
    why_not: str | None
    """One line; None if it draws."""


def find_backend() -> tuple[str | None, list[Tried]]:
    """The first backend that draws, and all that were tried: that of MUJOCO_GL first, where it is set."""
    asked = os.environ.get(VARIABLE, "").lower()
    tried = []
    for backend in dict.fromkeys((*([asked] if asked in BACKENDS else []), *BACKENDS)):
        tried.append(Tried(backend, try_backend(backend)))
        if tried[-1].why_not is None:
            return backend, tried
    return None, tried


def replace_unusable_backend() -> None:
    """Set MUJOCO_GL to a backend that draws, or to none, if it is set: MuJoCo cannot be imported with some others.

    Call it before MuJoCo is imported; afterwards it does nothing.
    """
    if VARIABLE in os.environ and "mujoco" not in sys.modules:
        backend, _ = find_backend()
        del os.environ[VARIABLE]
        if backend is not None:
            os.environ[VARIABLE] = backend


def try_backend(backend: str) -> str | None:
    """Draw a picture with a backend in a process of its own: why it cannot, in one line; None if it can."""
    # An empty platform lets MuJoCo choose PyOpenGL's: it refuses one that does not fit its own variable.
    env = {VARIABLE: backend, "PYOPENGL_PLATFORM": ""}
    try:
        drawn = ask("rlbench.envs.rendering", "draw_ball", env=env, seconds=SECONDS)
    except Fault as fault:
        return str(fault)
    return None if drawn else "its picture is blank"


def draw_ball() -> bool:
    """Draw a red ball; true if the picture is not of one colour."""
    import mujoco

    from rlbench.envs.physics.log import silence_log

    silence_log()
    scene = '<mujoco><worldbody><light pos="0 0 3"/><geom size=".5" rgba="1 0 0 1"/></worldbody></mujoco>'
    model = mujoco.MjModel.from_xml_string(scene)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    renderer = mujoco.Renderer(model, 24, 32)
    renderer.update_scene(data)
    return bool(renderer.render().std() > 1)
