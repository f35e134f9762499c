"""`check_algorithm`: rlbench's own algorithms keep every promise, and each broken one is seen and named."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from small import ENV, small

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.contract import Actor, Size
from rlbench.algorithms.settings import setting
from rlbench.errors import Fault, UserError
from rlbench.testing import BrokenPromise, check_algorithm
from rlbench.testing.algorithms import CHECKS, check_company, check_resume
from rlbench.testing.trial import Trial


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_our_own_algorithms_keep_every_promise(name):
    steps = 512 if name in ("cem", "cma-es") else 1024
    assert check_algorithm(small(name), steps=steps) == tuple(CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_on_a_larger_task_and_after_other_kills(name, tmp_path):
    trial = Trial(small(name), ENV.get(name, "Hopper-v4"), 1024, tmp_path)
    check_company(trial)
    check_resume(trial, (1, 4))


@dataclass(frozen=True)
class Drifting:
    """A linear policy that drifts about, as the sampler's random numbers take it."""

    num_envs: int = setting(4, "N", "worlds", low=1)
    num_steps: int = setting(16, "T", "steps", low=1)
    step: float = setting(0.1, "σ", "length of a step", above=0)

    def size(self, space):
        """Four iterations are the default budget of a check."""
        return Size(space.obs_size, self.num_envs * self.num_steps)

    def initial(self, space, seeds):
        """One weight per number of the observation."""
        return {"weights": torch.zeros(len(seeds), space.obs_size)}

    def iterate(self, state, sampler):
        """Sample, and drift."""
        batch = sampler.rollout(self.actor(state, sampler.space), self.num_steps)
        state["weights"] += self.step * sampler.draw(normal, state["weights"].shape[1])
        return {"reward": batch.rewards.flatten(1).double().sum(1)}

    def actor(self, state, _):
        """The sign of the sum is the action."""
        return Actor(noise, lambda obs, _: (obs * state["weights"].unsqueeze(1)).sum(-1, keepdim=True).sign())


