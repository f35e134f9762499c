"""Which ids there are in Gymnasium's registry. Imports Gymnasium and no torch: a misspelt id is answered at once."""

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from rlbench.envs.tasks import retired, task_ids
from rlbench.errors import UserError, nearest

PLUGINS = "gymnasium.envs"
"""The entry points of packages whose code Gymnasium runs when it is imported."""


def refuse_unknown(env_id: str) -> None:
    """A UserError where there is no such environment, as far as that is known without running anybody else's code."""
    if reason := retired(env_id):
        raise UserError(reason)
    module, _, _ = env_id.rpartition(":")
    if env_id in task_ids() or module.startswith(".") or (not module and entry_points(group=PLUGINS)):
        return
    if not module:
        find_registered(env_id)
        return
    try:
        found = find_spec(module.partition(".")[0])  # to look for `a.b` would run `a`
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise UserError(f"{env_id}: the module '{module}' cannot be imported: there is none of that name here.")


def is_foreign_to_gymnasium(env_id: str) -> bool:
    """Whether an environment that is no task of rlbench's own is none of Gymnasium's own either."""
    import gymnasium

    if ":" in env_id:
        return True
    spec = gymnasium.registry[find_registered(env_id)]
    return bool(spec.additional_wrappers) or not str(spec.entry_point).startswith("gymnasium.envs.")


def find_registered(env_id: str) -> str:
    """The registered name: the id without its module, which is imported first."""
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
