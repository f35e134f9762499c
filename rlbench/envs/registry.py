"""Look-up of ids in Gymnasium's registry, without torch, so that a misspelt id is reported at once."""

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from rlbench.envs.tasks import retired, task_ids
from rlbench.errors import UserError, nearest

PLUGINS = "gymnasium.envs"
"""Entry points of packages that Gymnasium imports when it is imported itself."""


def refuse_unknown(env_id: str) -> None:
    """Raise a UserError if the environment does not exist, as far as is known without running code of others."""
    if reason := retired(env_id):
        raise UserError(reason)
    module, _, _ = env_id.rpartition(":")
    if is_installed_task(env_id):
        return
    if env_id in task_ids() or module.startswith(".") or (not module and entry_points(group=PLUGINS)):
        return
    if not module:
        find_registered(env_id)
        return
    try:
        found = find_spec(module.partition(".")[0])  # find_spec("a.b") would import `a`
    except (ImportError, ValueError):
        found = None
    if found is None:
        told = f"{env_id}: the module '{module}' cannot be imported: there is none of that name here."
        raise UserError(f"{told}{_how_to_find(module)}")


def is_installed_task(env_id: str) -> bool:
    """Whether a package brings a task of this id. A UserError if it brings one that cannot be used."""
    from rlbench.envs.own_tasks import installed_tasks

    installed = installed_tasks()
    if env_id in installed.broken:
        raise UserError(f"{env_id} cannot be used. {installed.broken[env_id]}")
    return env_id in installed.points


def _how_to_find(module: str) -> str:
    """What to do about a module that is in the working folder, where installed programs do not look."""
    top = module.partition(".")[0]
    beside = Path(f"{top}.py").is_file() or Path(top).is_dir()
    return " It is in this folder, where Python does not look: put PYTHONPATH=. before the command." if beside else ""


def is_foreign_to_gymnasium(env_id: str) -> bool:
    """True if the code of an environment, which is not a MuJoCo task of rlbench, is outside Gymnasium too."""
    import gymnasium

    if ":" in env_id:
        return True
    spec = gymnasium.registry[find_registered(env_id)]
    return bool(spec.additional_wrappers) or not str(spec.entry_point).startswith("gymnasium.envs.")


def known_ids() -> tuple[str, ...]:
    """The ids of all environments that are known without running code of others."""
    import gymnasium

    from rlbench.envs.own_tasks import own_task_ids

    return (*task_ids(), *own_task_ids(), *(each for each in gymnasium.registry if retired(each) is None))


def _say_unknown(env_id: str, name: str) -> tuple[str, str]:
    """There is no such environment; and the hint: how one's own is named."""
    known = known_ids()
    module = env_id.rpartition(":")[0]
    if module:
        return (
            f"There is no environment '{name}' in the module '{module}': importing it registers none of that id with "
            f"Gymnasium, and it has no rlbench.Task of that id.{nearest(name, known)}",
            "Read docs/own-tasks.md.",
        )
    return (
        f"There is no environment '{env_id}'.{nearest(name, known)} See: rlbench list",
        f"One of your own is named with its module, as in --env my_module:{name} (docs/own-tasks.md)",
    )


def find_registered(env_id: str) -> str:
    """Import the module of an id `module:Id-v0`, and return the registered name after the colon."""
    import gymnasium

    module, _, name = env_id.rpartition(":")
    if module:
        from rlbench.envs.answers import calling  # which imports torch

        try:
            with calling(env_id, "import", passing=(ImportError,)):
                import_module(module)
        except ImportError as error:
            raise UserError(
                f"{env_id}: the module '{module}' cannot be imported: {error}.{_how_to_find(module)}"
            ) from error
    if name not in gymnasium.registry:
        raise UserError(*_say_unknown(env_id, name))
    if gymnasium.registry[name].nondeterministic:
        raise UserError(f"{env_id} does not repeat itself under a seed, so no result on it could be reproduced.")
    return name
