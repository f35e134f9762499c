"""Worlds on a GPU, and checks that this machine can simulate them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec

import mujoco
import torch

from rlbench.envs.env import Env, Generators
from rlbench.envs.own_tasks import get_task
from rlbench.envs.physics.buffers import Buffers, buffers_of
from rlbench.envs.worlds import model_of
from rlbench.errors import UserError

INSTALL = "pip install 'rlbench[gpu]'"
LEAST_ARCHITECTURE = 75


def why_not(device: str) -> str | None:
    """The reason why the device `cuda`, or its stand-in `warp-cpu`, cannot be used here; None if it can."""
    missing = [name for name in ("mujoco_warp", "warp") if find_spec(name) is None]
    if missing:
        return f"MuJoCo Warp is not installed: {INSTALL}"
    if device == "warp-cpu":
        return None
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA; install a build that has it (pytorch.org says how)"
    if not torch.cuda.is_available():
        return "torch sees no NVIDIA GPU; nvidia-smi says whether there is one, and its driver"
    import warp

    warp.config.log_level = warp.LOG_ERROR  # no start-up message
    if not warp.is_cuda_available():
        return f"torch sees a GPU and Warp {warp.__version__} does not: it needs a newer NVIDIA driver"
    if not warp.is_conditional_graph_supported():
        return "the NVIDIA driver is older than CUDA 12.4; update it"
    if (architecture := warp.get_device("cuda").arch) < LEAST_ARCHITECTURE:
        return (
            f"the GPU is too old for Warp (compute capability {architecture / 10}, {LEAST_ARCHITECTURE / 10} is needed)"
        )
    return None


def refuse_without_gpu(device: str) -> None:
    """Raise a UserError if the device cannot be used here."""
    if reason := why_not(device):
        raise UserError(f"--device {device}: {reason}.")


def check_on_gpu(env_id: str) -> None:
    """Raise a UserError if the environment cannot be simulated on a GPU."""
    if get_task(env_id) is None:
        raise UserError(
            f"{env_id} runs on the CPU alone: a GPU moves the MuJoCo tasks of rlbench list.",
            "Leave --device out.",
        )


def world_bytes(env_id: str, buffers: tuple[int, int] | None) -> int:
    """Bytes of GPU memory for one world."""
    from rlbench.envs.physics.warp import world_bytes

    task = get_task(env_id)
    assert task is not None
    return world_bytes(model_of(task), Buffers(*buffers) if buffers else buffers_of(task.xml))


@contextmanager
def full_memory_is_told() -> Iterator[None]:
    """For a `with` block: turn an out-of-memory error of torch or Warp into a UserError."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "Failed to allocate" in str(error):
            raise UserError(f"The GPU's memory is full ({_one_line(error)}). Lower --seeds or --num-envs.") from error
        raise


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def free_memory() -> int:
    """Free bytes of GPU memory."""
    return torch.cuda.mem_get_info()[0]


@cache
def physics_of(env_id: str, device: str) -> str:
    """The simulator, for run.json. It is unknown for environments that are not MuJoCo tasks."""
    task = get_task(env_id)
    if task is None:
        return "the environment's own (CPU)"
    if device == "cpu":
        return "mujoco.batch (CPU, float64)"
    swapped = model_of(task).opt.solver == mujoco.mjtSolver.mjSOL_PGS
    where = "CUDA" if device == "cuda" else "CPU"
    return f"mujoco_warp ({where}, float32{', Newton in place of PGS' if swapped else ''})"


def make_on_gpu(
    env_id: str,
    seeds: Sequence[int],
    num_envs: int,
    starts: Generators,
    device: str,
    buffers: tuple[int, int] | None = None,
    max_episode_steps: int | None = None,
) -> Env:
    """The worlds of a MuJoCo task on `cuda`, or on its stand-in."""
    check_on_gpu(env_id)
    refuse_without_gpu(device)
    from rlbench.envs.warp_env import make_warp

    place = torch.device("cpu") if device == "warp-cpu" else torch.device("cuda", torch.cuda.current_device())
    room = Buffers(*buffers) if buffers else None
    return make_warp(env_id, seeds, num_envs, starts, place, room, max_episode_steps)
