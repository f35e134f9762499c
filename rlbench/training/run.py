"""The training loop of one job: iterate, write rows, save checkpoints, stop and resume."""

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from rlbench import envs
from rlbench.algorithms import find
from rlbench.algorithms.checks import blame_plugin, check_state, checked_size, is_own
from rlbench.algorithms.contract import Algorithm, Metrics, State
from rlbench.algorithms.settings import depends_on_budget, resolve
from rlbench.envs.env import Env, Generators
from rlbench.envs.gpu import full_memory_is_told
from rlbench.envs.physics.stopwatch import wait_for_gpu
from rlbench.errors import Fault
from rlbench.numerics.streams import Purpose, stream
from rlbench.training.clock import Clock, nobody_waits
from rlbench.training.evaluation import Evaluator, evaluation_starts
from rlbench.training.job import VITAL_SIGNS, Finished, Job, Progress
from rlbench.training.metrics import Columns
from rlbench.training.records import PROGRESS
from rlbench.training.runs import SeedRun, Trees, open_runs
from rlbench.training.sampler import EnvSampler
from rlbench.training.step_watch import StepWatch
from rlbench.training.trees import finite, put_back, select, to_device
from rlbench.training.value_watch import ValueWatch

OnEvent = Callable[[Progress | Finished], None]

CHECKPOINT_SECONDS = 30.0
MOST_IDLE = 100
"""Number of successive iterations without a transition after which the algorithm is reported as stuck."""
ROW_TRANSITIONS = 2048
"""Default of the transitions of a seed in a row, so that algorithms with many small updates do not write huge files."""


def run_job(job: Job, report: OnEvent, threads: Callable[[], int] = lambda: 1) -> None:
    """Train every unfinished seed of the job. Seeds at the same iteration are trained as one batch.

    `threads` returns how many threads may step the worlds; it is called again after every row, and no byte of the
    results depends on it. Torch uses one thread. The results may depend on the threads of NumPy's matrix products,
    which are fixed when NumPy is loaded; in a worker there is one.
    """
    algorithm = resolve(find(job.algorithm), job.algorithm, job.settings)
    torch.set_num_threads(1)
    if job.device != "cpu":
        threads = _one  # a GPU steps the worlds, or its stand-in
    # No NumPy warnings: rows and the status of a seed report numbers that are not finite.
    with (
        stop_signals() as stopping,
        full_memory_is_told(),
        np.errstate(all="ignore"),
        closing(open_runs(job)) as groups,
    ):
        for runs in groups:
            if runs[0].finished:
                for run in runs:
                    report(run.result())
            else:
                part = replace(job, seeds=tuple(run.seed for run in runs))
                _train(part, algorithm, runs, report, stopping, threads)


def _one() -> int:
    return 1


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that receives the signal number of a SIGTERM, so that the loop can stop between two iterations."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Live:
    """The state of the training loop. All of it can be rebuilt for fewer seeds."""

    sampler: EnvSampler
    evaluate: Evaluator
    state: State
    runs: list[SeedRun]
    clock: Clock
    threads: int
    """Number of threads that step the worlds."""
    columns: Columns
    idle: int = 0
    """Number of successive iterations in which some seed made no transition."""

    def refuse_standstill(self, before: Tensor) -> None:
        """Raise a Fault if the algorithm has stopped sampling and so would never spend its budget."""
        self.idle = self.idle + 1 if bool((self.sampler.env_steps == before).any()) else 0
        if self.idle >= MOST_IDLE and not self.sampler.cut.any():
            raise Fault(f"it samples nothing: in {MOST_IDLE} successive iterations a seed made no transition")


