"""The run of one seed and its folder: rows, run.json, checkpoint and status."""

import itertools
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from rlbench.checkpoint_file import refuse_other_shapes
from rlbench.errors import UserError
from rlbench.layout import CHECKPOINT_FILE, COMPLETE_STATUSES
from rlbench.training.checkpoint import save_checkpoint
from rlbench.training.claims import Claim, Claims
from rlbench.training.clock import PARTS, TIMES, WITHIN_COLLECT
from rlbench.training.evaluation import COLUMNS
from rlbench.training.folders import move_aside
from rlbench.training.inspection import FolderState, inspect
from rlbench.training.job import Finished, Job
from rlbench.training.provenance import now, peak_memory, write_run
from rlbench.training.recorder import Episode
from rlbench.training.records import Records, episode_cells
from rlbench.training.trees import Tree, join

Trees = dict[str, Tree]
"""The state of one seed: trees of tensors named `algorithm` and `sampler`."""


def open_runs(job: Job) -> Generator[list["SeedRun"]]:
    """The runs of a job, in groups that can be trained together: finished ones, and those at the same iteration.

    The folders of all seeds are claimed and checked before any of them is changed.
    """
    with Claims() as claims, ExitStack() as opened:
        held = [_claim(claims, job, seed) for seed in job.seeds]
        found = [inspect(job, seed) for seed in job.seeds]
        runs = [SeedRun(seed, each, claim) for seed, each, claim in zip(job.seeds, found, held, strict=True)]
        for run in runs:
            opened.callback(run.close)
            run.begin(job.fresh)
        runs.sort(key=lambda run: (not run.finished, run.iteration))
        for _, group in itertools.groupby(runs, key=lambda run: (run.finished, run.iteration)):
            together = sorted(group, key=lambda run: run.seed)
            yield together
            for run in together:
                run.close()