def normal(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def noise(rng, *shape):
    return rng.random((*shape, 1), dtype=np.float32)


@dataclass(frozen=True)
class Averaging(Drifting):
    """Its seeds meet."""

    def iterate(self, state, sampler):
        """The mean is over seeds."""
        told = super().iterate(state, sampler)
        state["weights"] -= 0.1 * state["weights"].mean(0, keepdim=True)
        return told


@dataclass(frozen=True)
class Torched(Drifting):
    """It draws from the generator that belongs to nobody."""

    def iterate(self, state, sampler):
        """One number is thrown away."""
        torch.rand(1)
        return super().iterate(state, sampler)


@dataclass(frozen=True)
class Rolling(Drifting):
    """It draws from Python's generator."""

    def iterate(self, state, sampler):
        """One number is thrown away."""
        random.random()
        return super().iterate(state, sampler)


REMEMBERED = [0]


@dataclass(frozen=True)
class Remembering(Drifting):
    """It counts its iterations where no checkpoint sees it."""

    def initial(self, space, seeds):
        """A new beginning."""
        REMEMBERED[0] = 0
        return super().initial(space, seeds)

    def iterate(self, state, sampler):
        """The steps become longer."""
        REMEMBERED[0] += 1
        told = super().iterate(state, sampler)
        state["weights"] *= REMEMBERED[0]
        return told


@dataclass(frozen=True)
class Understated(Drifting):
    """Its iterations are larger than it says."""

    def size(self, space):
        """A half of the truth."""
        return Size(space.obs_size, self.num_envs * self.num_steps // 2)


@dataclass(frozen=True)
class Whole(Drifting):
    """It has no number that could be NaN."""

    def initial(self, space, seeds):
        """Whole numbers."""
        return {"weights": torch.ones(len(seeds), space.obs_size, dtype=torch.int64)}

    def iterate(self, state, sampler):
        """Sample, and stay."""
        batch = sampler.rollout(self.actor(state, sampler.space), self.num_steps)
        return {"reward": batch.rewards.flatten(1).double().sum(1)}

    def actor(self, state, _):
        """The sign of the sum is the action."""
        return Actor(noise, lambda obs, _: (obs * state["weights"].unsqueeze(1)).sum(-1, keepdim=True).sign())


@dataclass(frozen=True)
class Spreading(Drifting):
    """It stops learning everywhere when one seed's numbers are not finite."""

    def iterate(self, state, sampler):
        """Asked of all seeds at once."""
        before = state["weights"].clone()
        told = super().iterate(state, sampler)
        if len(before) < 3:
            state["weights"].copy_(before)
        return told


@dataclass(frozen=True)
class Peeping(Drifting):
    """It knows the budget, and does not say so."""

    def iterate(self, state, sampler):
        """Its steps are shorter where the budget is larger."""
        told = super().iterate(state, sampler)
        state["weights"] /= sampler.budget
        return told


@dataclass(frozen=True)
class Silent(Drifting):
    """A setting without a meaning."""

    knob: float = setting(1.0, "", "")


@dataclass(frozen=True)
class Undocumented(Drifting):
    """To be removed."""


Undocumented.__doc__ = ""


@dataclass(frozen=True)
class Forgetful(Drifting):
    """A field of its own constructor is not a setting."""

    def __post_init__(self):
        """What was given is thrown away."""
        object.__setattr__(self, "step", self.step + 1)


class Bare:
    """No dataclass."""


def test_a_plain_algorithm_keeps_them_all():
    assert check_algorithm(Drifting) == tuple(CHECKS)


BROKEN = [
    (
        Averaging,
        "company",
        r"Seed 3 is the same among the seeds \(0, 1, 3\) and among \(3,\): progress.csv, row .*Look for: a mean",
    ),
    (Torched, "company", "All chance comes from the sampler. It drew from torch's global generator."),
    (Rolling, "company", "All chance comes from the sampler. It drew from the module random."),
    (Remembering, "resume", r"A kill after iteration 2 leaves no trace in seed 0: .* remembered outside the state"),
    (Understated, "rows", r"An iteration is as large as size\(\) says. .* 32 transitions an iteration, .* \[64\]"),
    (Spreading, "nan", "Seed 0 is the same beside a seed that diverges: "),
    (Peeping, "budget", "Lengthened from .* to 1024 steps, seed 0 is as if it had begun with them: "),
    (Silent, "settings", "Every setting says what it means. That of knob is empty."),
    (Undocumented, "settings", "The class says what it is. Give it a docstring"),
    (Forgetful, "settings", "Settings are all there is to an object."),
    (Bare, "settings", "The class fits the contract: it is not a dataclass."),
]


@pytest.mark.parametrize(("algorithm", "promise", "told"), BROKEN, ids=lambda each: getattr(each, "__name__", None))
def test_a_promise_that_is_not_kept_is_named_in_one_line(algorithm, promise, told):
    with pytest.raises(BrokenPromise, match=told) as broken:
        check_algorithm(algorithm, promises=(promise,))
    assert "\n" not in str(broken.value)


def test_a_seed_that_is_not_seen_to_diverge(monkeypatch):
    monkeypatch.setattr(
        "rlbench.training.run.finite", lambda state: torch.ones(len(state["weights"]), dtype=torch.bool)
    )
    with pytest.raises(BrokenPromise, match=r"One seed's NaN is one seed's NaN. NaN was .* seed 1 .* 1: 'finished'"):
        check_algorithm(Drifting, promises=("nan",))


def test_an_algorithm_of_whole_numbers_cannot_diverge():
    assert check_algorithm(Whole, promises=("nan",)) == ("nan",)


def test_an_error_of_the_algorithm_itself_is_told_as_a_run_tells_it():
    class Failing(Drifting):
        def iterate(self, state, sampler):  # noqa: ARG002
            raise ZeroDivisionError("no steps")

    with pytest.raises(Fault, match=r"its iterate\(\) failed: ZeroDivisionError: no steps"):
        check_algorithm(Failing, promises=("rows",))


def test_a_promise_that_there_is_not():
    with pytest.raises(UserError, match=r"no promise 'resumes'\. Did you mean resume\?"):
        check_algorithm(Drifting, promises=("resumes",))


def test_an_environment_on_which_it_cannot_learn():
    with pytest.raises(UserError, match=r"name another by env=\. Hopper-v4: "):
        check_algorithm(find("cpi"), env="Hopper-v4")


def test_nothing_stays_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    check_algorithm(Drifting, promises=("rows",))
    assert list(Path(tmp_path).iterdir()) == []
    with pytest.raises(UserError, match="There is no algorithm 'algorithm-on-trial'"):
        find("algorithm-on-trial")
