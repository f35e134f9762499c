"""Steps that end with contact forces, as Gymnasium's do.

mj_step leaves contact forces to mj_rnePostConstraint, which needs the whole `MjData` as the step left it. So worlds are
stepped one after the other, in one `MjData` a thread: a batch would have to keep the `MjData` of every world, half a
megabyte each, and its steps would wait for that memory.
"""

from concurrent.futures import ThreadPoolExecutor

import mujoco
import numpy as np

STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class ForcefulSteps:
    """Steps the worlds with states `rows[W, state]`, and writes the derived fields, `[W, ...]`, into `fields`."""

    def __init__(
        self, model: mujoco.MjModel, frame_skip: int, rows: np.ndarray, fields: dict[str, np.ndarray], threads: int
    ) -> None:
        self._model, self._frame_skip = model, frame_skip
        self._rows = list(rows)
        self._data = [mujoco.MjData(model) for _ in range(threads)]
        self._outputs = [[(field, getattr(data, name)) for name, field in fields.items()] for data in self._data]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __call__(self, ids: np.ndarray | None) -> None:
        """Step the worlds `ids`, or all if None, by `frame_skip` substeps."""
        worlds = list(range(len(self._rows))) if ids is None else ids.tolist()
        if self._pool is None:
            self._move(0, worlds)
            return
        threads = range(len(self._data))
        list(self._pool.map(self._move, threads, (worlds[thread :: len(threads)] for thread in threads)))

    def _move(self, thread: int, worlds: list[int]) -> None:
        model, data, outputs = self._model, self._data[thread], self._outputs[thread]
        for world in worlds:
            row = self._rows[world]
            mujoco.mj_setState(model, data, row, STATE)
            mujoco.mj_step(model, data, self._frame_skip)
            mujoco.mj_rnePostConstraint(model, data)
            mujoco.mj_getState(model, data, row, STATE)
            for field, value in outputs:
                field[world] = value
