"""The names of devices, and the choice among them where it needs no measurement."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, nearest, quoted

DEVICES = ("auto", "cpu", "cuda")
STAND_IN = "warp-cpu"
"""The device that runs the code of `cuda` on a CPU, slowly, for tests on machines without a GPU."""

DRIVERS = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")


def choose_device(asked: Any, workers: Any = None, drivers: Sequence[str] = DRIVERS) -> tuple[str, str]:
    """The device and the reason; `auto` where only a measurement can decide. `workers` is the value of --workers."""
    if asked not in (*DEVICES, STAND_IN):
        hint = nearest(asked, DEVICES) if isinstance(asked, str) else ""
        raise UserError(f"--device is one of {', '.join(DEVICES)}, not {quoted(asked)}.{hint}")
    if asked != "auto":
        return asked, "asked for"
    if not any(Path(driver).exists() for driver in drivers):
        return "cpu", "auto: there is no NVIDIA GPU here"
    if find_spec("mujoco_warp") is None:
        return "cpu", "auto: to use the GPU that is here, pip install 'rlbench[gpu]'"
    if workers is not None:
        return "cpu", "auto: --workers are processes on the CPU"
    return "auto", "to be measured"
