"""What training on this machine depends on: versions of packages, and the processor. Needs no torch."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rlbench import __version__


@cache
def versions(device: str) -> dict[str, str]:
    """The versions of Python, rlbench and what it computes with on a device."""
    found = {"rlbench": __version__, "python": platform.python_version()}
    moving = ("mujoco-warp", "warp-lang") if device != "cpu" else ()
    for package in ("torch", "mujoco", "gymnasium", "numpy", "cmaes", *moving):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def same_release(name: str, first: Any, second: Any) -> bool:
    """Whether two versions of a package give the same results. Patch releases of Python fix bugs, others may not."""
    if name == "python" and isinstance(first, str) and isinstance(second, str):
        return first.rpartition(".")[0] == second.rpartition(".")[0]
    return bool(first == second)


def processor() -> str:
    """The processor's name; Linux tells it in a file, other systems by the platform module."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
