"""Mistakes in names and settings that are known at once: before torch is loaded, and before any process is started."""

from collections.abc import Mapping
from dataclasses import fields

from rlbench.sweep.request import Request
from rlbench.sweep.settings import TYPED, check_keys, choose, refuse_alike
from rlbench.sweep.variants import check_variants


def refuse_wrong_names(request: Request) -> None:
    """A UserError for an algorithm, an environment or a setting of the request that there is not.

    What only somebody else's code could tell, a plug-in or an environment's module, is left to be asked in a worker.
    """
    from rlbench.algorithms import BUILT_IN, names
    from rlbench.algorithms.pages import read_page

    refuse_unknown_algorithms(request.algorithms, request.variants)
    algorithms = {name: request.variants.get(name, name) for name in request.algorithms}
    own = {name: (each, read_page(each).settings) for name, each in algorithms.items() if each in BUILT_IN}
    if len(own) == len(algorithms):
        chosen = {name: (each, _setting_names(settings)) for name, (each, settings) in own.items()}
        anybodys = any(name not in BUILT_IN for name in names())  # a file may speak of a plug-in that does not run
        layers = [layer for layer in request.settings if layer[0] in TYPED or not anybodys]
        check_keys(layers, chosen, (*names(), *request.variants), _own_setting_names)
    refuse_alike(
        [
            variant
            for name, (each, settings) in own.items()
            for variant in choose(request.settings, name, each, settings)
        ]
    )
    refuse_unknown_environments(request.envs)


def refuse_unknown_algorithms(algorithms: tuple[str, ...], variants: Mapping[str, str]) -> None:
    """A UserError for the first that there is not, or for a variant that is of none or has the name of one."""
    from rlbench.algorithms import names, refuse_unknown, unusable

    check_variants(variants, names(), taken=(*names(), *unusable()))
    for name in algorithms:
        if name not in variants:
            refuse_unknown(name, also=variants)


def refuse_unknown_environments(envs: tuple[str, ...]) -> None:
    """A UserError for the first that there is not."""
    from rlbench.envs.registry import refuse_unknown

    for env in envs:
        refuse_unknown(env)


def _own_setting_names() -> set[str]:
    """Of all algorithms of rlbench."""
    from rlbench.algorithms import ALGORITHMS
    from rlbench.algorithms.pages import read_page

    return {name for algorithm in ALGORITHMS for name in _setting_names(read_page(algorithm).settings)}


def _setting_names(settings: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(settings))
