"""Look-up of ids in Gymnasium's registry, without torch, so that a misspelt id is reported at once."""

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from rlbench.envs.tasks import retired, task_ids
from rlbench.errors import UserError, nearest

PLUGINS = "gymnasium.envs"
"""Entry points of packages that Gymnasium imports when it is imported itself."""


def refuse_unknown(env_id: str) -> None:
    """Raise a UserError if the environment does not exist, as far as is known without running code of others."""
    if reason := retired(env_id):
        raise UserError(reason)
    module, _, _ = env_id.rpartition(":")
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
        raise UserError(f"{env_id}: the module '{module}' cannot be imported: there is none of that name here.")


def is_foreign_to_gymnasium(env_id: str) -> bool:
    """True if the code of an environment, which is not a MuJoCo task of rlbench, is outside Gymnasium too."""
    import gymnasium

    if ":" in env_id:
        return True
    spec = gymnasium.registry[find_registered(env_id)]
    return bool(spec.additional_wrappers) or not str(spec.entry_point).startswith("gymnasium.envs.")


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
            raise UserError(f"{env_id}: the module '{module}' cannot be imported: {error}") from error
    if name not in gymnasium.registry:
        known = (*task_ids(), *(each for each in gymnasium.registry if retired(each) is None))
        raise UserError(f"There is no environment '{env_id}'.{nearest(name, known)} See: rlbench list")
    if gymnasium.registry[name].nondeterministic:
        raise UserError(f"{env_id} does not repeat itself under a seed, so no result on it could be reproduced.")
    return name
