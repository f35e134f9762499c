"""The speed of whole sweeps on this machine, and where their time goes.

Every figure is read from the files of a real sweep in real worker processes, with one job per worker; nothing is timed
inside a worker for the purpose. Start-up and evaluation are reported apart.
"""

import csv
import json
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from statistics import median

from rlbench.errors import Fault, UserError
from rlbench.layout import RUN_FILE, TIMING_FILE
from rlbench.sweep.jobs import make_jobs, refuse_too_large
from rlbench.sweep.launchers.contract import Failed
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.lookup import LookedUp, look_up
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.request import Request
from rlbench.sweep.words import MOST_WORKERS, parse_count
from rlbench.training.job import Job

PARTS = ("physics", "worlds", "policy", "sampling", "update", "files")
"""The parts of a sweep's time, evaluation left out: the simulator's own steps; observations, rewards and resets;
acting; the rest of sampling; learning; writing files."""

LEAST_ITERATIONS = 3


@dataclass(frozen=True)
class Measured:
    """The measurement of one sweep. Speeds are transitions per second of all seeds together."""

    env: str
    algorithm: str
    workers: int
    seeds: int
    transitions: int
    bare: float | None
    """Speed of the simulator alone on all cores, the mean of before and after; None for other simulators than MuJoCo.
    """
    speed: float
    share: float | None
    """`speed / bare`; None where `bare` is."""
    least: float
    """Lowest share of all repeats, of which this measurement is the middle one; lowest speed where there is no share.
    """
    greatest: float
    physics: float
    worlds: float
    policy: float
    sampling: float
    update: float
    files: float
    """The fractions of the workers' time that the parts take."""
    evaluation: float
    """Seconds that one evaluation of all seeds takes."""
    start_up: float
    """Seconds from the command to the first step."""
    memory: int
    """Peak memory of the largest worker, in bytes."""


