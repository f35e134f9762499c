"""What moved the worlds of each curve, as the runs tell it, in one sentence for a caption."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import UNKNOWN
from rlbench.analysis.text import listed, shown


def physics_of(logs: Sequence[Log]) -> str:
    """Every kind of physics that the runs name, once; `unknown` among them where a run names none."""
    return shown(" and ".join(sorted({log.run.origin.get("physics", UNKNOWN) for log in logs})), 200)


def say_physics(kinds: Mapping[tuple[str, str], str]) -> str:
    """One sentence out of the kind of each environment and algorithm; where kinds differ, each with its place."""
    by_env: dict[str, dict[str, str]] = defaultdict(dict)
    for (env, algorithm), kind in kinds.items():
        by_env[env][algorithm] = kind or UNKNOWN
    places: dict[str, list[str]] = defaultdict(list)
    for env, members in by_env.items():
        alike = len(set(members.values())) == 1
        for algorithm, kind in members.items():
            place = shown(env) if alike else f"{shown(env)} {shown(algorithm)}"
            if place not in places[kind]:
                places[kind].append(place)
    if len(places) == 1:
        return f"Physics: {next(iter(places))}."
    return f"Physics: {'; '.join(f'{kind} for {listed(where)}' for kind, where in places.items())}."
