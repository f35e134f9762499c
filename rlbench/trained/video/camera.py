"""Pictures of one world of an environment, drawn without a window."""

import os
from importlib import import_module
from typing import Any, Protocol

import gymnasium
import mujoco
import numpy as np

from rlbench.envs.rendering import HINT, find_backend
from rlbench.errors import UserError, say_error
from rlbench.trained.interface import make_world

SAMPLES, SHADOWS = 4, 1024
"""Samples a pixel against jagged edges, and the size of the map of shadows: a CPU draws larger ones for seconds."""
FROM_AFAR = 1.5
"""How many times the size of a model the camera is away from it, where the model has no camera of its own."""
TRACKING_CAMERA = "track"
"""The camera that follows the robot in Gymnasium's models, where there is one."""


class Camera(Protocol):
    """Draws the present state of a world."""

    def picture(self) -> np.ndarray:
        """`[height, width, 3]` of uint8."""

    def close(self) -> None:
        """Free what it holds."""


class Stage:
    """Makes worlds that can be drawn, with one graphics context for all of them."""

    def __init__(self, env_id: str, width: int, height: int) -> None:
        self._id, self._size = env_id, (width, height)
        self._context: Any = None
        self._drawing: mujoco.MjrContext | None = None

    def make(self) -> tuple[gymnasium.Env, Camera]:
        """A world and its camera. A UserError if it cannot be drawn."""
        world = make_world(self._id)
        model = getattr(world.unwrapped, "model", None)
        if isinstance(model, mujoco.MjModel):
            model.vis.quality.offsamples, model.vis.quality.shadowsize = SAMPLES, SHADOWS
            model.vis.global_.offwidth, model.vis.global_.offheight = self._size
            self._open(model)
            assert self._drawing is not None
            return world, MujocoCamera(world, self._drawing, *self._size)
        modes = world.metadata.get("render_modes") or []
        world.close()
        if "rgb_array" not in modes:
            raise UserError(f"{self._id} draws no pictures: its render_modes are {modes}, without rgb_array")
        return (drawn := make_world(self._id, render_mode="rgb_array")), GymnasiumCamera(self._id, drawn)

    def _open(self, model: mujoco.MjModel) -> None:
        """Open the first graphics context that works here, tried in a process of its own: some crash."""
        if self._drawing is not None:
            return
        backend, tried = find_backend()
        if backend is None:
            failed = "; ".join(f"{each.backend}: {each.why_not}" for each in tried)
            raise UserError(f"MuJoCo cannot draw here ({failed}). {HINT}")
        os.environ.pop("PYOPENGL_PLATFORM", None)  # MuJoCo's modules set it, and refuse another's value
        self._context = import_module(f"mujoco.{backend}").GLContext(*self._size)
        self._context.make_current()
        self._drawing = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawing)

    def close(self) -> None:
        """Free the graphics context."""
        if self._drawing is not None:
            self._drawing.free()
            self._context.free()
            self._drawing = self._context = None


class MujocoCamera:
    """Follows the robot as Gymnasium's own pictures do; a task of one's own is seen by its model's first camera."""

    def __init__(self, world: gymnasium.Env, drawing: mujoco.MjrContext, width: int, height: int) -> None:
        bare: Any = world.unwrapped
        self._model, self._data, self._drawing = bare.model, bare.data, drawing
        self._scene, self._option = mujoco.MjvScene(bare.model, maxgeom=2000), mujoco.MjvOption()
        self._view = mujoco.MjvCamera()
        self._rectangle = mujoco.MjrRect(0, 0, width, height)
        self._pixels = np.zeros((height, width, 3), np.uint8)
        tracking = mujoco.mj_name2id(bare.model, mujoco.mjtObj.mjOBJ_CAMERA, TRACKING_CAMERA)
        config = getattr(bare.mujoco_renderer, "default_cam_config", None)
        if tracking < 0 and not config and bare.model.ncam:
            tracking = 0
        if tracking >= 0:
            self._view.type, self._view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, tracking
        elif config:
            self._view.lookat[:] = np.median(bare.data.geom_xpos, axis=0)
            self._view.distance = bare.model.stat.extent
            self._set(config)
        else:
            self._view.lookat[:] = bare.model.stat.center
            self._view.distance = FROM_AFAR * bare.model.stat.extent

    def _set(self, config: dict[str, Any]) -> None:
        """Take over Gymnasium's settings of the free camera, which follows a body if they name one."""
        for name, value in config.items():
            if isinstance(value, np.ndarray):
                getattr(self._view, name)[:] = value
            else:
                setattr(self._view, name, value)
        if 0 < self._view.trackbodyid < self._model.nbody:  # 0 is the ground
            self._view.type = mujoco.mjtCamera.mjCAMERA_TRACKING

    def picture(self) -> np.ndarray:
        mujoco.mjv_updateScene(
            self._model, self._data, self._option, None, self._view, mujoco.mjtCatBit.mjCAT_ALL.value, self._scene
        )
        mujoco.mjr_render(self._rectangle, self._scene, self._drawing)
        mujoco.mjr_readPixels(self._pixels, None, self._rectangle, self._drawing)
        return self._pixels[::-1]  # OpenGL's rows begin at the bottom

    def close(self) -> None:
        """The stage frees what is shared."""


class GymnasiumCamera:
    """The pictures of any other environment, in their own size."""

    def __init__(self, env_id: str, world: gymnasium.Env) -> None:
        self._id, self._world = env_id, world

    def picture(self) -> np.ndarray:
        try:
            drawn = np.asarray(self._world.render())
        except Exception as error:
            raise UserError(f"{self._id} cannot be drawn: {say_error(error)}") from error
        if drawn.ndim != 3 or drawn.shape[2] != 3:
            raise UserError(f"{self._id} cannot be drawn: its render() gives an array of shape {list(drawn.shape)}")
        return drawn

    def close(self) -> None:
        """The world frees what it holds."""
