"""Words that a shell completes: algorithms, environments, suites, devices and launchers.

A shell asks at each press of Tab, so that nothing here may import torch or load a plug-in.
"""


def complete_algorithm(incomplete: str) -> list[str]:
    """Algorithms, plug-ins among them."""
    from rlbench.algorithms import names

    return [name for name in names() if name.startswith(incomplete)]


def complete_env(incomplete: str) -> list[str]:
    """MuJoCo tasks; after a comma, for the last of several."""
    from rlbench.envs import list_tasks

    first, comma, last = incomplete.rpartition(",")
    return [f"{first}{comma}{task}" for task in list_tasks() if task.startswith(last)]


def complete_suite(incomplete: str) -> list[str]:
    """rlbench's own suites."""
    from rlbench.sweep.suite import suite_names

    return [name for name in suite_names() if name.startswith(incomplete)]


def complete_lesson(incomplete: str) -> list[str]:
    """Lessons."""
    from rlbench.lessons import LESSONS

    return [name for name in LESSONS if name.startswith(incomplete)]


def complete_shown(incomplete: str) -> list[str]:
    """What `rlbench show` can show by name."""
    return [*complete_algorithm(incomplete), *complete_env(incomplete), *complete_suite(incomplete)]


def complete_device(incomplete: str) -> list[str]:
    """The values of --device."""
    from rlbench.sweep.devices import DEVICES

    return [name for name in DEVICES if name.startswith(incomplete)]


def complete_launcher(incomplete: str) -> list[str]:
    """The values of --launcher."""
    from rlbench.sweep.launchers.options import LAUNCHERS

    return [name for name in LAUNCHERS if name.startswith(incomplete)]
