"""The launcher of a Ray cluster. Ray is imported when it is joined, which decides how it is configured."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rlbench.errors import UserError
from rlbench.sweep.launchers.contract import OnWait
from rlbench.sweep.launchers.ray_cluster import Node, joined, look_at_nodes, refuse_other_code
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.request import Request

if TYPE_CHECKING:
    from rlbench.sweep.launchers.ray_jobs import Ray


@contextlib.contextmanager
def launch(request: Request, on_wait: OnWait) -> Iterator[tuple[Request, "Ray"]]:
    """Join the cluster or start a Ray; gives the request with as many jobs at a time as there are cores, or GPUs."""
    launching = request.launching
    with Workers(1, on_wait=on_wait) as pool, joined(launching.address, launching.tasks or request.cores) as where:
        from rlbench.sweep.launchers.ray_jobs import Ray

        nodes = look_at_nodes()
        if request.device != "cpu":
            nodes = [node for node in nodes if node.gpus >= 1]
            if not nodes:
                raise UserError(f"No node of the Ray cluster has a GPU, which --device {request.device} needs.")
        refuse_other_code(nodes)
        resolved = place(request, nodes, where)
        launcher = Ray(nodes, resolved.threads, pool, on_gpu=resolved.device != "cpu")
        try:
            yield resolved, launcher
        finally:
            launcher.stop()


def place(request: Request, nodes: Sequence[Node], where: str) -> Request:
    """The request with the size of the cluster in the place of this machine's."""
    cores, gpus = sum(node.cores for node in nodes), sum(int(node.gpus) for node in nodes)
    tasks = min(request.launching.tasks or cores, cores if request.device == "cpu" else gpus)
    reason = f"{where}: {len(nodes)} {'node' if len(nodes) == 1 else 'nodes'} of {cores} cores"
    if request.device != "cpu":
        reason += f" and {gpus} {'GPU' if gpus == 1 else 'GPUs'}"
    if len({node.code.processor for node in nodes}) > 1:
        reason += ", of different processors, so that last digits of results may differ"
    return replace(request, device_reason=reason, cores=cores, threads=tasks, workers=tasks)
