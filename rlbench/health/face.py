"""All checks of this machine, one after another."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import shorten

from rlbench.errors import say_error
from rlbench.health.check import Check, Health


def doctor(out: str | Path = "results", *, on_check: Callable[[Check], None] = lambda _: None) -> Health:
    """Look at what rlbench needs on this machine: `.checks`, and `.worst` of pass, warn and fail.

    `out` is the folder that results shall go to. `on_check` is called with each check as soon as it is done. Code that
    may crash runs in processes of its own.
    """
    checks = []
    for check in examine(Path(out)):
        checks.append(check)
        on_check(check)
    return Health(tuple(checks))


def examine(out: Path) -> Iterator[Check]:
    """The checks, quick ones first. One that itself fails is a check that failed."""
    from rlbench.health import folders, machine, packages

    yield packages.check_python()
    yield from guarded("packages", packages.check_packages)
    yield from guarded("cores", lambda: [machine.check_cores()])
    yield from guarded("load", lambda: [machine.check_load()])
    yield from guarded("memory", lambda: [machine.check_memory()])
    yield from guarded("open files", lambda: [machine.check_files()])
    yield from guarded("threads", lambda: [machine.check_threads()])
    yield from guarded("results folder", lambda: [folders.check_results_folder(out)])
    yield from guarded("temporary folder", lambda: [folders.check_temporary_folder()])
    yield from guarded("gpu", check_gpu_and_warp)
    yield from guarded("rendering", lambda: [check_rendering()])
    yield from guarded("simulation", lambda: [check_simulation()])


def guarded(name: str, checks: Callable[[], list[Check]]) -> list[Check]:
    """The checks, or one that says why they could not be made."""
    try:
        return checks()
    except Exception as error:
        return [Check(name, "fail", f"it cannot be looked at: {say_error(error)}", "pip install --upgrade rlbench")]


def check_gpu_and_warp() -> list[Check]:
    from rlbench.health.gpu import check_gpu, check_warp

    gpu = check_gpu()
    return [gpu, check_warp(gpu)]


def check_rendering() -> Check:
    """Whether a picture can be drawn, which only videos need."""
    from rlbench.envs.rendering import HINT, VARIABLE, find_backend

    backend, tried = find_backend()
    failed = "; ".join(f"{each.backend}: {shorten(each.why_not, 100)}" for each in tried if each.why_not)
    if backend is None:
        return Check("rendering", "warn", f"no backend draws ({failed}); only videos need one", HINT)
    return Check("rendering", "pass", f"{VARIABLE}={backend}{f' (not {failed})' if failed else ''}")


def check_simulation() -> Check:
    from rlbench.health.simulation import check_simulation

    return check_simulation()
