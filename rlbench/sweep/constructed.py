"""Names and settings of algorithms that a program gives as names, classes or objects such as `TRPO(damping=0.2)`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Protocol

from rlbench.errors import UserError, say_value
from rlbench.sweep.variants import check_name, make_label


class AlgorithmObject(Protocol):
    """The type of an algorithm's object: a frozen dataclass of settings with the methods of an `Algorithm`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def num_envs(self) -> int: ...

    def iterate(self, state: Any, sampler: Any) -> Any: ...


@dataclass(frozen=True)
class Constructed:
    """What a request takes from the algorithms of a program: their names and settings."""

    names: tuple[str, ...] = ()
    """Names of algorithms and of variants."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """The algorithm of each variant, by the variant's name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The objects' settings that are not defaults, by `NAME.key`."""


@dataclass(frozen=True)
class _Given:
    """One algorithm of a program."""

    label: str
    """Its name in a mapping; empty where it was given without one."""
    algorithm: str
    settings: dict[str, Any]
    """All settings of an object; empty for a name or a class."""


def read_algorithms(given: Any) -> Constructed:
    """Read one algorithm, several, or a mapping of names to algorithms.

    An object has the name of its algorithm. Several objects of one algorithm become variants that are named by the
    settings in which they differ, as the variants of a grid are: `trpo-damping=0.2`.
    """
    each = _read_all(given)
    stated, varied = _stated_settings(each), _varied_settings(each)
    names: list[str] = []
    variants: dict[str, str] = {}
    settings: dict[str, Any] = {}
    for one in each:
        label = one.label or one.algorithm
        if not one.label and varied[one.algorithm]:
            label = make_label(one.algorithm, {key: one.settings[key] for key in varied[one.algorithm]})
        names.append(label)
        if label != one.algorithm:
            variants[label] = one.algorithm
        if one.settings:
            settings |= {f"{label}.{key}": one.settings[key] for key in stated[one.algorithm]}
    return Constructed(tuple(dict.fromkeys(names)), variants, settings)


def _read_all(given: Any) -> list[_Given]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [_read(check_name(label, "algorithms"), each) for label, each in given.items()]
    alone = isinstance(given, str | type) or is_dataclass(given) or not isinstance(given, Sequence)
    return [_read("", each) for each in ([given] if alone else given)]


def _read(label: str, given: Any) -> _Given:
    if isinstance(given, str):
        return _Given(label, given, {})
    kind = given if isinstance(given, type) else type(given)
    if not is_dataclass(kind):
        raise UserError(f'An algorithm is a name or an object, as in ["ppo", rlbench.TRPO()], not {say_value(given)}.')
    settings = {} if given is kind else {each.name: getattr(given, each.name) for each in fields(kind)}
    return _Given(label, _name_of(kind), settings)


def _name_of(kind: type) -> str:
    """The name under which a class is registered."""
    from rlbench.algorithms import ALGORITHMS, BUILT_IN
    from rlbench.algorithms.pages import module_of
    from rlbench.algorithms.plugins import installed_plugins

    own = {f"rlbench.algorithms.{module_of(name)}": name for name in ALGORITHMS}
    if kind.__module__ in own:
        return own[kind.__module__]
    for name, point in installed_plugins(BUILT_IN).points.items():
        if point.value == f"{kind.__module__}:{kind.__qualname__}":
            return name
    raise UserError(
        f"{kind.__qualname__} of {kind.__module__} is no algorithm that worker processes can find.",
        "Make it a plug-in: its package names it under the entry points of rlbench.algorithms",
    )


def _stated_settings(each: Sequence[_Given]) -> Mapping[str, list[str]]:
    """For each algorithm, the settings for which some object has a value other than the default."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for one in each:
        defaults = _defaults_of(one.algorithm) if one.settings else {}
        found[one.algorithm] |= {key: None for key, value in one.settings.items() if defaults.get(key) != value}
    return {algorithm: list(keys) for algorithm, keys in found.items()}


def _varied_settings(each: Sequence[_Given]) -> Mapping[str, list[str]]:
    """For each algorithm, the settings in which its objects without a name differ."""
    found: dict[str, list[str]] = defaultdict(list)
    for algorithm in dict.fromkeys(one.algorithm for one in each):
        own = [one.settings for one in each if one.algorithm == algorithm and one.settings and not one.label]
        found[algorithm] = [key for key in (own[0] if own else {}) if any(one[key] != own[0][key] for one in own)]
    return found


def _defaults_of(algorithm: str) -> dict[str, Any]:
    from rlbench.algorithms import find

    return {each.name: each.default for each in fields(find(algorithm))}
