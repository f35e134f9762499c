"""A whole sweep, from its request to the end of its last job, without printing: for the command line and programs."""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rlbench.sweep.cost import measure_costs
from rlbench.sweep.dashboards.choose import open_logs
from rlbench.sweep.dashboards.follow import Follower
from rlbench.sweep.events import JobEvent, OnEvent, Stopping, Waiting, ignore
from rlbench.sweep.expected_code import refuse_unexpected_code
from rlbench.sweep.gpu_memory import refuse_too_large_for_gpu
from rlbench.sweep.jobs import (
    failed_jobs,
    look_at_folders,
    make_jobs,
    prepare_folder,
    refuse_too_large,
    refuse_too_short,
    say_work,
)
from rlbench.sweep.kept_suite import keep_suite, refuse_other_suite
from rlbench.sweep.launchers.choose import launch
from rlbench.sweep.launchers.contract import Failed, Launcher
from rlbench.sweep.launchers.options import LOCAL
from rlbench.sweep.lookup import LookedUp, Pair, look_up
from rlbench.sweep.record import keep_record
from rlbench.sweep.request import Request
from rlbench.sweep.spacing import notes_on_spacing
from rlbench.sweep.state import JobState
from rlbench.training.job import Job


@dataclass(frozen=True)
class Sweep:
    """A sweep that has been checked and can begin, with the state of each job. It is also the event that it begins."""

    request: Request
    looked_up: LookedUp
    states: list[JobState]
    """The state of each job, in the order in which free workers take them. `train` updates them."""
    failed: list[JobState]
    """The states of pairs of environment and algorithm that cannot be trained, because one failed when it was tried."""
    warnings: list[str]
    """Warnings about existing runs."""
    notes: list[str]
    """Notes on options without effect, and on what differs from the default because of existing runs."""

    @property
    def jobs(self) -> list[Job]:
        """The jobs to train."""
        return [state.job for state in self.states]

    @property
    def all_states(self) -> list[JobState]:
        """The states of the jobs, and of the pairs that could not be trained."""
        return [*self.states, *self.failed]

    def __str__(self) -> str:
        jobs = f"{len(self.states)} {'job' if len(self.states) == 1 else 'jobs'}"
        return f"{say_work(self.jobs)} in {jobs}, files in {self.request.out}"


def run_sweep(request: Request, on_event: OnEvent = ignore, stopped: Sequence[BaseException] = ()) -> Sweep:
    """Prepare and train all of a request. `on_event` receives Waiting, Sweep, JobEvent and Stopping.

    A UserError where the request cannot be carried out; what fails later is in the states. `train` says what `stopped`
    is.
    """
    dashboards = open_logs(request.log)
    with open_launcher(request, on_event) as (resolved, launcher):
        sweep = prepare(resolved, launcher)
        on_event(sweep)
        with contextlib.closing(Follower(dashboards, on_event)) as follower:
            train(sweep.states, launcher, follower.hear if dashboards else on_event, stopped)
    return sweep


@contextlib.contextmanager
def open_launcher(request: Request, on_event: OnEvent = ignore) -> Iterator[tuple[Request, Launcher]]:
    """Open the launcher, which loads while the caller goes on; gives the request with its device, and the launcher."""
    with launch(request, lambda parts: on_event(Waiting(parts))) as (request, launcher):
        try:
            yield request, launcher
        except KeyboardInterrupt:
            on_event(Stopping())
            raise


def prepare(request: Request, launcher: Launcher) -> Sweep:
    """Prepare a request; a UserError where it cannot be carried out. Creates the results folder, if there are jobs."""
    return prepare_pairs(request, look_up(request, launcher.ask), launcher)


def prepare_pairs(
    request: Request, looked_up: LookedUp, launcher: Launcher, pairs: Collection[Pair] | None = None
) -> Sweep:
    """Prepare a request that was looked up before. With `pairs` of (environment, label) only those are trained."""
    count = len(looked_up.settings) * len(request.envs) if pairs is None else len(pairs)
    request = replace(
        request, workers=min(request.threads, count * len(request.seeds))
    )  # a grid of settings has more runs than names
    refuse_other_suite(request)
    if request.launching.launcher != LOCAL and not looked_up.costs:
        looked_up = replace(looked_up, costs=measure_costs(request, looked_up, launcher))
    jobs = make_jobs(request, looked_up, pairs)
    refuse_too_large(jobs, looked_up, request.workers, launcher.free_memory())
    refuse_too_short(jobs, looked_up)
    refuse_too_large_for_gpu(looked_up.gpu, len(request.seeds))
    if request.expect_code:
        refuse_unexpected_code(request.expect_code, jobs, launcher.ask)
    warnings = look_at_folders(jobs, launcher.ask)
    if jobs:
        prepare_folder(request)
        keep_suite(request)
    failed = [JobState(job, failed=Failed(reason, lasting=True)) for job, reason in failed_jobs(request, looked_up)]
    notes = [*request.notes, *looked_up.notes, *notes_on_spacing(request, jobs)]
    return Sweep(request, looked_up, [JobState(job) for job in jobs], failed, warnings, notes)


def train(
    states: Sequence[JobState], launcher: Launcher, on_event: OnEvent = ignore, stopped: Sequence[BaseException] = ()
) -> None:
    """Run the jobs of these states to their ends, change the states, and tell each event.

    `stopped` is a list that a signal's handler puts the exception it raises into. It is raised anew at the next event:
    Python drops an exception that is raised while it finalises an object.
    """
    with keep_record(states) as record:
        for index, event in launcher.run([state.job for state in states]):
            if stopped:
                raise stopped[-1]
            states[index].apply(event, time.monotonic())
            record.update()
            on_event(JobEvent(states[index], event))
