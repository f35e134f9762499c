"""Each algorithm's settings out of the layers a person wrote, with the source of every value."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from rlbench.errors import UserError, nearest

Layers = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Chosen:
    """An algorithm's settings, checked, and where each was said: `default`, a file or `command line`."""

    settings: dict[str, Any]
    sources: dict[str, str]


def choose_settings(layers: Layers, chosen: Mapping[str, type], known: Mapping[str, type]) -> dict[str, Chosen]:
    """For each algorithm chosen. `known` holds all there are: a file may speak of others, too."""
    for source, values in layers:
        for key in values:
            _check_key(source, key, chosen, known)
    return {name: _choose(layers, name, algorithm) for name, algorithm in chosen.items()}


def _choose(layers: Layers, name: str, algorithm: type) -> Chosen:
    from rlbench.algorithms.settings import resolve

    own = [each.name for each in fields(algorithm)]
    values: dict[str, Any] = {}
    sources = dict.fromkeys(own, "default")
    for source, layer in layers:
        for key, value in layer.items():
            target, dot, rest = key.partition(".")
            setting = rest if dot else key
            if (target == name) if dot else (setting in own):
                values[setting] = value
                sources[setting] = source
    return Chosen(asdict(resolve(algorithm, name, values)), sources)


def _check_key(source: str, key: str, chosen: Mapping[str, type], known: Mapping[str, type]) -> None:
    target, dot, _ = key.partition(".")
    if dot:
        if target not in known:
            raise UserError(f"{source}: {key}: no algorithm '{target}'.{nearest(target, known)} See: rlbench list")
        if target not in chosen and source == "command line":
            raise UserError(f"--set {key}: {target} is not among the algorithms of this command ({', '.join(chosen)}).")
        return
    names = dict.fromkeys(each.name for algorithm in chosen.values() for each in fields(algorithm))
    elsewhere = {each.name for algorithm in known.values() for each in fields(algorithm)}
    if key not in names and not (key in elsewhere and source != "command line"):
        who = " and ".join(chosen) if len(chosen) < 3 else "none of these algorithms"
        verb = "has no" if len(chosen) == 1 else "have no" if len(chosen) == 2 else "has a"
        show = f"rlbench show {next(iter(chosen))}"
        raise UserError(f"{source}: {who} {verb} setting '{key}'.{nearest(key, names)} See: {show}")
