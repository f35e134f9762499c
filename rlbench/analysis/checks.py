"""What would make a comparison unfair or a curve a mixture. Each answer is a line to read; nothing is dropped."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rlbench.analysis.curves import groups
from rlbench.analysis.progress import Log
from rlbench.analysis.text import listed, shown


def comparison_notes(logs: Sequence[Log], counts: Mapping[tuple[str, str], int]) -> list[str]:
    """Every line, in the order of weight. `counts` are the seeds of each environment and algorithm."""
    return [
        *changed_files(logs),
        *differing_origins(logs),
        *differing_settings(logs),
        *differing_counts(counts),
        *unfinished(logs),
    ]


def changed_files(logs: Sequence[Log]) -> Iterator[str]:
    """Numbers that somebody else than the run may have written."""
    names = [log.run.name for log in logs if log.changed]
    if names:
        yield f"progress.csv was changed after the run ended: {listed(names)}; rlbench check says how"


def differing_origins(logs: Sequence[Log]) -> Iterator[str]:
    """Versions of the simulator and physics must agree among all runs of an environment."""
    values: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for log in logs:
        for what, value in log.run.origin.items():
            values[log.run.env, what][value].add(shown(log.run.algorithm))
    for (env, what), owners in values.items():
        if len(owners) > 1:
            each = (f"{value} ({listed(sorted(names), 3)})" for value, names in sorted(owners.items()))
            yield f"{shown(env)}: runs differ in {what}: {listed(each)}"


def differing_settings(logs: Sequence[Log]) -> Iterator[str]:
    """Settings must agree among the seeds of one curve."""
    for (env, algorithm), members in groups(logs).items():
        names = sorted({name for log in members for name in log.run.settings})
        mixed = []
        for name in names:
            values = sorted({log.run.settings.get(name, "not set") for log in members})
            if len(values) > 1:
                mixed.append(f"{name} ({listed(values, 3)})")
        if mixed:
            yield f"{shown(env)} {shown(algorithm)}: seeds of one curve differ in settings: {listed(mixed)}"


def differing_counts(counts: Mapping[tuple[str, str], int]) -> Iterator[str]:
    by_env: dict[str, dict[str, int]] = defaultdict(dict)
    for (env, algorithm), count in counts.items():
        by_env[env][algorithm] = count
    for env, members in by_env.items():
        if len(set(members.values())) > 1:
            each = (f"{shown(algorithm)} {count}" for algorithm, count in members.items())
            yield f"{shown(env)}: numbers of seeds differ: {listed(each, 10)}"


def unfinished(logs: Sequence[Log]) -> Iterator[str]:
    for status in ("running", "stopped", "failed"):
        names = [log.run.name for log in logs if log.run.status == status]
        if names:
            yield f"{'still running' if status == 'running' else status}: {listed(names)}"
