"""Search spaces: which of an algorithm's settings a search varies, over which values, and which have no effect."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, asdict, dataclass, fields
from typing import Any

from rlbench.algorithms.settings import resolve
from rlbench.errors import UserError, nearest
from rlbench.search.tune_domains import Domain, derive, parse_domain, say_value

ALL = "all"
"""What --search takes for every setting whose declaration gives a range."""
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """A setting has an effect only while another has a certain value."""

    setting: str
    value: Any


@dataclass(frozen=True)
class Space:
    """The settings that a search varies, and the values of all others. Plain data."""

    algorithm: str
    domains: dict[str, Domain]
    """What is searched, in the order of the algorithm's page."""
    base: dict[str, Any]
    """All settings of the first trial: the defaults, and what was fixed."""
    fixed: dict[str, Any]
    """What was fixed."""
    conditions: dict[str, Condition]
    """Of the settings that have an effect only with a value of another setting."""
    notes: tuple[str, ...] = ()
    """Why other settings are not searched."""

    def at(self, shares: Sequence[float]) -> dict[str, Any]:
        """The settings at a point of the unit cube, which has one coordinate for each searched setting.

        A setting that has no effect there keeps its first value, so that two trials never differ in it alone.
        """
        drawn = {name: domain.at(share) for (name, domain), share in zip(self.domains.items(), shares, strict=True)}
        settings = {**self.base, **drawn}
        return {name: self.base[name] if self.is_idle(name, settings) else value for name, value in settings.items()}

    def is_idle(self, name: str, settings: Values) -> bool:
        """Whether a setting has no effect beside these others."""
        seen: set[str] = set()
        while (condition := self.conditions.get(name)) and name not in seen:
            if settings[condition.setting] != condition.value:
                return True
            seen.add(name)  # a plug-in's meanings may name each other
            name = condition.setting
        return False


def make_space(kind: type, algorithm: str, search: Values, fix: Values) -> Space:
    """The space of an algorithm's class. `search` has a domain by setting, None for one that is to be derived.

    Where nothing is named, or `all`, every setting is searched whose declaration gives a range. A UserError where a
    name or a domain makes no sense, or nothing is left to search.
    """
    own = {each.name: each for each in fields(kind)}
    for option, names in (("--search", search), ("--fix", fix)):
        for name in names:
            if name not in own and not (option == "--search" and name == ALL):
                hint = nearest(name, [*own, ALL] if option == "--search" else own)
                raise UserError(f"{option}: {algorithm} has no setting '{name}'.{hint} See: rlbench show {algorithm}")
    for name in fix:
        if name in search:
            raise UserError(f"{name} is both in --search and in --fix. Leave one out.")
    base = asdict(resolve(kind, algorithm, fix))
    conditions = _conditions(own)
    named = {name: word for name, word in search.items() if name != ALL}
    wanted = [name for name in own if name not in fix] if not named or ALL in search else list(named)
    domains, without = _domains(own, base, wanted, named)
    domains, idle = _without_idle(domains, base, conditions, named)
    if not domains:
        raise UserError(f"Nothing is left to search. Name settings with --search. See: rlbench show {algorithm}")
    notes = [f"not searched, as {why}: {', '.join(names)}" for why, names in (without | idle).items() if names]
    fixed = {name: base[name] for name in own if name in fix}
    ordered = {name: domains[name] for name in own if name in domains}
    return Space(algorithm, ordered, base, fixed, conditions, tuple(notes))


def space_of(algorithm: str, search: Values, fix: Values) -> Space:
    """The space of an algorithm by name. Loads the algorithm: for a plug-in this runs in a worker."""
    from rlbench.algorithms import BUILT_IN, find
    from rlbench.algorithms.pages import read_page

    kind = read_page(algorithm).settings if algorithm in BUILT_IN else find(algorithm)
    return make_space(kind, algorithm, search, fix)


def refusals(algorithm: str, candidates: Sequence[Values]) -> list[str | None]:
    """For each of these settings why the algorithm refuses them, or None. Loads the algorithm."""
    from rlbench.algorithms import find

    found: list[str | None] = []
    for settings in candidates:
        try:
            resolve(find(algorithm), algorithm, settings)
            found.append(None)
        except UserError as error:
            found.append(str(error))
    return found


def _domains(
    own: Mapping[str, Field], base: Values, wanted: Sequence[str], named: Values
) -> tuple[dict[str, Domain], dict[str, list[str]]]:
    """The domains of the wanted settings; and by reason those that have none."""
    domains: dict[str, Domain] = {}
    without: dict[str, list[str]] = {}
    for name in wanted:
        word = named.get(name)
        if word is not None:
            domains[name] = parse_domain(own[name], word)
            continue
        derived = derive(own[name], base[name])
        if derived is not None:
            domains[name] = derived
        elif name in named:
            raise UserError(
                f"--search {name}: its default {say_value(base[name])} gives no range to go by.",
                f"Name one, as in --search {name}=LOW..HIGH",
            )
        else:
            without.setdefault("the default gives no range to go by", []).append(name)
    return domains, without


def _without_idle(
    domains: Mapping[str, Domain], base: Values, conditions: Mapping[str, Condition], named: Values
) -> tuple[dict[str, Domain], dict[str, list[str]]]:
    """The domains without those of settings that never have an effect; and those by reason.

    A UserError where such a setting was named.
    """
    kept = dict(domains)
    idle: dict[str, list[str]] = {}
    for name in domains:
        condition = conditions.get(name)
        if condition is None or base[condition.setting] == condition.value or condition.setting in domains:
            continue
        now, needed = (say_value(each) for each in (base[condition.setting], condition.value))
        if name in named:
            raise UserError(
                f"--search {name}: it has no effect with {condition.setting}={now}.",
                f"Add --fix {condition.setting}={needed}, or --search {condition.setting}",
            )
        del kept[name]
        idle.setdefault(f"they have no effect with {condition.setting}={now}", []).append(name)
    return kept, idle


def _conditions(own: Mapping[str, Field]) -> dict[str, Condition]:
    """The conditions that meanings begin with: `kl-penalty: ...`, `baseline=value: ...`, or `bootstrap: ...`.

    They name the choice of another setting, that setting with its value, or a setting that is true or false.
    """
    found = {}
    for name, each in own.items():
        head, colon, _ = each.metadata["meaning"].partition(":")
        condition = _condition(name, head.strip(), own) if colon else None
        if condition:
            found[name] = condition
    return found


def _condition(name: str, head: str, own: Mapping[str, Field]) -> Condition | None:
    others = {other: each for other, each in own.items() if other != name}
    key, equals, value = head.partition("=")
    if equals and key in others:
        return Condition(key, value) if value in (others[key].metadata["choices"] or ()) else None
    if head in others and type(others[head].default) is bool:
        return Condition(head, True)
    owners = [other for other, each in others.items() if head in (each.metadata["choices"] or ())]
    return Condition(owners[0], head) if len(owners) == 1 else None
