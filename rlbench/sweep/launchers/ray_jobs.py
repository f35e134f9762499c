"""The driver of jobs on a Ray cluster: an actor a job, placed where there are cores, memory and a share of a GPU."""

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import ray

from rlbench.claim_file import new_token
from rlbench.errors import Fault, UserError
from rlbench.sweep.gpu_memory import BYTES_OF_LIBRARIES, GpuMemory
from rlbench.sweep.launchers.carried_files import all_pieces, write_pieces
from rlbench.sweep.launchers.contract import NONE, Answer, Event, Failed, Restarted
from rlbench.sweep.launchers.needs import about_run, asked_for_peak, bytes_of
from rlbench.sweep.launchers.ray_cluster import Node, all_see
from rlbench.sweep.launchers.ray_node import (
    Assignment,
    JobActor,
    NodeCode,
    QuestionActor,
    Told,
    describe_node,
    name_of,
    say_loss,
)
from rlbench.sweep.launchers.worker import Train, trainer
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.words import say_bytes
from rlbench.training.claims import Claims
from rlbench.training.folders import move_aside
from rlbench.training.job import Job

LOSSES = 10
"""How many times a job whose node was lost is begun elsewhere. What a job does to its own process is counted there."""
NEWS_SECONDS = 0.5
"""Seconds between two reports of a job, where there are few."""
MOST_NEWS = 200
"""Reports a second that the driver reads of all jobs together. Each takes 0.4 ms of a core, without the display."""
LISTEN_SECONDS = 1.0
SMALLEST_SHARE = 0.1
"""Of a GPU. More jobs than that share its time to no advantage."""
STOP_SECONDS = 20.0
"""How long jobs may take to write checkpoints and end."""


@dataclass
class _Post:
    """A job at work, or waiting for its place in the cluster."""

    index: int
    actor: Any
    losses: int
    """How often its node may still be lost."""
    told: bool = False
    claims: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    """What the driver holds for a job whose node writes elsewhere."""


