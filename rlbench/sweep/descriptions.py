"""Descriptions of algorithms. Plug-ins are described in a worker, because loading one may end its process."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rlbench.errors import Fault, UserError
from rlbench.sweep.launchers.workers import Workers

if TYPE_CHECKING:
    from rlbench.algorithms.description import Description


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
