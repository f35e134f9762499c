"""The promises of rlbench's own algorithms, checked on any algorithm: each check is a function of a `Trial`."""

import csv
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch

from rlbench.algorithms.settings import depends_on_budget, describe, resolve
from rlbench.analysis.reading.integrity import check_folders
from rlbench.errors import UserError, nearest
from rlbench.testing.global_chance import global_chance
from rlbench.testing.promise import BrokenPromise, require, require_same_files
from rlbench.testing.trial import NAME, SEEDS, Killed, Trial
from rlbench.training.job import Progress
from rlbench.training.trees import leaves

ALONE = SEEDS[-1]
POISONED = SEEDS[1]
NO_SETTING = "no_such_setting_at_all"


def check_settings(trial: Trial) -> None:
    """Every setting says what it means; its default is allowed; text gives the same value; nonsense is refused."""
    kind = trial.kind
    require(bool(kind.__doc__), "The class says what it is", "Give it a docstring, whose first line is shown in lists.")
    for described in describe(kind):
        require(bool(described.meaning), "Every setting says what it means", f"That of {described.name} is empty.")
    values = asdict(trial.algorithm)
    told = "Constructed anew from its settings it is not equal: it has a field that is compared and is no setting."
    require(resolve(kind, NAME, values) == trial.algorithm, "Settings are all there is to an object", told)
    written = {name: as_typed(value) for name, value in values.items()}
    told = "Read from text, as --set gives them, they are other values."
    require(resolve(kind, NAME, written) == trial.algorithm, "Settings can be typed", told)
    expect_refusal(lambda: kind(**{NO_SETTING: 1}), "A name that is no setting is refused")
    for each in fields(kind):
        if type(each.default) in (int, float):
            told = f"{each.name}=nan is refused"
            expect_refusal(partial(resolve, kind, NAME, {each.name: "nan"}), told)


