"""What would make a comparison unfair or a curve a mixture. Each answer is a line to read; nothing is dropped."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rlbench.analysis.frames.curves import groups
from rlbench.analysis.reading.progress import Log
from rlbench.analysis.reading.runs import UNKNOWN
from rlbench.analysis.text import listed, shown


def comparison_notes(logs: Sequence[Log], counts: Mapping[tuple[str, str], int]) -> list[str]:
    """Every line, in the order of weight. `counts` are the seeds of each environment and algorithm."""
    return [
        *changed_files(logs),
        *imported_runs(logs),
        *untold_origins(logs),
        *untold_settings(logs),
        *differing_counts(counts),
        *unfinished(logs),
    ]


def changed_files(logs: Sequence[Log]) -> Iterator[str]:
    """Numbers that somebody else than the run may have written."""
    names = [log.run.name for log in logs if log.changed]
    if names:
        yield f"progress.csv was changed after the run ended: {listed(names)}; rlbench check says how"


def imported_runs(logs: Sequence[Log]) -> Iterator[str]:
    """Runs of other tools, and whose training returns lag because they are rolling means."""
    tools: dict[tuple[str, str], set[str]] = defaultdict(set)
    lagging = set()
    for log in logs:
        if log.run.imported:
            tools[log.run.env, log.run.imported.tool].add(shown(log.run.algorithm))
            if log.run.imported.rolling:
                lagging.add((log.run.env, log.run.imported.tool))
    for (env, tool), names in tools.items():
        rolling = "; its training returns are rolling means, which lag" if (env, tool) in lagging else ""
        yield f"{shown(env)}: {listed(sorted(names), 3)} imported from {shown(tool)}{rolling}"


def untold_origins(logs: Sequence[Log]) -> Iterator[str]:
    """Runs that do not say with which simulator, versions and budget they were made, beside others that do."""
    untold: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    told = {(log.run.env, what) for log in logs for what, value in log.run.origin.items() if value != UNKNOWN}
    for log in logs:
        missing = tuple(
            what for what, value in log.run.origin.items() if value == UNKNOWN and (log.run.env, what) in told
        )
        if missing:
            untold[log.run.env, missing].add(shown(log.run.algorithm))
    for (env, missing), names in untold.items():
        yield f"{shown(env)}: runs of {listed(sorted(names), 3)} do not tell their {', '.join(missing)}; others do"


def untold_settings(logs: Sequence[Log]) -> Iterator[str]:
    """Seeds that do not say with which settings they were made, beside others of their curve that do."""
    for (env, algorithm), members in groups(logs).items():
        silent = [str(log.run.seed) for log in members if not log.run.settings]
        if 0 < len(silent) < len(members):
            yield f"{shown(env)} {shown(algorithm)}: the settings of seed {listed(silent)} are unknown"


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