class Ray:
    """A `Launcher` whose jobs are actors of a Ray cluster. Questions are answered by a worker process here."""

    def __init__(
        self,
        nodes: Sequence[Node],
        tasks: int,
        pool: Workers,
        on_gpu: bool = False,
        load: Callable[[], Train] = trainer,
    ) -> None:
        """Run at most `tasks` jobs at a time, or, on GPUs, as many as there is room for."""
        self._nodes, self._tasks, self._pool, self._load = nodes, tasks, pool, load
        self._on_gpu = on_gpu
        self._asked: Any = None
        """The actor that answers questions on a GPU."""
        self._gpu_memory: int | None = None
        self._code: NodeCode = describe_node()
        self._busy: dict[Any, _Post] = {}
        self._peaks: dict[tuple[str, str], tuple[int, int]] = {}
        """By environment and label: the largest peak of memory that a job had, and its seeds."""
        self._jobs: list[Job] = []
        self._shared = True

    def ask(self, function: Callable[..., Answer], *arguments: Any, parts: frozenset[str] = NONE) -> Answer:
        """Call a function in a worker process of this machine, or of a node with a GPU if jobs run there."""
        if not self._on_gpu:
            return self._pool.ask(function, *arguments, parts=parts)
        if self._asked is None:
            options = {"num_cpus": 0, "num_gpus": SMALLEST_SHARE, "name": "rlbench/questions"}
            self._asked = ray.remote(QuestionActor).options(**options).remote()
        try:
            answer = ray.get(self._asked.ask.remote(function, arguments, parts))
        except ray.exceptions.RayError as error:
            raise Fault(f"on a GPU of the cluster: {say_loss(error)}") from None
        if isinstance(answer, UserError | Fault):
            raise answer
        if isinstance(answer, GpuMemory):
            self._gpu_memory = answer.free
        return cast(Answer, answer)

    def free_memory(self) -> int | None:
        """None: the memory is that of other machines."""
        return None

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Event]]:
        """Run the jobs in their order, as many at a time as there are cores, and yield what they tell."""
        if not jobs:
            return
        self._jobs = [replace(job, out=job.out.absolute()) for job in jobs]
        self._shared = self._share_a_file_system(self._jobs[0].out)
        threads = max(1, min(self._tasks // len(jobs), max(node.cores for node in self._nodes)))
        waiting = deque((index, LOSSES) for index in range(len(jobs)))
        if self._asked is not None:
            ray.kill(self._asked)  # it has a share of a GPU
            self._asked = None
        at_a_time = sum(node.cores for node in self._nodes) if self._on_gpu else max(1, self._tasks // threads)
        while waiting or self._busy:
            while waiting and len(self._busy) < at_a_time:
                index, losses = waiting.popleft()
                if refusal := self._begin(index, losses, threads):
                    yield index, refusal
            for reference in self._ready():
                post = self._busy.pop(reference)
                try:
                    told: Told = ray.get(reference)
                except ray.exceptions.RayError as error:
                    lost = self._lose(post, error)
                    if isinstance(lost, Restarted):
                        waiting.appendleft((post.index, post.losses - 1))
                    yield post.index, lost
                    continue
                post.told = post.told or bool(told.events)
                write_pieces(self._jobs[post.index], told.pieces)
                if not told.over:
                    self._listen(post)
                else:
                    self._end(post)
                for event in told.events:
                    yield post.index, event

    def _share_a_file_system(self, out: Path) -> bool:
        """Whether all nodes see the results folder of this machine."""
        token = new_token()
        probe = out / f".shared-{token}"
        probe.write_text(token)
        try:
            return all_see(self._nodes, probe, token)
        finally:
            probe.unlink()

    def _begin(self, index: int, losses: int, threads: int) -> Failed | None:
        """Hand a job to the cluster; a failure if it can never have what it needs."""
        job = self._jobs[index]
        largest = max(node.memory for node in self._nodes)
        if job.memory > largest:
            need = f"takes at least {say_bytes(job.memory)} of memory, and the largest node has {say_bytes(largest)}"
            return Failed(f"it {need}. Lower --seeds, or its settings", mendable=True, lasting=True)
        post = _Post(index, None, losses)
        try:
            if losses == LOSSES and job.fresh:
                for seed in job.seeds:
                    move_aside(job.folder(seed))
            job = self._jobs[index] = replace(job, fresh=False)
            if not self._shared:
                self._claim(job, post.claims)
            carried = None if self._shared else all_pieces(job)
        except UserError as error:
            post.claims.close()
            return Failed(str(error), mendable=True, lasting=True)
        except OSError as error:
            post.claims.close()
            return Failed(f"{error.strerror}: {error.filename}", lasting=True)
        name = name_of(job)
        post.actor = (
            ray.remote(JobActor)
            .options(
                name=name if losses == LOSSES else f"{name}, again {LOSSES - losses}",
                num_cpus=1 if self._on_gpu else threads,
                num_gpus=self._share(job),
                memory=min(self._bytes(job), largest),
                max_concurrency=3,
                max_restarts=0,
                max_task_retries=0,
                enable_task_events=False,
            )
            .remote(Assignment(job, threads, self._code, carried, losses < LOSSES, self._load))
        )
        self._listen(post)
        return None

    def _claim(self, job: Job, stack: contextlib.ExitStack) -> None:
        """Hold the runs of a job here, while its node writes them elsewhere."""
        claims = stack.enter_context(Claims())
        for seed in job.seeds:
            job.folder(seed).mkdir(parents=True, exist_ok=True)
            claims.take(job.folder(seed))

    def _listen(self, post: _Post) -> None:
        seconds = max(NEWS_SECONDS, (1 + len(self._busy)) / MOST_NEWS)
        self._busy[post.actor.listen.remote(seconds if post.told else 0.0)] = post

    def _ready(self) -> list[Any]:
        ready, others = ray.wait(list(self._busy), num_returns=1, timeout=LISTEN_SECONDS)
        return [*ready, *(ray.wait(others, num_returns=len(others), timeout=0)[0] if ready and others else [])]

    def _lose(self, post: _Post, error: Exception) -> Failed | Restarted:
        """The event that a job's node or actor was lost."""
        ray.kill(post.actor)  # it may only be out of reach, and must not go on beside another
        post.claims.close()
        failed = Failed(say_loss(error))
        return Restarted(failed, post.losses - 1) if post.losses else failed

    def _end(self, post: _Post) -> None:
        """Free the place of a job that has ended, and note how much memory it took."""
        ray.kill(post.actor)
        post.claims.close()
        job = self._jobs[post.index]
        peaks = [about_run(job, seed).get("peak_memory") for seed in job.seeds]
        peak = max((each for each in peaks if type(each) is int), default=0)
        self._peaks[job.env, job.label] = max((peak, len(job.seeds)), self._peaks.get((job.env, job.label), (0, 1)))

    def _share(self, job: Job) -> float:
        """The share of a GPU that a job needs, by its memory. The shares of the jobs on a GPU make one at most."""
        if not self._on_gpu:
            return 0.0
        if not self._gpu_memory:
            return 1.0
        share = (job.gpu_memory + BYTES_OF_LIBRARIES) / self._gpu_memory
        return min(1.0, max(SMALLEST_SHARE, math.ceil(100 * share) / 100))

    def _bytes(self, job: Job) -> int:
        """Memory to ask for: more than the estimate where a job like this one has taken more."""
        peak, seeds = self._peaks.get((job.env, job.label), (0, 1))
        return max(bytes_of(job), asked_for_peak(math.ceil(peak * max(1.0, len(job.seeds) / seeds))))

    def stop(self) -> None:
        """Ask all jobs to write checkpoints and end, wait for them, and leave none behind."""
        posts = {reference: post for reference, post in self._busy.items() if post.actor is not None}
        self._busy = {}
        try:
            for post in posts.values():
                post.actor.stop.remote()
            until = time.monotonic() + STOP_SECONDS
            while posts and time.monotonic() < until:
                for reference in ray.wait(list(posts), timeout=LISTEN_SECONDS)[0]:
                    post = posts.pop(reference)
                    with contextlib.suppress(ray.exceptions.RayError):
                        told = ray.get(reference)
                        write_pieces(self._jobs[post.index], told.pieces)
                        if not told.over:
                            posts[post.actor.listen.remote(0.0)] = post
                            continue
                    ray.kill(post.actor)
                    post.claims.close()
        finally:
            for post in posts.values():
                ray.kill(post.actor)
                post.claims.close()