def read_counts(text: str | None, cores: int) -> tuple[int, ...]:
    """The numbers of workers to try: those given, or else one, half of the cores, and all of them."""
    if text is None:
        return tuple(sorted({1, max(1, cores // 2), cores}))
    return tuple(sorted({parse_count(word, "--workers", high=MOST_WORKERS) for word in text.split(",")}))


def measure(request: Request, counts: Sequence[int], seconds: float, repeats: int) -> Iterator[Measured]:
    """Measure each algorithm on each environment with each number of workers; the repeat of median speed is yielded.

    A mistake in the request is raised before anything is measured.
    """
    with Workers(1) as pool:
        looked_up = look_up(request, pool.ask)
    for (env, name), reason in looked_up.failed.items():
        raise Fault(f"{name} on {env}: {reason}")
    refuse_too_large(make_jobs(request, looked_up), looked_up, request.workers, usable_memory())
    return _measured(request, looked_up, counts, seconds, repeats)


def _measured(
    request: Request, looked_up: LookedUp, counts: Sequence[int], seconds: float, repeats: int
) -> Iterator[Measured]:
    for env in request.envs:
        for label in looked_up.settings:
            alone = replace(request, envs=(env,))
            tried: dict[int, list[Measured]] = {count: [] for count in counts}
            for _ in range(repeats):  # in turns, so that a slow minute of the machine affects all alike
                for count in counts:
                    tried[count].append(
                        _once(replace(alone, workers=min(count, len(alone.seeds))), label, looked_up, seconds)
                    )
            yield from (_middle(repeated) for repeated in tried.values())


def best(results: Sequence[Measured]) -> dict[tuple[str, str], int]:
    """The fastest number of workers, by (environment, algorithm)."""
    fastest: dict[tuple[str, str], Measured] = {}
    for each in results:
        pair = each.env, each.algorithm
        if pair not in fastest or each.speed > fastest[pair].speed:
            fastest[pair] = each
    return {pair: each.workers for pair, each in fastest.items()}


def write_table(path: Path, results: Sequence[Measured]) -> None:
    """Write the results as CSV, a row each."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            rows = csv.DictWriter(file, [each.name for each in fields(Measured)])
            rows.writeheader()
            rows.writerows(asdict(each) for each in results)
    except OSError as error:
        raise UserError(f"--out {path} cannot be written to: {error.strerror}. Name another file.") from None


def _once(request: Request, label: str, looked_up: LookedUp, seconds: float) -> Measured:
    """Measure one sweep, in a folder that is removed afterwards."""
    env = request.envs[0]
    bare = _bare(env, request.cores, seconds)
    steps = _steps(bare, looked_up.batches[env, label], len(request.seeds), seconds)
    with tempfile.TemporaryDirectory(prefix="rlbench-") as folder:
        jobs = make_jobs(replace(request, steps=steps, out=Path(folder), eval_every=0), looked_up, [(env, label)])
        began = time.perf_counter()
        with Workers(request.workers, restarts=0, cores=request.workers) as pool:
            for _, event in pool.run(jobs):
                if isinstance(event, Failed):
                    raise Fault(f"{label} on {env} failed: {event.reason}")
        whole = time.perf_counter() - began
        if bare:  # the clock speed may have drifted: average before and after
            bare = (bare + (_bare(env, request.cores, seconds) or bare)) / 2
        seeds = [_timings(job) for job in jobs]
        memory = max(_memory(job) for job in jobs)
    timings = [max(each, key=lambda timing: timing["wall"]) for each in seeds]  # of the seed that went on longest
    longest = max(each["wall"] for each in timings)
    spent = max(each["wall"] - each["eval"] for each in timings)
    transitions = sum(int(timing["env_steps"]) for each in seeds for timing in each)
    total = {part: sum(each[part] for each in timings) for part in timings[0]}
    work = total["wall"] - total["eval"]
    parts = {
        "physics": total["physics"],
        "worlds": total["worlds"] - total["physics"],
        "policy": total["policy"],
        "sampling": total["collect"] - total["worlds"] - total["policy"],
        "update": total["learn"],
        "files": total["files"],
    }
    return Measured(
        env=env,
        algorithm=label,
        workers=len(jobs),
        seeds=len(request.seeds),
        transitions=transitions,
        bare=bare,
        speed=transitions / spent,
        share=transitions / spent / bare if bare else None,
        least=math.nan,
        greatest=math.nan,
        **{part: seconds / work for part, seconds in parts.items()},
        evaluation=max(each["eval"] for each in timings),
        start_up=whole - longest,
        memory=memory,
    )


def _bare(env: str, cores: int, seconds: float) -> float | None:
    from rlbench.envs import list_tasks
    from rlbench.envs.bare import bare_speed

    return bare_speed(env, cores, seconds / 4) if env in list_tasks() else None


def _steps(bare: float | None, batch: int | None, seeds: int, seconds: float) -> int:
    """The number of transitions per seed that takes about so many seconds, in whole batches."""
    batch = batch or 1
    about = (bare or 20_000) * seconds / seeds
    return batch * max(LEAST_ITERATIONS, round(about / batch))


def _timings(job: Job) -> list[dict[str, float]]:
    """The last row of each seed's timing.csv: the job's time and the seed's transitions when the seed ended."""
    rows = []
    for seed in job.seeds:
        with (job.folder(seed) / TIMING_FILE).open(newline="") as file:
            last = list(csv.DictReader(file))[-1]
        rows.append({name.removesuffix("_time"): float(value) for name, value in last.items()})
    return rows


def _memory(job: Job) -> int:
    results = [json.loads((job.folder(seed) / RUN_FILE).read_text()) for seed in job.seeds]
    return max(int(each["peak_memory"] or 0) for each in results)


def _middle(repeated: Sequence[Measured]) -> Measured:
    """The repeat of median share (of median speed, where there is no share), with the lowest and highest of all."""

    def figure(each: Measured) -> float:
        return each.share or each.speed

    found = sorted(map(figure, repeated))
    middle = min(repeated, key=lambda each: abs(figure(each) - median(found)))
    return replace(middle, least=found[0], greatest=found[-1])
