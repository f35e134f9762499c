"""The modules whose code makes an environment."""


def modules_of(env_id: str) -> tuple[str, ...]:
    """The modules that an environment is made by: the one that its id names and those of its class and wrappers.

    A task of one's own is made by the module that its entry point or its id names. rlbench's tasks and Gymnasium's own
    environments have none. A UserError where there is no such environment.
    """
    from rlbench.envs.tasks import retired, task_ids

    if env_id in task_ids() or retired(env_id):
        return ()
    import gymnasium

    from rlbench.envs.own_tasks import get_task, module_of_task
    from rlbench.envs.registry import find_registered

    if get_task(env_id):
        return (module_of_task(env_id) or env_id.rpartition(":")[0],)

    spec = gymnasium.registry[find_registered(env_id)]
    classes = (spec.entry_point, *(each.entry_point for each in spec.additional_wrappers))
    made_by = (env_id.rpartition(":")[0], *map(_module_of, classes))
    return tuple(dict.fromkeys(name for name in made_by if name and name.partition(".")[0] != "gymnasium"))


def _module_of(entry_point: object) -> str:
    return entry_point.partition(":")[0] if isinstance(entry_point, str) else getattr(entry_point, "__module__", "")
