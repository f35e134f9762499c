"""Each algorithm's settings out of the layers a person wrote, with the source of every value."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from rlbench.errors import UserError, nearest

Layers = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Chosen:
    """An algorithm's settings, checked, and where each was said: `default`, a file or `command line`."""

    settings: dict[str, Any]
    sources: dict[str, str]


def choose(layers: Layers, name: str, algorithm: type) -> Chosen:
    """An algorithm's settings: of several layers that name one, the last wins."""
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


def check_keys(
    layers: Layers,
    chosen: Mapping[str, Collection[str]],
    known: Collection[str],
    elsewhere: Callable[[], Collection[str]],
) -> None:
    """A UserError for a key that names no setting.

    `chosen` has the settings' names of each algorithm of the command, `known` the names of all algorithms; `elsewhere`
    is asked for the settings of all of them, for a file may speak of others, too.
    """
    for source, values in layers:
        for key in values:
            _check_key(source, key, chosen, known, elsewhere)


def _check_key(
    source: str,
    key: str,
    chosen: Mapping[str, Collection[str]],
    known: Collection[str],
    elsewhere: Callable[[], Collection[str]],
) -> None:
    target, dot, _ = key.partition(".")
    if dot:
        if target not in known:
            raise UserError(f"{source}: {key}: no algorithm '{target}'.{nearest(target, known)} See: rlbench list")
        if target not in chosen and source == "command line":
            raise UserError(f"--set {key}: {target} is not among the algorithms of this command ({', '.join(chosen)}).")
        return
    names = dict.fromkeys(name for settings in chosen.values() for name in settings)
    if key not in names and (source == "command line" or key not in elsewhere()):
        who = " and ".join(chosen) if len(chosen) < 3 else "none of these algorithms"
        verb = "has no" if len(chosen) == 1 else "have no" if len(chosen) == 2 else "has a"
        show = f"rlbench show {next(iter(chosen))}"
        raise UserError(f"{source}: {who} {verb} setting '{key}'.{nearest(key, names)} See: {show}")
