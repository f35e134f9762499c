"""What a sweep costs on this machine, estimated before anybody starts it.

Each algorithm is timed for a moment on the quickest of the environments, and one of them on all environments: the time
for a transition is taken to be a sum of what the algorithm adds and what the environment adds. Evaluations are counted
as if every episode were as long as it can be.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from rlbench.errors import Fault
from rlbench.sweep.launchers.contract import Launcher
from rlbench.sweep.lookup import LookedUp, Pair, look_up
from rlbench.sweep.plan import JOB_COST
from rlbench.sweep.request import Request
from rlbench.sweep.spacing import default_spacing

TIMED_SEEDS = 2
"""Seeds that are timed together; the time for others is reckoned as the planner does."""


class Pace(NamedTuple):
    """Seconds of one core."""

    transition: float
    """For a transition of one seed: sampling and learning."""
    sampling: float
    """Of these, acting and stepping the worlds."""
    evaluation: float
    """For one evaluation of a seed, if every episode is as long as it can be."""


@dataclass(frozen=True)
class Cost:
    """An estimate for a whole request."""

    runs: int
    transitions: int
    core_seconds: float
    """Of one core, evaluations included."""
    evaluation_seconds: float
    """Of these, evaluations, which are rather too many: episodes may be shorter."""
    cores: int
    """The cores that it would run on."""

    @property
    def seconds(self) -> float:
        """From the start to the end, on a machine that does nothing else."""
        return self.core_seconds / self.cores


def estimate_cost(request: Request, launcher: Launcher, timed: dict[Pair, Pace]) -> Cost:
    """Time the algorithms and environments of a request, for some seconds. What is in `timed` is not timed again."""
    found = look_up(request, launcher.ask)
    pairs = [(env, label) for env in request.envs for label in found.settings if (env, label) not in found.failed]
    paces = measured_paces(found, pairs, len(request.seeds), launcher, timed)
    seeds = len(request.seeds)
    training = sum(seeds * request.steps_on(env) * paces[env, label].transition for env, label in pairs)
    evaluation = sum(seeds * _evaluations(request, env) * paces[env, label].evaluation for env, label in pairs)
    return Cost(
        runs=seeds * len(pairs),
        transitions=sum(seeds * request.steps_on(env) for env, _ in pairs),
        core_seconds=training + evaluation,
        evaluation_seconds=evaluation,
        cores=request.workers,
    )


WORTH_MEASURING = 200.0
"""Measuring the costs of a sweep must take at most this part of a core's time for it, by a rough estimate."""
SECONDS_OF_A_MEASUREMENT = 2.0


def measure_costs(request: Request, found: LookedUp, launcher: Launcher) -> dict[Pair, float]:
    """Seconds per transition of every pair, evaluations included; none where measuring them is not worth it, or fails.

    Without them the planner takes all algorithms for equally costly on an environment.
    """
    pairs = [(env, label) for env in request.envs for label in found.settings if (env, label) not in found.failed]
    measurements = len(request.envs) + len(found.settings)
    seeds = len(request.seeds)
    rough = seeds * sum(request.steps_on(env) * found.pace[env] for env, _ in pairs)
    if request.device != "cpu" or rough < WORTH_MEASURING * SECONDS_OF_A_MEASUREMENT * measurements:
        return {}
    try:
        paces = measured_paces(found, pairs, seeds, launcher, {})
    except Fault:  # foreign code has failed; its job reports that
        return {}
    return {
        (env, label): pace.transition + _evaluations(request, env) * pace.evaluation / request.steps_on(env)
        for (env, label), pace in paces.items()
    }


def time_algorithm(name: str, settings: dict[str, Any], env: str, seeds: int) -> Pace:
    """The pace of an algorithm. Must run in a worker."""
    from rlbench.training.pace import measure_pace

    return Pace(*measure_pace(name, settings, env, seeds))


def _evaluations(request: Request, env: str) -> int:
    """Evaluations of a run, the last one included."""
    steps, spacing = request.steps_on(env), request.eval_every_on(env)
    every = default_spacing(steps) if spacing is None else spacing
    return -(-steps // every) if every else 1


def measured_paces(
    found: LookedUp, pairs: list[Pair], seeds: int, launcher: Launcher, timed: dict[Pair, Pace]
) -> dict[Pair, Pace]:
    """The pace of each pair, of which one in each row and each column is timed."""
    if not pairs:
        return {}
    quickest = min(dict.fromkeys(env for env, _ in pairs), key=lambda env: found.pace[env])

    def pace(env: str, label: str) -> Pace:
        if (env, label) not in timed:
            chosen = found.settings_on(env, label)
            parts = found.parts[env, label]
            timed[env, label] = launcher.ask(
                time_algorithm, chosen.algorithm, chosen.settings, env, TIMED_SEEDS, parts=parts
            )
        return timed[env, label]

    labels = list(dict.fromkeys(label for _, label in pairs))
    usual = next((label for label in labels if found.batches.get((quickest, label))), labels[0])
    shared = _shared(seeds) / _shared(TIMED_SEEDS)
    return {
        (env, label): _sum(pace(quickest, label), pace(quickest, usual), pace(env, usual), shared)
        for env, label in pairs
    }


def _shared(seeds: int) -> float:
    """How much longer a seed takes than its own part, since a job's seeds share a fixed cost."""
    return (JOB_COST + seeds) / seeds


def _sum(own: Pace, usual: Pace, elsewhere: Pace, shared: float) -> Pace:
    """What the algorithm takes on the quickest environment, and what another one takes more."""
    more = max(0.0, elsewhere.sampling - usual.sampling)
    return Pace(shared * (own.transition + more), shared * (own.sampling + more), shared * elsewhere.evaluation)
