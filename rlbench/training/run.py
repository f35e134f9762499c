"""One job from first step to last: the loop, and where it may stop and go on."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.contract import Algorithm, Metrics, State
from rlbench.algorithms.settings import resolve
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.evaluation import COLUMNS, Evaluator, evaluation_starts
from rlbench.training.job import Finished, Job, Progress
from rlbench.training.runs import Run, open_runs
from rlbench.training.sampler import Sampler
from rlbench.training.trees import finite, select

Report = Callable[[Progress | Finished], None]

CHECKPOINT_SECONDS = 30.0
ROW_TRANSITIONS = 2048
"""A row tells of at least so many transitions a seed, so that algorithms of many small updates do not drown in rows."""


def run_job(job: Job, report: Report) -> None:
    """Train every seed of the job that is not finished; seeds that stand at the same iteration go on together."""
    algorithm = resolve(find(job.algorithm), job.algorithm, job.settings)
    torch.set_num_threads(job.threads)
    with stop_signals() as stopping:
        for runs in open_runs(job):
            if runs[0].finished:
                for run in runs:
                    report(run.result())
            else:
                _train(replace(job, seeds=tuple(run.seed for run in runs)), algorithm, runs, report, stopping)


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that receives the number of a SIGTERM, so that the loop can end between two iterations."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Live:
    """What a job's loop holds: all of it can be rebuilt for fewer seeds."""

    sampler: Sampler
    evaluate: Evaluator
    state: State
    runs: list[Run]


def _train(job: Job, algorithm: Algorithm, runs: list[Run], report: Report, stopping: list[int]) -> None:
    live = _begin(job, algorithm, runs)
    per_row = max(1, ROW_TRANSITIONS // (algorithm.num_envs * algorithm.num_steps))
    saved = time.monotonic()
    while live.runs:
        before = int(live.sampler.env_steps[0])
        good = select(live.state, range(len(live.runs)))
        metrics, seconds = _iterations(algorithm, live, job.steps, per_row)
        spent = int(live.sampler.env_steps[0])
        last = spent + algorithm.num_envs * algorithm.num_steps > job.steps
        due = last or (job.eval_every > 0 and spent // job.eval_every > before // job.eval_every)
        begun = time.perf_counter()
        scores = live.evaluate(algorithm.actor(live.state, live.sampler.space)) if due else {}
        _write_rows(live, metrics, scores, (*seconds, time.perf_counter() - begun))
        report(Progress(spent, tuple(run.latest_return for run in live.runs)))

        sound = finite(live.state)
        if not sound.all():
            for index in (~sound).nonzero().flatten().tolist():
                report(live.runs[index].diverge(select(good, [index]), spent))
            live = _narrow(job, algorithm, live, sound.nonzero().flatten().tolist())
        if last or stopping or time.monotonic() - saved > CHECKPOINT_SECONDS:
            saved = time.monotonic()
            _save(live)
        if last:
            for run in live.runs:
                report(run.finish(spent))
            break
        if stopping:
            for run in live.runs:
                run.stop(spent)
            raise SystemExit(128 + stopping[0])


def _begin(job: Job, algorithm: Algorithm, runs: list[Run]) -> _Live:
    """A job's worlds and state, new or from the runs' checkpoints."""
    sampler, evaluate = _worlds(job, algorithm, runs)
    restored = Run.restore_all(runs)
    if restored is None:
        return _Live(sampler, evaluate, algorithm.initial(sampler.space, sampler.env.seeds), runs)
    sampler.restore(restored["sampler"])
    return _Live(sampler, evaluate, restored["algorithm"], runs)


def _narrow(job: Job, algorithm: Algorithm, live: _Live, rows: list[int]) -> _Live:
    """Go on with some of the seeds. Since seeds never mix, theirs is the same future as before."""
    runs = [live.runs[row] for row in rows]
    if not runs:
        return replace(live, runs=[])
    sampler, evaluate = _worlds(job, algorithm, runs)
    sampler.restore(select(live.sampler.state(), rows))
    return _Live(sampler, evaluate, select(live.state, rows), runs)


def _worlds(job: Job, algorithm: Algorithm, runs: list[Run]) -> tuple[Sampler, Evaluator]:
    seeds = tuple(run.seed for run in runs)

    def training_starts(seed: int, block: int) -> np.random.Generator:
        return stream(seed, Purpose.START_STATES, block)

    env = envs.make(job.env, seeds, algorithm.num_envs, training_starts, job.threads)
    evaluate = Evaluator(lambda worlds: envs.make(job.env, seeds, worlds, evaluation_starts, job.threads))
    return Sampler(env, job.steps), evaluate


def _iterations(algorithm: Algorithm, live: _Live, budget: int, count: int) -> tuple[Metrics, tuple[float, float]]:
    """Iterate up to `count` times within the budget: each metric's mean, and seconds spent stepping and learning."""
    begun, stepping = time.perf_counter(), live.sampler.seconds
    batch = algorithm.num_envs * algorithm.num_steps
    gathered: list[Metrics] = []
    while len(gathered) < count:
        gathered.append(algorithm.iterate(live.state, live.sampler))
        if int(live.sampler.env_steps[0]) + batch > budget:
            break
    metrics = gathered[0] if count == 1 else {k: torch.stack([m[k] for m in gathered]).mean(0) for k in gathered[0]}
    collect = live.sampler.seconds - stepping
    return metrics, (collect, time.perf_counter() - begun - collect)


def _write_rows(live: _Live, metrics: Metrics, scores: dict[str, Tensor], seconds: tuple[float, ...]) -> None:
    names = tuple(metrics)
    columns = [metrics[name].numpy() for name in names]
    for row, run in enumerate(live.runs):
        episodes, live.sampler.episodes[row] = live.sampler.episodes[row], []
        cells: dict[str, Any] = {name: scores[name][row].item() for name in COLUMNS if name in scores}
        run.write(
            names, int(live.sampler.env_steps[row]), episodes, cells, [column[row] for column in columns], seconds
        )


def _save(live: _Live) -> None:
    sampler = live.sampler.state()
    for row, run in enumerate(live.runs):
        run.save(select(live.state, [row]), select(sampler, [row]))
