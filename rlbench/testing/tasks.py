"""The promises of rlbench's own tasks, checked on any task: each check is a function of a `Bench`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import torch

from rlbench.algorithms.reinforce import REINFORCE
from rlbench.envs.mujoco import MujocoEnv, make_task
from rlbench.envs.own_tasks import lend_task, return_task, why_not_a_task
from rlbench.envs.side_by_side import compare, make_judge, random_actions
from rlbench.envs.tasks.task import Task
from rlbench.errors import UserError, nearest
from rlbench.testing.algorithms import check_algorithm
from rlbench.testing.promise import BrokenPromise, require
from rlbench.testing.trial import starts

Judge = str | Callable[[], gymnasium.Env]
"""Gymnasium's own class of the task: a registered id, or what makes one, such as the class itself."""

SEEDS, NUM_ENVS = (0, 1, 3), 2
SCALES = (1.0, 0.6, 0.3, 0.1, 0.02, 0.0)
"""How large the random actions of each world are: an episode ends soon in some worlds and late in others."""
CLOSE = 1e-6
"""Largest relative difference between NumPy and torch, both with 64 bits."""
NUMBERS = ("observation", "reward", "terminated", "truncated")


class Bench:
    """A task on trial."""

    def __init__(self, task: Task, judge: Judge | None, steps: int) -> None:
        self.task, self.judge, self.steps = task, judge, steps

    def worlds(self, seeds: Sequence[int] = SEEDS, threads: int = 1) -> MujocoEnv:
        """Fresh worlds of these seeds."""
        return make_task(self.task, seeds, NUM_ENVS, starts, threads)

    def actions(self, env: MujocoEnv) -> Callable[[], torch.Tensor]:
        """The same actions for a seed in whatever company."""
        everybody = SimpleNamespace(
            seeds=SEEDS, num_envs=NUM_ENVS, action_size=env.action_size, action_low=limited(env.action_low, -1.0),
            action_high=limited(env.action_high, 1.0),
        )  # fmt: skip
        draw = random_actions(everybody, 5, SCALES)  # type: ignore[arg-type]
        rows = [SEEDS.index(seed) for seed in env.seeds]
        return lambda: draw()[rows]

    def numbers(self, env: MujocoEnv, steps: int, action: Callable[[], torch.Tensor]) -> Iterator[tuple[Any, ...]]:
        """Observation, reward and ends after each step, of the last seed."""
        for _ in range(steps):
            step = env.step(action())
            pairs = step.obs, step.reward, step.terminated, step.truncated
            yield tuple(values[-1].clone() for values in pairs)


def limited(bound: torch.Tensor, instead: float) -> torch.Tensor:
    """A bound of actions, and a finite number where there is none."""
    return torch.where(bound.isfinite(), bound, instead)


def check_definition(bench: Bench) -> None:
    """It is a task, its model compiles, and its functions return the shapes that they must."""
    if reason := why_not_a_task(bench.task, getattr(bench.task, "id", "")):
        raise BrokenPromise(f"The task fits the contract: {reason}")
    bench.worlds()


def check_starts(bench: Bench) -> None:
    """Start states have the model's sizes, are finite, and depend on the given generator alone."""
    model = bench.worlds().model
    drawn = [bench.task.start(np.random.default_rng(7), 64, model.qpos0, np.zeros(model.nv)) for _ in range(2)]
    for name, first, second, size in zip(("positions", "velocities"), *drawn, (model.nq, model.nv), strict=True):
        shape = np.shape(first)
        require(shape == (64, size), f"start() gives {name} of the model's size", f"[64, {size}] is due, not {shape}.")
        require(bool(np.isfinite(first).all()), f"start() gives finite {name}", "Some are not.")
        told = f"The same generator gave other {name}: draw all chance from the generator that is given."
        require(np.array_equal(first, second), "start() depends on its generator alone", told)


def check_finite(bench: Bench) -> None:
    """Under random actions all numbers are finite."""
    env = bench.worlds()
    env.reset()
    for number, values in enumerate(bench.numbers(env, bench.steps, bench.actions(env)), 1):
        for name, value in zip(NUMBERS, values):
            told = f"After step {number} of random actions the {name} is {value.tolist()}."
            require(bool(value.isfinite().all()), "All numbers are finite", told)


def check_company(bench: Bench) -> None:
    """A world is the same to the bit alone, beside others, and on several threads."""
    together, alone, threaded = bench.worlds(), bench.worlds(SEEDS[-1:]), bench.worlds(threads=2)
    runs = []
    for env in (together, alone, threaded):
        env.reset()
        runs.append(bench.numbers(env, bench.steps, bench.actions(env)))
    look_for = "Look for a function that takes a mean, a norm or an order over its first axis, which is the worlds."
    for number, (first, second, third) in enumerate(zip(*runs, strict=True), 1):
        for name, a, b, c in zip(NUMBERS, first, second, third):
            told = f"After step {number} the {name} is {a.tolist()} beside others and {b.tolist()} alone. {look_for}"
            require(a.equal(b), "A world does not depend on its company", told)
            require(a.equal(c), "A world does not depend on the number of threads", f"After step {number}: {name}.")


def check_state(bench: Bench) -> None:
    """Its functions keep nothing between steps: worlds that were saved and restored go on to the bit."""
    env = bench.worlds()
    env.reset()
    action = bench.actions(env)
    recorded = [action() for _ in range(bench.steps)]
    half = bench.steps // 2
    list(bench.numbers(env, half, iter(recorded).__next__))
    saved = env.state()
    went_on = list(bench.numbers(env, bench.steps - half, iter(recorded[half:]).__next__))
    restored = bench.worlds()
    restored.restore(saved)
    for number, (first, second) in enumerate(
        zip(went_on, bench.numbers(restored, bench.steps - half, iter(recorded[half:]).__next__), strict=True), 1
    ):
        for name, a, b in zip(NUMBERS, first, second):
            told = (
                f"{number} steps after it was restored its {name} differs. Look for a function that remembers "
                "something, or that reads a field which a step changes and `derived` does not name"
            )
            require(a.equal(b), "A world that is saved and restored goes on as it would have", told)


