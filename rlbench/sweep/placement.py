"""Whether a sweep runs on the CPU or on the GPU, where the user leaves the choice: the faster simulator wins."""

from collections.abc import Callable
from dataclasses import replace

from rlbench.sweep.lookup import worlds_of
from rlbench.sweep.request import Request

MEASURED_SECONDS = 0.5
"""How long each simulator is measured."""

AskRequest = Callable[[Callable[[Request], Request], Request], Request]
"""Calls a function in a process where torch may be imported."""


def resolve_device(request: Request, ask: AskRequest) -> Request:
    """The request with `cpu` or `cuda` in place of `auto`."""
    return ask(choose_faster_device, request) if request.device == "auto" else request


def choose_faster_device(request: Request) -> Request:
    """The request on whichever device steps its worlds faster, with the reason. Measures; imports torch."""
    from rlbench.envs.bare import bare_speed, bare_warp_speed
    from rlbench.envs.gpu import why_not
    from rlbench.envs.tasks import task_ids

    def on(device: str, reason: str) -> Request:
        alone = device == "cuda"
        workers, threads = (1, 1) if alone else (request.workers, request.threads)
        return replace(request, device=device, device_reason=f"auto: {reason}", workers=workers, threads=threads)

    others = [env for env in request.envs if env not in task_ids()]
    if others:
        return on("cpu", f"{others[0]} runs only there")
    if reason := why_not("cuda"):
        return on("cpu", reason)
    fewest = len(request.seeds) * min(worlds_of(request))
    cpu = sum(1 / bare_speed(env, request.cores, MEASURED_SECONDS) for env in request.envs)
    try:
        gpu = sum(1 / bare_warp_speed(env, fewest, "cuda", MEASURED_SECONDS) for env in request.envs)
    except Exception as error:  # of any kind: it comes from a driver, a compiler or a full memory
        return on("cpu", f"the GPU could not be tried, {type(error).__name__}: {' '.join(str(error).split())}")
    speeds = f"{1 / gpu:,.0f} steps/s on the GPU with {fewest:,} worlds, {1 / cpu:,.0f} on {request.cores} cores"
    return on("cuda" if gpu < cpu else "cpu", f"its simulator makes {speeds}")
