"""The folder of one seed: its rows, its run.json, its checkpoint, and what became of it."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rlbench.errors import UserError
from rlbench.layout import CHECKPOINT_FILE, COMPLETE_STATUSES
from rlbench.training.checkpoint import load_checkpoint, save_checkpoint
from rlbench.training.clock import PARTS, WITHIN_COLLECT
from rlbench.training.evaluation import COLUMNS
from rlbench.training.fingerprints import fingerprints
from rlbench.training.folders import Lock, lock_folder, move_aside
from rlbench.training.job import Finished, Job
from rlbench.training.provenance import describe_run, now, peak_memory, read_run, refuse_other_settings, write_run
from rlbench.training.records import Records, episode_cells, refuse_changed
from rlbench.training.sampler import Episode
from rlbench.training.trees import Tree, join


def open_runs(job: Job) -> Iterator[list["Run"]]:
    """The job's runs, in groups that can go on together: those that ended, and those at the same iteration."""
    runs = sorted((Run.open(job, seed) for seed in job.seeds), key=lambda run: (not run.finished, run.iteration))
    for _, group in itertools.groupby(runs, key=lambda run: (run.finished, run.iteration)):
        yield sorted(group, key=lambda run: run.seed)


def lengthen(folder: Path, stored: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The run.json of a run that is to have more steps than it was begun with; a UserError where it cannot."""
    path = folder / CHECKPOINT_FILE
    if stored["status"] in COMPLETE_STATUSES and not path.exists():
        raise UserError(f"{folder} holds a run of {stored['steps']:,} steps without the checkpoint it could go on from")
    if path.exists():
        checkpoint = load_checkpoint(path)
        if checkpoint["sampler"]["depends_on_budget"].any():
            raise UserError(
                f"{folder} holds a run of {stored['steps']:,} steps that cannot be made longer: some of its settings "
                "change over --steps, such as a learning rate that falls to 0, or its last generation was cut where "
                "--steps ended, so it has gone by the shorter course. "
                "Choose another --out, or --fresh"
            )
        save_checkpoint(path, {**checkpoint, "ended": ""})
    earlier = [*stored.get("lengthened", []), {"steps": stored["steps"], "command": asked.get("command"), "at": now()}]
    longer = {**stored, "steps": asked["steps"], "status": "running", "ended": None, "lengthened": earlier}
    write_run(folder, longer)
    return longer


class Run:
    """One seed of one algorithm on one environment."""

    def __init__(
        self, folder: Path, description: dict[str, Any], checkpoint: dict[str, Any] | None, lock: Lock
    ) -> None:
        self.folder = folder
        self._lock = lock
        self.seed: int = description["seed"]
        self.iteration: int = checkpoint["iteration"] if checkpoint else 0
        self.latest_return: float | None = None
        self._description = description
        self._checkpoint = checkpoint
        self._records: Records | None = None
        self._times: dict[str, float] = checkpoint["times"] if checkpoint else dict.fromkeys(PARTS, 0.0)
        self._scores: dict[str, float] = description.get("evaluation") or {}

    @staticmethod
    def open(job: Job, seed: int) -> "Run":
        """The seed's folder as it stands, made where there is none."""
        folder, asked = job.folder(seed), describe_run(job, seed)
        try:
            if job.fresh:
                move_aside(folder)
            folder.mkdir(parents=True, exist_ok=True)
            lock = lock_folder(folder)
        except OSError as error:
            raise UserError(f"Cannot write to {folder}: {error.strerror}. Choose another folder with --out") from error
        try:
            return Run._in_locked(folder, asked, lock)
        except Exception:
            lock.release()
            raise

    @staticmethod
    def _in_locked(folder: Path, asked: dict[str, Any], lock: Lock) -> "Run":
        stored = read_run(folder)
        if stored is None:
            try:
                write_run(folder, asked)
            except OSError as error:
                raise UserError(f"Cannot write to {folder}: {error.strerror}. Choose another --out") from error
            return Run(folder, asked, None, lock)
        checkpoint = folder / CHECKPOINT_FILE
        if asked["steps"] > stored["steps"] and stored["status"] != "diverged":
            refuse_other_settings(folder, {**stored, "steps": asked["steps"]}, asked)
            stored = lengthen(folder, stored, asked)
        elif stored["status"] != "diverged":
            refuse_other_settings(folder, stored, asked)
        goes_on = checkpoint.exists() and stored["status"] not in COMPLETE_STATUSES
        run = Run(folder, stored, load_checkpoint(checkpoint) if goes_on else None, lock)
        run._catch_up()
        return run

    def _catch_up(self) -> None:
        """A process that died between its last checkpoint and its last word to run.json has ended all the same."""
        if self._checkpoint:
            refuse_changed(self.folder, self._checkpoint["offsets"])
        if self._checkpoint and self._checkpoint["ended"]:
            self._scores = self._checkpoint["scores"]
            self._end(self._checkpoint["ended"], self._checkpoint["env_steps"])

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self._description["status"] in COMPLETE_STATUSES

    @staticmethod
    def restore_all(runs: Sequence["Run"]) -> Tree | None:
        """The joined state of runs that stand at the same iteration; None where that is the first."""
        states = [run._checkpoint for run in runs if run._checkpoint]
        if not states:
            return None
        return {part: join([state[part] for state in states]) for part in ("algorithm", "sampler")}

    def write(
        self,
        metric_names: Sequence[str],
        iterations: int,
        env_steps: int,
        episodes: Sequence[Episode],
        scores: dict[str, float],
        metrics: Sequence[Any],
        seconds: dict[str, float],
    ) -> None:
        """A row in each file, which tells of the latest `iterations`."""
        if self._records is None:
            if self._description["status"] == "stopped":  # it goes on, and its files are to change
                self._description |= {"status": "running", "ended": None, "files": None}
                write_run(self.folder, self._description)
            self._records = Records(
                self.folder, metric_names, self._checkpoint["offsets"] if self._checkpoint else None
            )
        self.iteration += iterations
        self._scores = scores or self._scores
        self._times = {part: total + seconds[part] for part, total in self._times.items()}
        cells = episode_cells(episodes)
        self.latest_return = cells[1] if isinstance(cells[1], float) else self.latest_return
        self._records.episodes(episodes)
        evaluated = [scores.get(name) for name in COLUMNS]
        self._records.progress((self.iteration, env_steps, *cells, *evaluated, *metrics))
        whole = sum(total for part, total in self._times.items() if part not in WITHIN_COLLECT)
        timing = [f"{value:.3f}" for value in (whole, *self._times.values())]
        self._records.timing((self.iteration, env_steps, *timing))

    def save(self, algorithm: Tree, sampler: Tree, env_steps: int, ended: str = "") -> None:
        """A checkpoint that says where to go on, and how long the files were; or that the run has `ended`, and how."""
        assert self._records is not None
        content = {
            "iteration": self.iteration,
            "env_steps": env_steps,
            "ended": ended,
            "scores": self._scores,
            "times": self._times,
            "offsets": self._records.offsets,
            "algorithm": algorithm,
            "sampler": sampler,
        }
        save_checkpoint(self.folder / CHECKPOINT_FILE, content)
        self._checkpoint = content

    def stop(self, env_steps: int) -> None:
        """Ended from outside; the same command goes on."""
        self._end("stopped", env_steps)

    def finish(self, env_steps: int) -> Finished:
        """The budget is spent."""
        self._end("finished", env_steps)
        return self.result()

    def diverge(self, algorithm: Tree, sampler: Tree, env_steps: int) -> Finished:
        """Numbers became non-finite; the state before the row that tells so is kept."""
        self.save(algorithm, sampler, env_steps, "diverged")
        self._end("diverged", env_steps)
        return self.result()

    def result(self) -> Finished:
        """How it ended, for the final table."""
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
        """Write no more, and let others at the folder."""
        if self._records is not None:
            self._records.close()
        self._lock.release()

    def _end(self, status: str, env_steps: int) -> None:
        self._description |= {"status": status, "env_steps": env_steps, "iteration": self.iteration, "ended": now()}
        self._description |= {"evaluation": self._scores, "peak_memory": peak_memory()}
        self._description["files"] = fingerprints(self.folder)
        write_run(self.folder, self._description)
        self.close()