def check_before(bench: Bench) -> None:
    """What before() keeps for the reward is a copy, which the step does not change."""
    env = bench.worlds()
    env.reset()
    kept = bench.task.before(env.fields)
    if kept is None:
        return
    then = np.array(kept)
    env.step(limited(env.action_high, 1.0).expand(len(SEEDS), NUM_ENVS, -1))
    told = "The step changed it: return a copy, as with rlbench.envs.tasks.arrays.copy."
    require(np.array_equal(then, np.asarray(kept)), "What before() returns is a copy", told)


def check_tensors(bench: Bench) -> None:
    """Given torch tensors, as on a GPU, its functions compute what they compute with NumPy arrays."""
    env, task = bench.worlds(), bench.task
    env.reset()
    draw = bench.actions(env)
    for _ in range(5):
        env.step(draw())
    f, action = env.fields, draw()
    names = ("qpos", "qvel", "ctrl", *task.derived)
    fields = {name: torch.from_numpy(np.array(getattr(f, name))) for name in names}

    def constant(values: Any) -> torch.Tensor:
        return torch.as_tensor(np.array(values))

    g = SimpleNamespace(**fields, dt=f.dt, timestep=f.timestep, constant=constant)
    try:
        task.prepare(g, env.model)
        theirs = numbers_of(task, g, action.flatten(0, 1))
    except Exception as error:
        told = f"Given tensors a function raises {type(error).__name__}: {' '.join(str(error).split())}. "
        how = "Use operators and the functions of rlbench/envs/tasks/arrays.py; a GPU has no NumPy arrays."
        raise BrokenPromise(f"The task can be computed on a GPU. {told}{how}") from error
    for name, mine, other in zip(NUMBERS, numbers_of(task, f, action.flatten(0, 1).numpy()), theirs):
        gap = float(np.max(np.abs(np.asarray(mine, float) - np.asarray(other, float)) / (1 + np.abs(mine))))
        told = f"The {name} differs by {gap:.1e} between tensors and arrays."
        require(gap <= CLOSE, "Tensors and arrays give the same numbers", told)


def numbers_of(task: Task, f: Any, action: Any) -> tuple[Any, Any, Any]:
    """Observation, reward and terminated of all worlds, as they are."""
    parts = [np.asarray(part) for part in task.observe(f)]
    ended = f.qpos[:, 0] != f.qpos[:, 0] if task.terminated is None else task.terminated(f)
    return np.concatenate(parts, axis=1), task.reward(f, task.before(f), action, ended), np.asarray(ended)


def check_judge(bench: Bench) -> None:
    """Every observation, reward and flag is that of Gymnasium's own class, to the bit."""
    judge = bench.judge
    if judge is None:
        return
    limit = max(1, min(bench.task.max_episode_steps, bench.steps // 3))
    env = make_task(bench.task, SEEDS, NUM_ENVS, starts, max_episode_steps=limit)
    judges = [
        make_judge(judge, limit) if isinstance(judge, str) else gymnasium.wrappers.TimeLimit(judge(), limit)
        for _ in range(len(SEEDS) * NUM_ENVS)
    ]
    found = compare(env, judges, bench.steps, bench.actions(env))
    for each in judges:
        each.close()
    look_for = (
        "The order of additions and 32 or 64 bits matter: rlbench/envs/tasks/arrays.py has what gives NumPy's bits"
    )
    require(found.difference is None, "The task is Gymnasium's class to the bit", f"{found.difference}. {look_for}")


def check_training(bench: Bench) -> None:
    """An algorithm trains on it; its seeds are the same in any company, and a kill leaves no trace."""
    with lent_task(bench.task):
        small = REINFORCE(num_envs=4, num_steps=32, critic_epochs=1, hidden_sizes=(8,))
        check_algorithm(small, env=bench.task.id, steps=640, promises=("rows", "company", "resume"))


@contextmanager
def lent_task(task: Task) -> Iterator[None]:
    """For a `with` block: the task is known by its id in this process."""
    lend_task(task.id, task)
    try:
        yield
    finally:
        return_task(task.id)


CHECKS: dict[str, Callable[[Bench], None]] = {
    "definition": check_definition,
    "starts": check_starts,
    "finite": check_finite,
    "company": check_company,
    "state": check_state,
    "before": check_before,
    "tensors": check_tensors,
    "judge": check_judge,
    "training": check_training,
}
"""Every promise, by name."""


def check_task(
    task: Task, *, judge: Judge | None = None, steps: int = 100, promises: Sequence[str] = tuple(CHECKS)
) -> tuple[str, ...]:
    """Check that a task keeps rlbench's promises; the names of those that were checked.

    `judge` is Gymnasium's own class of it, which it must equal to the bit: a registered id or a class derived from
    MujocoEnv; without one nothing is compared. `steps` is the length of each trial. The task need not be installed.

    A promise that is not kept raises a BrokenPromise, an AssertionError, in one line.
    """
    for name in promises:
        if name not in CHECKS:
            raise UserError(f"There is no promise '{name}'.{nearest(name, CHECKS)} Promises: {', '.join(CHECKS)}")
    bench = Bench(task, judge, steps)
    with np.errstate(all="ignore"):  # as in training: numbers that are not finite are seen by their promise
        for name in promises:
            CHECKS[name](bench)
    return tuple(name for name in promises if name != "judge" or judge is not None)