def _claim(claims: Claims, job: Job, seed: int) -> Claim:
    folder = job.folder(seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return claims.take(folder)
    except OSError as error:
        raise UserError(f"Cannot write to {folder}: {error.strerror}. Choose another folder with --out") from error


class SeedRun:
    """One seed of one algorithm on one environment."""

    def __init__(self, seed: int, found: FolderState, claim: Claim) -> None:
        self.folder = found.folder
        self.seed = seed
        self.latest_return: float | None = None
        self._found, self._claim = found, claim
        self._description = found.about
        self._place = place = found.place
        self._row_start = place
        """The place before the latest row, as in a checkpoint's `before` but without its tensors."""
        self.iteration: int = found.iteration
        self._env_steps: int = place["env_steps"] if place else 0
        self._records: Records | None = None
        self._times: dict[str, float] = place["times"] if place else dict.fromkeys(TIMES, 0.0)
        self._scores: dict[str, float] = place["scores"] if place else self._known_scores()

    def _known_scores(self) -> dict[str, float]:
        """Scores in run.json of a complete run. A run that is not complete ignores those of an earlier, shorter run."""
        return (self._description.get("evaluation") or {}) if self.finished else {}

    def begin(self, fresh: bool) -> None:
        """Move the old run aside if `fresh`, and write run.json where it is to change before the first row."""
        try:
            if fresh and any(self.folder.iterdir()):
                move_aside(self.folder)
                self.folder.mkdir(parents=True)
            if self._found.is_new or self._found.is_accepted:
                write_run(self.folder, self._description)
        except OSError as error:
            raise UserError(f"Cannot write to {self.folder}: {error.strerror}. Choose another --out") from error
        if ended := self._found.ended:  # killed after the final checkpoint: bring run.json up to date
            self._end(ended["ended"], ended["env_steps"])

    @property
    def finished(self) -> bool:
        """True if the run is complete."""
        return self._description["status"] in COMPLETE_STATUSES

    @property
    def moved(self) -> str | None:
        """A warning if the run goes on on another kind of processor."""
        if self._found.moved is None:
            return None
        return f"seed {self.seed}: goes on on another processor, and may end in other bytes: {self._found.moved}"

    def refuse_other_shapes(self, fresh: Trees) -> None:
        """Raise a UserError if the checkpoint does not have the tensors of a `fresh` run."""
        if self._place:
            for part, tree in fresh.items():
                refuse_other_shapes(self.folder / CHECKPOINT_FILE, self._place[part], tree, part)

    @staticmethod
    def restore_all(runs: Sequence["SeedRun"]) -> Trees | None:
        """The joined states of runs at the same iteration; None before the first one."""
        states = [run._place for run in runs if run._place]
        return {part: join([state[part] for state in states]) for part in ("algorithm", "sampler")} if states else None

    def write(
        self,
        iterations: int,
        env_steps: int,
        episodes: Sequence[Episode],
        scores: dict[str, float],
        metrics: Mapping[str, Any],
        seconds: dict[str, float],
    ) -> None:
        """Append a row about the latest `iterations` to each file."""
        self._claim.check()
        if self._records is None:
            if not self._found.is_new:
                write_run(self.folder, self._description)  # an earlier run is changed only now
            self._records = Records(self.folder, metrics, self._place and self._place["files"])
        self._records.look()
        self._row_start = self._standing()
        self.iteration += iterations
        self._env_steps = env_steps
        self._scores = scores or self._scores
        self._times = {part: total + seconds[part] for part, total in self._times.items()}
        cells = episode_cells(episodes)
        self.latest_return = cells[1] if isinstance(cells[1], float) else self.latest_return
        self._records.episodes(episodes)
        evaluated = [scores.get(name) for name in COLUMNS]
        self._records.progress((self.iteration, env_steps, *cells, *evaluated), metrics)
        whole = sum(self._times[part] for part in PARTS if part not in WITHIN_COLLECT)
        timing = [f"{value:.3f}" for value in (whole, *self._times.values())]
        self._records.timing((self.iteration, env_steps, *timing))

    def _standing(self) -> dict[str, Any]:
        """The part of a checkpoint that does not come from the algorithm or the sampler."""
        assert self._records is not None
        return {
            "iteration": self.iteration,
            "env_steps": self._env_steps,
            "scores": self._scores,
            "times": self._times,
            "files": self._records.checksums,
        }

    def save(self, state: Trees, ended: str = "", before: Trees | None = None) -> None:
        """Save a checkpoint. `ended` is the status of a run that has ended, else empty.

        A run that ended also stores the state `before` its last row: a longer run would have written that row with
        more iterations, so it resumes before it.
        """
        assert self._records is not None
        self._claim.check()
        self._records.look()
        start = (
            self._row_start if self._row_start and self._row_start["iteration"] else None
        )  # None: the longer run begins at its first step
        content = {
            **self._standing(),
            **state,
            "steps": self._description["steps"],
            "ended": ended,
            "before": {**start, **before} if start and before else None,
        }
        save_checkpoint(self.folder / CHECKPOINT_FILE, content)

    def stop(self) -> None:
        """Mark the run as stopped by a signal; the same command resumes it."""
        self._end("stopped", self._env_steps)

    def finish(self) -> Finished:
        """Mark the run as finished: its budget is spent."""
        self._end("finished", self._env_steps)
        return self.result()

    def diverge(self, state: Trees, before: Trees) -> Finished:
        """Mark the run as diverged: its state is no longer finite. The state before its last row is saved."""
        self.save(state, "diverged", before)
        self._end("diverged", self._env_steps)
        return self.result()

    def result(self) -> Finished:
        """The result, for the final table."""
        there = self._description
        scores = self._scores
        return Finished(
            self.seed,
            there["status"],
            there["env_steps"],
            scores.get("eval_return_det"),
            scores.get("eval_return_stoch"),
        )

    def close(self) -> None:
        """Close the files and release the folder."""
        if self._records is not None:
            self._records.close()
        self._claim.release()

    def _end(self, status: str, env_steps: int) -> None:
        self._claim.check()
        if self._records is not None:
            self._records.verify()
        files = self._records.checksums if self._records else self._found.ended and self._found.ended["files"]
        self._description |= {"status": status, "env_steps": env_steps, "iteration": self.iteration, "ended": now()}
        self._description |= {"evaluation": self._scores, "peak_memory": peak_memory(), "files": files}
        write_run(self.folder, self._description)
        self.close()
