"""Whether there is an NVIDIA GPU here that MuJoCo Warp and torch can use."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rlbench.errors import Fault
from rlbench.health.check import Check
from rlbench.own_process import ask
from rlbench.sweep.devices import DRIVERS
from rlbench.sweep.words import say_bytes

NVIDIA, DISPLAY_CLASS = "0x10de", "0x03"
"""The maker's number of NVIDIA, and how the class of a graphics card or of a compute accelerator begins."""
INSTALL = "pip install 'rlbench[gpu]'"
HERE = "rlbench.health.gpu"


def check_gpu(drivers: Sequence[str] = DRIVERS, devices: Path = Path("/sys/bus/pci/devices")) -> Check:
    """The GPU, its driver, and whether both torch and Warp see it."""
    if not any(Path(driver).exists() for driver in drivers):
        if has_nvidia_card(devices):
            mend = "Install NVIDIA's driver; for a container the NVIDIA Container Toolkit, and start it with --gpus all"
            return Check("gpu", "warn", "there is an NVIDIA card, and no driver; runs use the CPU", mend)
        return Check("gpu", "pass", "none; runs use the CPU")
    try:
        answer = ask(HERE, "describe_gpu")
    except Fault as fault:
        return Check("gpu", "warn", f"torch or Warp fails on it: {fault}; runs use the CPU", "Update NVIDIA's driver.")
    if reason := answer["why_not"]:
        return Check("gpu", "warn", "there is a driver, and runs use the CPU", f"{reason[:1].upper()}{reason[1:]}")
    memory = f"{say_bytes(answer['free'])} of {say_bytes(answer['total'])} free"
    return Check("gpu", "pass", f"{answer['name']}, {memory}, driver for CUDA {answer['driver']}")


def has_nvidia_card(devices: Path) -> bool:
    """Whether the bus has a graphics card of NVIDIA's."""
    for vendor in devices.glob("*/vendor"):
        try:
            words = vendor.read_text().strip(), (vendor.parent / "class").read_text().strip()
        except OSError:
            continue
        if words[0] == NVIDIA and words[1].startswith(DISPLAY_CLASS):
            return True
    return False


def describe_gpu() -> dict:
    """Why the GPU cannot be used, or what it is. Called in its own process."""
    from rlbench.envs.gpu import why_not

    if reason := why_not("cuda"):
        return {"why_not": reason}
    import torch
    import warp

    free, total = torch.cuda.mem_get_info()
    driver = ".".join(map(str, warp.get_cuda_driver_version()))
    return {"why_not": None, "name": torch.cuda.get_device_name(), "free": free, "total": total, "driver": driver}


def check_warp(gpu: Check) -> Check:
    """MuJoCo Warp, which simulates on a GPU and is not needed without one."""
    found = []
    for package in ("mujoco-warp", "warp-lang"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            without = gpu.found.startswith("none")
            return Check("warp", "pass" if without else "warn", f"{package} is not installed; runs on a GPU need it",
                         "" if without else INSTALL)  # fmt: skip
    return Check("warp", "pass", ", ".join(found))