def _train(
    job: Job,
    algorithm: Algorithm,
    runs: list[SeedRun],
    report: OnEvent,
    stopping: list[int],
    threads: Callable[[], int],
) -> None:
    live = _begin(job, algorithm, runs, threads())
    least = job.row_every or ROW_TRANSITIONS
    per_row = max(1, least // (checked_size(algorithm, live.sampler.space).batch or least))
    saved, watches = time.monotonic(), (ValueWatch(), StepWatch())
    moved = tuple(filter(None, (run.moved for run in live.runs)))
    while live.runs:
        before = live.sampler.env_steps.clone()
        good = {"algorithm": select(live.state, range(len(live.runs))), "sampler": live.sampler.state()}
        row = _iterate(algorithm, live, job.steps, per_row)
        check_state(live.state, len(live.runs))
        if live.sampler.cut.any():  # unfinished episodes say nothing about their candidates
            live.state = put_back(live.state, good["algorithm"], live.sampler.cut)
        spent = live.sampler.env_steps
        due = row.last
        if job.eval_every:
            due = due | (spent // job.eval_every > before // job.eval_every)
        row.evaluate(live, algorithm, due)
        seconds = live.clock.lap(len(live.runs))  # the time of writing is part of the next row
        with live.clock.during("files"):
            row.write(live, seconds)
        seeds = [run.seed for run in live.runs]
        warnings = [each.warnings(seeds, spent.tolist(), row.metrics) for each in watches]
        report(
            Progress(
                int(spent.max()),
                tuple(run.latest_return for run in live.runs),
                moved + sum(warnings, ()),
                vital_signs(row.metrics),
            )
        )
        moved = ()

        sound = finite(live.state)
        for index in _where(~sound):
            start = _of_seed(good, index)
            report(live.runs[index].diverge(start, start))
        ended = _where(row.last & sound)
        if stopping or time.monotonic() - saved > CHECKPOINT_SECONDS:
            saved = time.monotonic()
            _save(live, _where(sound), row.last, good)
        else:
            _save(live, ended, row.last, good)
        for index in ended:
            report(live.runs[index].finish())
        if stopping:
            for index in _where(sound & ~row.last):
                live.runs[index].stop()
            raise SystemExit(128 + stopping[0])
        left, allowed = _where(sound & ~row.last), threads()
        if len(left) < len(live.runs) or allowed != live.threads:
            live = _rebuild(job, algorithm, live, left, allowed)


def _where(mask: Tensor) -> list[int]:
    return mask.nonzero().flatten().tolist()


def _begin(job: Job, algorithm: Algorithm, runs: list[SeedRun], threads: int) -> _Live:
    """Worlds and state of a job, fresh or restored from the checkpoints of its runs."""
    clock = Clock(nobody_waits if job.device == "cpu" else wait_for_gpu)
    sampler, evaluate = _worlds(job, algorithm, runs, clock, threads)
    with blame_plugin(algorithm, "its initial() failed"):
        state = algorithm.initial(sampler.space, sampler.env.seeds)
    check_state(state, len(runs))
    own = is_own(algorithm)  # a plug-in's state may grow
    for run in runs:
        run.refuse_other_shapes({"sampler": sampler.state(), **({"algorithm": state} if own else {})})
    restored = SeedRun.restore_all(runs)
    if restored is not None:
        sampler.restore(restored["sampler"])
        state = restored["algorithm"]
    columns = Columns({*PROGRESS, *sampler.metrics()})
    return _Live(sampler, evaluate, to_device(state, sampler.env.device), runs, clock, threads, columns)


def _rebuild(job: Job, algorithm: Algorithm, live: _Live, rows: list[int], threads: int) -> _Live:
    """Continue with fewer seeds or another number of threads. The results of the seeds that stay do not change."""
    runs = [live.runs[row] for row in rows]
    if not runs:
        return replace(live, runs=[])
    state, worlds = select(live.state, rows), select(live.sampler.state(), rows)
    del live.sampler, live.evaluate
    gc.collect()  # a GPU may not have room for the old and the new worlds together
    sampler, evaluate = _worlds(job, algorithm, runs, live.clock, threads)
    sampler.restore(worlds)
    return _Live(sampler, evaluate, state, runs, live.clock, threads, live.columns, live.idle)


def _worlds(
    job: Job, algorithm: Algorithm, runs: list[SeedRun], clock: Clock, threads: int
) -> tuple[EnvSampler, Evaluator]:
    seeds = tuple(run.seed for run in runs)

    def training_starts(seed: int, block: int) -> np.random.Generator:
        return stream(seed, Purpose.START_STATES, block)

    def worlds(number: int, starts: Generators) -> Env:
        return envs.make(job.env, seeds, number, starts, threads, device=job.device, buffers=job.gpu_buffers)

    def training_worlds(number: int) -> Env:
        return worlds(number, training_starts)

    evaluate = Evaluator(lambda number: worlds(number, evaluation_starts))
    depends = depends_on_budget(algorithm)
    return EnvSampler(training_worlds(algorithm.num_envs), job.steps, training_worlds, clock, depends), evaluate


def vital_signs(metrics: Metrics) -> dict[str, float]:
    """The vital signs among an iteration's metrics, means over the seeds in which they are finite."""
    found = {name: metrics[name].double().cpu() for name in VITAL_SIGNS if name in metrics}
    finite_ones = {name: values[values.isfinite()] for name, values in found.items()}
    return {name: float(values.mean()) for name, values in finite_ones.items() if len(values)}


@dataclass
class _Row:
    """The content of one row of the files of every seed."""

    iterations: int
    metrics: Metrics
    last: Tensor
    """`[S]`: True if the budget has no room for another iteration."""
    scores: dict[str, Tensor] = field(default_factory=dict)
    due: Tensor | None = None
    """`[S]`: the seeds that `scores` belong to; None before an evaluation."""

    def evaluate(self, live: _Live, algorithm: Algorithm, due: Tensor) -> None:
        """Evaluate all seeds if one of them is due."""
        if due.any():
            with live.clock.during("eval"), blame_plugin(algorithm, "its actor() failed"):
                self.due, self.scores = due, live.evaluate(algorithm.actor(live.state, live.sampler.space))

    def write(self, live: _Live, seconds: dict[str, float]) -> None:
        """Append the row to the files of every seed."""
        columns = {name: values.numpy(force=True) for name, values in self.metrics.items()}
        for index, run in enumerate(live.runs):
            episodes, live.sampler.episodes[index] = live.sampler.episodes[index], []
            due = self.due is not None and bool(self.due[index])
            scores = {name: value[index].item() for name, value in self.scores.items()} if due else {}
            env_steps = int(live.sampler.env_steps[index])
            metrics = {name: values[index] for name, values in columns.items()}
            run.write(self.iterations, env_steps, episodes, scores, metrics, seconds)


def _iterate(algorithm: Algorithm, live: _Live, budget: int, per_row: int) -> _Row:
    """Iterate up to `per_row` times within the budget; the row holds the mean of each metric."""
    gathered: list[Metrics] = []
    last = torch.zeros(len(live.runs), dtype=torch.bool)
    while len(gathered) < per_row and not last.any():
        before = live.sampler.env_steps.clone()
        live.sampler.begin_iteration()
        with live.clock.learning(), blame_plugin(algorithm, "its iterate() failed"):
            told = algorithm.iterate(live.state, live.sampler)
        gathered.append(live.columns.check(told, len(live.runs)) | live.sampler.metrics())
        live.refuse_standstill(before)
        last = (
            2 * live.sampler.env_steps - before > budget
        ) | live.sampler.cut  # another iteration of this size would not fit
    # Each seed's numbers are contiguous: a mean over the first axis has other bits for one seed than for several
    mean = {name: torch.stack([metrics[name] for metrics in gathered], 1).mean(1) for name in gathered[0]}
    return _Row(len(gathered), mean, last)


def _save(live: _Live, rows: list[int], last: Tensor, before: Trees) -> None:
    """Save checkpoints of some seeds; those at their `last` row are marked as finished."""
    with live.clock.during("files"):
        state = {"algorithm": live.state, "sampler": live.sampler.state() if rows else {}}
        for row in rows:
            ended = bool(last[row])
            live.runs[row].save(
                _of_seed(state, row), "finished" if ended else "", _of_seed(before, row) if ended else None
            )


def _of_seed(trees: Trees, row: int) -> Trees:
    return {part: to_device(select(tree, [row]), "cpu") for part, tree in trees.items()}