def as_typed(value: Any) -> str:
    """A setting's value as --set takes it."""
    return (",".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def expect_refusal(construct: Callable[[], Any], promise: str) -> None:
    """Require that constructing raises a UserError."""
    try:
        construct()
    except UserError:
        return
    except TypeError as error:
        raise BrokenPromise(
            f"{promise} in one line. It is a TypeError: {error}. Leave __init__ to dataclass."
        ) from None
    raise BrokenPromise(f"{promise}. It is taken.")


def check_rows(trial: Trial) -> None:
    """The rows agree with the episodes and with the budget, which is spent and not exceeded."""
    report = check_folders([trial.whole.out])
    require(not report.problems, "The files of a run are whole", "; ".join(report.problems[:3]))
    for seed in SEEDS:
        with (trial.whole.folder(seed) / "progress.csv").open(newline="") as file:
            spent = [int(row["env_steps"]) for row in csv.DictReader(file)]
        require(
            spent[-1] <= trial.steps, "The budget is not exceeded", f"{spent[-1]} steps were made of {trial.steps}."
        )
        require(spent == sorted(set(spent)), "Every iteration samples", f"The steps of seed {seed} are {spent}.")
        if trial.size.batch is not None:
            batches = {after - before for before, after in zip([0, *spent], spent)}
            says = f"size() says {trial.size.batch} transitions an iteration, and there were {sorted(batches)}."
            require(batches == {trial.size.batch}, "An iteration is as large as size() says", says)
            left = trial.steps - spent[-1]
            told = f"{left} of {trial.steps} are left, and an iteration is {trial.size.batch}."
            require(left < trial.size.batch, "The budget is spent", told)


def check_company(trial: Trial) -> None:
    """A seed's files are the same bytes alone and in any company; nothing but the sampler gives random numbers."""
    look_for = (
        "Look for: a mean, norm or product over the first axis, which is the seeds; a matrix product whose rounding "
        "depends on its other rows; torch's std and var, in whose place rlbench.numerics.moments has a variance; "
        "random numbers that are not the sampler's"
    )
    for company in ((ALONE,), (ALONE, SEEDS[0])):
        job = trial.job("-".join(map(str, company)), company)
        before = global_chance()
        trial.run(job)
        names = [name for name, state in global_chance().items() if state != before[name]]
        require(not names, "All chance comes from the sampler", f"It drew from {' and '.join(names)}.")
        promise = f"Seed {ALONE} is the same among the seeds {SEEDS} and among {company}"
        require_same_files(trial.whole.folder(ALONE), job.folder(ALONE), promise, look_for)


def check_resume(trial: Trial, iterations: Sequence[int] = (2,)) -> None:
    """Killed after an iteration and begun again, a run ends with the bytes of one that was never killed."""
    for iteration in iterations:
        job, written = trial.job(f"killed-{iteration}"), list[bool]()

        def kill(event: Any, written: list[bool] = written, iteration: int = iteration) -> None:
            written.append(isinstance(event, Progress))
            if sum(written) == iteration:
                raise Killed  # after the rows were written, before the checkpoint

        try:
            trial.run(job, on_event=kill, checkpoint_seconds=0.0)
        except Killed:
            problems = check_folders([job.out]).problems
            require(not problems, "What a kill leaves can be gone on with", "; ".join(problems[:3]))
            trial.run(job)
        look_for = "Look for: something that is remembered outside the state, such as in self or in a module"
        for seed in SEEDS:
            promise = f"A kill after iteration {iteration} leaves no trace in seed {seed}"
            require_same_files(trial.whole.folder(seed), job.folder(seed), promise, look_for)


def check_budget(trial: Trial) -> None:
    """No transition beyond an odd budget; a run that does not depend on its budget can be made longer."""
    short = trial.steps // 2 + max(1, trial.size.batch or 0) // 3 + 1
    job = trial.job("lengthened", steps=short)
    for seed, end in trial.run(job).items():
        promise = f"No seed makes more than its {short} transitions"
        require(end.env_steps <= short, promise, f"Seed {seed} made {end.env_steps}.")
    if depends_on_budget(trial.algorithm):
        return
    longer = trial.job("lengthened")
    trial.run(longer)
    look_for = "Look for: a schedule that is not told by depends_on_budget, or a state that counts iterations wrongly"
    for seed in SEEDS:
        promise = f"Lengthened from {short} to {trial.steps} steps, seed {seed} is as if it had begun with them"
        require_same_files(trial.whole.folder(seed), longer.folder(seed), promise, look_for)


def check_nan(trial: Trial) -> None:
    """Where one seed's numbers stop being finite, that seed has diverged, and the others are the same bytes."""
    if not any(tensor.is_floating_point() for tensor in leaves(trial.algorithm.initial(trial.space, SEEDS))):
        return  # whole numbers are always finite
    job = trial.job("poisoned")
    ends = trial.run(job, poisoned(trial.kind))
    statuses = {seed: ends[seed].status for seed in SEEDS}
    wanted = {seed: "diverged" if seed == POISONED else "finished" for seed in SEEDS}
    told = f"NaN was put into the state of seed {POISONED} after its first iteration, and the ends are {statuses}."
    require(statuses == wanted, "One seed's NaN is one seed's NaN", told)
    status = json.loads((job.folder(POISONED) / "run.json").read_text())["status"]
    require(status == "diverged", "run.json says that a seed has diverged", f"It says {status}.")
    for seed in SEEDS:
        if seed != POISONED:
            promise = f"Seed {seed} is the same beside a seed that diverges"
            look_for = "Look for: numbers of one seed that reach another, or a check over all seeds at once"
            require_same_files(trial.whole.folder(seed), job.folder(seed), promise, look_for)


def poisoned(kind: type) -> type:
    """The same algorithm, whose first iteration leaves NaN in the state of one seed."""
    poisoned_seeds = list[int]()

    def iterate(self: Any, state: Any, sampler: Any) -> Any:
        told = kind.iterate(self, state, sampler)  # type: ignore[attr-defined]
        if not poisoned_seeds:
            poisoned_seeds.append(POISONED)
            for tensor in leaves(state):
                if tensor.is_floating_point():
                    tensor[SEEDS.index(POISONED)] = torch.nan
        return told

    return type(kind.__name__, (kind,), {"iterate": iterate, "__module__": kind.__module__, "__doc__": kind.__doc__})


CHECKS: dict[str, Callable[[Trial], None]] = {
    "settings": check_settings,
    "rows": check_rows,
    "company": check_company,
    "resume": check_resume,
    "budget": check_budget,
    "nan": check_nan,
}
"""Every promise, by name."""


def check_algorithm(
    algorithm: Any,
    *,
    env: str | None = None,
    steps: int | None = None,
    promises: Sequence[str] = tuple(CHECKS),
) -> tuple[str, ...]:
    """Check that an algorithm keeps rlbench's promises; the names of those that were checked.

    `algorithm` is a class, or an object whose settings make its iterations small, which is quicker. It need not be
    installed. `env` is the environment to train on, by default the first of a few small ones that it can learn on;
    `steps` the budget of a seed, by default that of four iterations. `promises` are settings, rows (files agree),
    company (seeds alone and with others), resume, budget and nan.

    A promise that is not kept raises a BrokenPromise, an AssertionError, in one line.
    """
    for name in promises:
        if name not in CHECKS:
            raise UserError(f"There is no promise '{name}'.{nearest(name, CHECKS)} Promises: {', '.join(CHECKS)}")
    with tempfile.TemporaryDirectory(prefix="rlbench-check-") as folder:
        trial = Trial(algorithm, env, steps, Path(folder))
        for name in promises:
            CHECKS[name](trial)
    return tuple(promises)
