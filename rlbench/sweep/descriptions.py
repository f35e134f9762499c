"""Descriptions of algorithms and environments. Foreign ones are described in a worker, as they may end its process."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rlbench.errors import Fault, UserError, nearest
from rlbench.sweep.launchers.workers import Workers

if TYPE_CHECKING:
    from rlbench.algorithms.description import Description
    from rlbench.envs.describe import EnvironmentDescription

ENVIRONMENT = re.compile(r":|-v\d+$")
"""What the name of an environment has, and that of no algorithm or suite."""


def descriptions(names: Iterable[str]) -> Iterator[tuple[str, "Description | str"]]:
    """For each name the algorithm's description, or why it cannot be used."""
    from rlbench.algorithms import BUILT_IN
    from rlbench.algorithms.description import describe_algorithm

    with contextlib.ExitStack() as stack:
        pool: Workers | None = None
        for name in names:
            if name in BUILT_IN:
                yield name, describe_algorithm(name)
                continue
            pool = pool or stack.enter_context(Workers(1))
            try:
                yield name, pool.ask(describe_algorithm, name, parts=frozenset([name]))
            except UserError as error:
                yield name, str(error)
            except Fault as fault:
                yield name, f"{name} cannot be used. Loading it failed: {fault}"


def description(name: str) -> "Description":
    """The description of one algorithm; a UserError where there is none of that name."""
    from rlbench.algorithms import refuse_unknown

    refuse_unknown(name)
    [(_, found)] = descriptions([name])
    if isinstance(found, str):
        raise UserError(found)
    return found


def environment_description(env_id: str) -> "EnvironmentDescription":
    """The description of an environment; a UserError where there is none of that name."""
    from rlbench.sweep.machine import usable_cores

    with Workers(1) as pool:
        return pool.ask(_describe_environment, env_id, usable_cores(), parts=frozenset([env_id]))


def _describe_environment(env_id: str, cores: int) -> "EnvironmentDescription":
    from rlbench.envs.describe import describe_environment

    return describe_environment(env_id, cores)


def refuse_unknown_name(name: str) -> None:
    """A UserError where no algorithm, suite or environment has this name, as far as is known without foreign code."""
    from rlbench.algorithms import names
    from rlbench.envs import list_tasks
    from rlbench.envs.registry import known_ids, refuse_unknown
    from rlbench.sweep.suite import suite_names

    known = [*names(), *suite_names(), *list_tasks()]
    if ENVIRONMENT.search(name):  # else it is answered at once, without importing Gymnasium
        try:
            refuse_unknown(name)
        except UserError:
            if ":" in name:
                raise
            known += known_ids()
        else:
            return
    raise UserError(
        f"There is no algorithm, suite or environment '{name}'.{nearest(name, known)}",
        "See rlbench list and rlbench list --suites; an environment of your own is named with its module, as in "
        "my_module:Point-v0",
    )
