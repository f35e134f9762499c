"""An estimate of the GPU memory that a sweep takes, before anything is allocated there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlbench.errors import UserError
from rlbench.sweep.devices import STAND_IN
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.memory import CANDIDATE_COPIES, transition_bytes
from rlbench.sweep.words import say_bytes

if TYPE_CHECKING:
    from rlbench.algorithms.contract import Algorithm, Size, Space

EVALUATION_WORLDS = 20
"""Number of evaluation worlds per seed."""
BYTES_OF_LIBRARIES = 1_000_000_000
"""Approximate bytes of GPU memory that torch, Warp and their kernels take before a sweep has allocated anything."""
LAYER_COPIES = 6
"""Number of copies of a layer's outputs that the GPU holds for each transition."""


@dataclass(frozen=True)
class GpuMemory:
    """The free memory of a GPU, and the estimated need of each seed."""

    free: int | None
    """Free bytes; None where the system does not report them."""
    per_seed: dict[tuple[str, str], int]
    """Estimated bytes of one seed, by (environment, label)."""


def memory_of(device: str) -> GpuMemory | None:
    """The free memory of a device, with no sweep planned yet; None for the CPU. A UserError where there is no GPU."""
    if device == "cpu":
        return None
    from rlbench.envs.gpu import free_memory, refuse_without_gpu

    refuse_without_gpu(device)
    return GpuMemory(usable_memory() if device == STAND_IN else free_memory(), {})


def gpu_bytes(
    device: str, buffers: tuple[int, int] | None, env: str, algorithm: "Algorithm", space: "Space", size: "Size"
) -> int:
    """Estimated bytes of GPU memory for one seed; 0 on the CPU. `buffers` are those of --gpu-buffers."""
    if device == "cpu":
        return 0
    from rlbench.envs.gpu import world_bytes

    worlds = algorithm.num_envs + size.branches + EVALUATION_WORLDS
    batch = transition_bytes(algorithm, space, LAYER_COPIES) * (size.batch or algorithm.num_envs)
    return world_bytes(env, buffers) * worlds + batch + candidate_bytes(algorithm, size)


def candidate_bytes(algorithm: Any, size: "Size") -> int:
    """Bytes of a generation of candidate policies while it is made; 0 for an algorithm without a population."""
    return 4 * CANDIDATE_COPIES * getattr(algorithm, "population", 0) * size.parameters


def refuse_too_large_for_gpu(memory: GpuMemory | None, seeds: int) -> None:
    """A UserError where so many seeds do not fit on the GPU together."""
    if memory is None or memory.free is None or not memory.per_seed:
        return
    (env, algorithm), need = max(memory.per_seed.items(), key=lambda item: item[1])
    room = memory.free - BYTES_OF_LIBRARIES
    if seeds * need > room:
        fit = max(0, room // need)
        advice = f"About {fit:,} seeds fit." if fit else "Not one seed fits."
        raise UserError(
            f"{algorithm} on {env} takes about {say_bytes(need)} of the GPU a seed, {say_bytes(seeds * need)} in all, "
            f"and {say_bytes(max(0, room))} are free. {advice} Lower --seeds or --num-envs."
        )
