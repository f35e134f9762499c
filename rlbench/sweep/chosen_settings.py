"""The settings of every variant, chosen from layers of options, with the source of each value."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from rlbench.errors import UserError, nearest
from rlbench.sweep.variants import combinations, make_label

COMMAND_LINE, PROGRAM = TYPED = ("command line", "Python")
"""What run.json calls the source of a setting that was typed, or that a program gave. Other sources are files."""

Layers = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Chosen:
    """The checked settings of one variant, and the source of each: `default`, a file, `command line` or `Python`."""

    settings: dict[str, Any]
    sources: dict[str, str]
    algorithm: str


def choose(layers: Layers, name: str, algorithm: str, kind: type) -> list[tuple[str, Chosen]]:
    """The variants of one name, by label: one variant, or one for each combination where settings have several values.

    `name` is that of an algorithm or of a variant of it, `kind` the algorithm's class. Where several layers name a
    setting, the last wins.
    """
    from rlbench.algorithms.setting_values import split_alternatives
    from rlbench.algorithms.settings import resolve

    own = {each.name: each for each in fields(kind)}
    values: dict[str, Any] = {}
    sources = dict.fromkeys(own, "default")
    for source, layer in layers:
        for setting, value in _meant(layer, name, algorithm, own):
            values[setting] = value
            sources[setting] = source
    ordered = sorted(values, key=[*own, *values].index)  # so that a label does not depend on the order of the options
    several = {key: parts for key in ordered if key in own and (parts := split_alternatives(own[key], values[key]))}
    if not several:
        return [(name, Chosen(asdict(resolve(kind, algorithm, values)), sources, algorithm))]
    found = []
    for choice in combinations(several, name):
        settings = asdict(resolve(kind, algorithm, values | choice))
        label = make_label(name, {key: settings[key] for key in several})
        found.append((label, Chosen(settings, sources, algorithm)))
    return found


def _meant(layer: Mapping[str, Any], name: str, algorithm: str, own: Iterable[str]) -> list[tuple[str, Any]]:
    """A layer's values for one variant: those for all, then those for its algorithm, then its own, which win."""
    found: dict[str, list[tuple[str, Any]]] = {"": [], algorithm: [], name: []}
    for key, value in layer.items():
        target, _, setting = key.rpartition(".")
        if target in found and (target or setting in own):
            found[target].append((setting, value))
    return [pair for pairs in found.values() for pair in pairs]


def refuse_other_labels(labels: Sequence[str], on_other: Sequence[str], env: str, other: str) -> None:
    """A UserError where a setting has several values on one environment alone, so that variants differ between them."""
    for one, place in ((labels, env), (on_other, other)):
        odd = next((label for label in one if label not in (on_other if one is labels else labels)), None)
        if odd is not None:
            raise UserError(
                f"{odd} would run on {place} alone.",
                "Several values of a setting hold on every task: put them into [settings], and leave that "
                "setting out of [tasks].",
            )


def refuse_alike(variants: Sequence[tuple[str, Chosen]]) -> None:
    """A UserError where two variants have the same label, or the same algorithm and settings."""
    for index, (label, chosen) in enumerate(variants):
        for other, earlier in variants[:index]:
            if label == other:
                raise UserError(
                    f"Two variants would be called {label}. Name each value once, or name them in [variants]."
                )
            if (chosen.algorithm, chosen.settings) == (earlier.algorithm, earlier.settings):
                raise UserError(f"{other} and {label} are {chosen.algorithm} with the same settings. Leave one out.")


def check_keys(
    layers: Layers,
    chosen: Mapping[str, tuple[str, Collection[str]]],
    known: Collection[str],
    elsewhere: Callable[[], Collection[str]],
) -> None:
    """A UserError for a key that names no setting.

    `chosen` has the algorithm of each name of the command, and the names of its settings; `known` are the names of all
    algorithms and variants. `elsewhere` gives the settings of all algorithms: a file may also be written for others.
    """
    for source, values in layers:
        for key in values:
            _check_key(source, key, chosen, known, elsewhere)


def idle_keys(layers: Layers, chosen: Mapping[str, Collection[str]]) -> list[str]:
    """A line for each key of a file that none of the algorithms of the command has as a setting.

    A file may be written for more algorithms than are run, so such a key is no mistake; but it has no effect.
    `chosen` has the settings of each algorithm.
    """
    found: dict[str, None] = {}
    for source, values in layers:
        for key in values:
            if source not in TYPED and "." not in key and not any(key in settings for settings in chosen.values()):
                found[f"{source}: {key} has no effect: it is no setting of {' or '.join(chosen)}."] = None
    return list(found)


def _check_key(
    source: str,
    key: str,
    chosen: Mapping[str, tuple[str, Collection[str]]],
    known: Collection[str],
    elsewhere: Callable[[], Collection[str]],
) -> None:
    algorithms = [algorithm for algorithm, _ in chosen.values()]
    target, dot, _ = key.rpartition(".")
    if dot:
        if target not in known:
            raise UserError(f"{source}: {key}: no algorithm '{target}'.{nearest(target, known)} See: rlbench list")
        if target not in (*chosen, *algorithms) and source in TYPED:
            what, names = "--set" if source == COMMAND_LINE else "Setting", ", ".join(chosen)
            raise UserError(f"{what} {key}: {target} is not among the algorithms of this command ({names}).")
        return
    settings_of_all = dict.fromkeys(name for _, settings in chosen.values() for name in settings)
    if key not in settings_of_all and (source in TYPED or key not in elsewhere()):
        who = " and ".join(chosen) if len(chosen) < 3 else "none of these algorithms"
        verb = "has no" if len(chosen) == 1 else "have no" if len(chosen) == 2 else "has a"
        show = f"rlbench show {algorithms[0]}"
        raise UserError(f"{source}: {who} {verb} setting '{key}'.{nearest(key, settings_of_all)} See: {show}")
