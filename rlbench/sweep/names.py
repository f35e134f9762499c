"""Checks of names and settings that need neither torch nor a process, so that a typing error is answered at once."""

from collections.abc import Mapping
from dataclasses import fields

from rlbench.sweep.chosen_settings import TYPED, check_keys, choose, refuse_alike
from rlbench.sweep.request import Request
from rlbench.sweep.variants import check_variants


def refuse_wrong_names(request: Request) -> None:
    """A UserError for an unknown algorithm, environment or setting of the request.

    Names that only foreign code could tell, of a plug-in or of an environment's module, are checked later in a worker.
    """
    from rlbench.algorithms import BUILT_IN, names
    from rlbench.algorithms.pages import read_page

    refuse_unknown_algorithms(request.algorithms, request.variants)
    algorithms = {name: request.variants.get(name, name) for name in request.algorithms}
    own = {name: (each, read_page(each).settings) for name, each in algorithms.items() if each in BUILT_IN}
    if len(own) == len(algorithms):
        chosen = {name: (each, _setting_names(settings)) for name, (each, settings) in own.items()}
        anybodys = any(
            name not in BUILT_IN for name in names()
        )  # a file may have settings of a plug-in that is not run
        layers = [layer for layer in request.all_settings if layer[0] in TYPED or not anybodys]
        check_keys(layers, chosen, (*names(), *request.variants), _own_setting_names)
    for env in request.envs:
        refuse_alike(
            [
                variant
                for name, (each, settings) in own.items()
                for variant in choose(request.settings_on(env), name, each, settings)
            ]
        )
    refuse_unknown_environments(request.envs)


def refuse_unknown_algorithms(algorithms: tuple[str, ...], variants: Mapping[str, str]) -> None:
    """A UserError for the first unknown name, and for a variant of an unknown algorithm or with an algorithm's name."""
    from rlbench.algorithms import names, refuse_unknown, unusable

    check_variants(variants, names(), taken=(*names(), *unusable()))
    for name in algorithms:
        if name not in variants:
            refuse_unknown(name, also=variants)


def refuse_unknown_environments(envs: tuple[str, ...]) -> None:
    """A UserError for the first unknown environment."""
    from rlbench.envs.registry import refuse_unknown

    for env in envs:
        refuse_unknown(env)


def _own_setting_names() -> set[str]:
    """The names of the settings of all of rlbench's own algorithms."""
    from rlbench.algorithms import ALGORITHMS
    from rlbench.algorithms.pages import read_page

    return {name for algorithm in ALGORITHMS for name in _setting_names(read_page(algorithm).settings)}


def _setting_names(settings: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(settings))
