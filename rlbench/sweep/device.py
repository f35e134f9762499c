"""Which device a sweep runs on, and what it needs of a GPU's memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlbench.errors import UserError, nearest, quoted
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.words import say_bytes

if TYPE_CHECKING:
    from rlbench.algorithms.contract import Algorithm, Size, Space
    from rlbench.sweep.request import Request

DEVICES = ("auto", "cpu", "cuda")
STAND_IN = "warp-cpu"
"""Does on a CPU, slowly, what cuda does: to try it without a GPU."""

DRIVERS = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg")
EVALUATION_WORLDS = 20
BYTES_OF_LIBRARIES = 1_000_000_000
"""What torch, Warp and their kernels take of a GPU before there is anything in it; roughly."""


def choose_device(asked: Any, workers: Any = None, drivers: Sequence[str] = DRIVERS) -> tuple[str, str]:
    """The device and why; `auto` where that is still to be measured. `workers` is what was said of them."""
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


def settle(request: "Request", ask: Callable[[Callable[["Request"], "Request"], "Request"], "Request"]) -> "Request":
    """The request with a device. `ask` calls a function where torch may be imported."""
    return ask(measured, request) if request.device == "auto" else request


def measured(request: "Request") -> "Request":
    """The request on whichever device steps its worlds faster, and why."""
    from rlbench.envs.bare import bare_speed, bare_warp_speed
    from rlbench.envs.gpu import why_not
    from rlbench.envs.tasks import task_ids
    from rlbench.sweep.lookup import worlds_of

    def on(device: str, reason: str) -> "Request":
        alone = device == "cuda"
        workers, threads = (1, 1) if alone else (request.workers, request.threads)
        return replace(request, device=device, device_reason=f"auto: {reason}", workers=workers, threads=threads)

    others = [env for env in request.envs if env not in task_ids()]
    if others:
        return on("cpu", f"{others[0]} runs there alone")
    if reason := why_not("cuda"):
        return on("cpu", reason)
    least = len(request.seeds) * min(worlds_of(request))
    cpu = sum(1 / bare_speed(env, request.cores, 0.5) for env in request.envs)
    try:
        gpu = sum(1 / bare_warp_speed(env, least, "cuda", 0.5) for env in request.envs)
    except Exception as error:  # whatever a driver, a compiler or a full memory makes of it
        return on("cpu", f"the GPU could not be tried, {type(error).__name__}: {' '.join(str(error).split())}")
    speeds = f"{1 / gpu:,.0f} steps/s on the GPU with {least:,} worlds, {1 / cpu:,.0f} on {request.cores} cores"
    return on("cuda" if gpu < cpu else "cpu", f"its simulator makes {speeds}")


@dataclass(frozen=True)
class GpuMemory:
    """What a sweep would take of a device."""

    free: int | None
    """Bytes; None where nobody tells."""
    a_seed: dict[tuple[str, str], int]
    """Bytes by (environment, label); roughly."""


def memory_of(device: str) -> GpuMemory | None:
    """What is free on a device, before anything is known of a sweep; None for the CPU. A UserError without the GPU."""
    if device == "cpu":
        return None
    from rlbench.envs.gpu import free_memory, refuse_without_gpu

    refuse_without_gpu(device)
    return GpuMemory(usable_memory() if device == STAND_IN else free_memory(), {})


def bytes_on_gpu(request: "Request", env: str, algorithm: "Algorithm", space: "Space", size: "Size") -> int:
    """Of a device's memory that a seed takes; roughly. Nothing on a CPU."""
    if request.device == "cpu":
        return 0
    from rlbench.envs.gpu import world_bytes

    worlds = algorithm.num_envs + size.branches + EVALUATION_WORLDS
    batch = transition_bytes(algorithm, space) * (size.batch or algorithm.num_envs)
    return world_bytes(env, request.gpu_buffers) * worlds + batch + candidate_bytes(algorithm, size)


def transition_bytes(algorithm: Any, space: "Space") -> int:
    """Of a transition of a batch, as it is recorded and as networks remember it."""
    return 4 * (8 * space.obs_size + 6 * space.action_size + 6 * sum(getattr(algorithm, "hidden_sizes", ())) + 24)


def candidate_bytes(algorithm: Any, size: "Size") -> int:
    """Of a generation's candidates and what they are made of: noise, noise to scale, candidates, the best; and room."""
    return 4 * 6 * getattr(algorithm, "population", 0) * size.parameters


def refuse_too_large_for_gpu(memory: GpuMemory | None, seeds: int) -> None:
    """A UserError where so many seeds do not fit on the device together."""
    if memory is None or memory.free is None or not memory.a_seed:
        return
    (env, algorithm), need = max(memory.a_seed.items(), key=lambda item: item[1])
    room = memory.free - BYTES_OF_LIBRARIES
    if seeds * need > room:
        fit = max(0, room // need)
        advice = f"About {fit:,} seeds fit." if fit else "Not one seed fits."
        raise UserError(
            f"{algorithm} on {env} takes about {say_bytes(need)} of the GPU a seed, {say_bytes(seeds * need)} in all, "
            f"and {say_bytes(max(0, room))} are free. {advice} Lower --seeds or --num-envs."
        )
