"""Learning on a device of its own, without a GPU: torch's meta tensors have a device and a shape and no numbers.

Whatever mixes devices fails on them as it would on a GPU; and what asks the device for a number is counted.
"""

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rlbench.algorithms import find
from rlbench.algorithms.contract import Batch, Branches, Played, Space
from rlbench.training.trees import leaves, to_device

SEEDS, OBS, ACTIONS = 3, 11, 3
DEVICE = torch.device("meta")
MOST_QUESTIONS = 30
"""Of one iteration: a conjugate gradient and a line search ask after each step whether to go on."""


MOVING = torch.ops.aten.copy_.default, torch.ops.aten._to_copy.default
"""What may see two devices at a time."""


class Asked(TorchDispatchMode):
    """Counts what only the device's numbers could answer, and answers yes or one; refuses what mixes devices."""

    def __init__(self):
        super().__init__()
        self.questions = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        off = function is torch.ops.aten._to_copy.default and kwargs.get("device") == torch.device("cpu")
        if (off or function is torch.ops.aten._local_scalar_dense.default) and args[0].device == DEVICE:
            self.questions += 1
            if off:
                return torch.ones(args[0].shape, dtype=args[0].dtype)
            return True if args[0].dtype == torch.bool else 1.0
        devices = {each.device for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor) and each.dim()}
        assert len(devices) <= 1 or function in MOVING, f"{function} is given tensors of {devices}"
        return function(*args, **kwargs)


class FakeWorlds:
    """A sampler whose every answer is a fake tensor on a GPU."""

    def __init__(self):
        self.space = Space(OBS, ACTIONS, None, exact_saves=True)

    @property
    def progress(self):
        return torch.empty(SEEDS, 1, dtype=torch.float64)

    def rollout(self, actor, num_steps, keep=0):
        worlds = self.num_envs
        shape = SEEDS, num_steps, worlds
        action = actor.act(fake(SEEDS, worlds, OBS), fake(SEEDS, worlds, ACTIONS))
        assert action.device == DEVICE
        flags = (fake(*shape, dtype=torch.bool) for _ in range(2))
        places = fake(SEEDS, worlds, dtype=torch.int64)
        kept = fake(SEEDS, keep, dtype=torch.int64)
        last, cut = fake(SEEDS, worlds, OBS), fake(SEEDS, worlds, OBS)
        return Batch(fake(*shape, OBS), fake(*shape, ACTIONS), fake(*shape), *flags, last, cut, places, kept)

    def branch(self, _actor, actions, noise, **_):
        seeds, states, branches, _ = actions.shape
        shape = seeds, states, branches
        rewards = fake(seeds, noise.shape[1] + 1, states, branches)
        ends = fake(*shape, dtype=torch.bool), fake(*shape, dtype=torch.int64)
        return Branches(rewards, *ends, fake(seeds, states * branches, OBS))

    def play(self, act, _starts):
        assert act(fake(SEEDS, self.num_envs, OBS)).device == DEVICE
        seen = {"count": 1, "mean": OBS, "m2": OBS}
        seen = {name: fake(SEEDS, size, dtype=torch.float64) for name, size in seen.items()}
        played = (fake(SEEDS, self.num_envs, dtype=dtype) for dtype in (torch.float64, torch.int64))
        return Played(*played, seen)

    def draw(self, noise, *shape):
        return fake(SEEDS, *noise(np.random.default_rng(0), *shape).shape)

    def permutations(self, count, size):
        return fake(count, SEEDS, size, dtype=torch.int64)


def fake(*shape, dtype=torch.float32):
    return torch.empty(*shape, dtype=dtype, device=DEVICE)


@pytest.fixture
def asked():
    """What is asked of the device meanwhile."""
    with Asked() as counting:
        yield counting


SMALL = {
    "update_epochs": 1,
    "critic_epochs": 1,
    "minibatch_size": 2,
    "critic_minibatch_size": 2,
    "num_envs": 4,
    "num_steps": 16,
}
"""More minibatches than there may be questions."""

FEW_MINIBATCHES = {"critic_minibatch_size": 32}
"""Of the critic, which learns alike whatever is chosen for the policy: where anything is, many are not tried again."""

CHOICES = {
    "ppo": ({}, {"objective": "kl-penalty"}, {"target_kl": 0.02, "clip_value": 0.2}),
    "trpo": ({}, {"fisher": "empirical"}, {"constraint": "penalty"}, {"kl": "max"}, {"estimator": "monte-carlo"}),
    "npg": ({},),
    "a2c": ({}, {"shared": True}, {"optimizer": "adam"}),
    "acktr": ({}, {"entropy_coef": 0.01, "inverse_period": 1, "trust_region": "factored"}),
    "reinforce": ({}, {"baseline": "value"}),
    "trpo-vine": ({}, {"bootstrap": True}),
    "cem": ({},),
    "cma-es": ({},),
}


@pytest.mark.parametrize(("name", "settings"), [(name, each) for name, some in CHOICES.items() for each in some])
def test_an_iteration_keeps_to_the_device(asked, name, settings):
    kind = find(name)
    small = SMALL | (FEW_MINIBATCHES if settings else {})
    algorithm = kind(**{each: value for each, value in small.items() if each in kind.__dataclass_fields__}, **settings)
    sampler = FakeWorlds()
    sampler.num_envs = algorithm.num_envs
    state = to_device(algorithm.initial(sampler.space, tuple(range(SEEDS))), DEVICE)
    asked.questions = 0
    metrics = algorithm.iterate(state, sampler)
    state.pop("es", None)  # CMA-ES keeps its library's numbers on the CPU
    assert {leaf.device for leaf in leaves(state)} == {DEVICE}
    assert {value.shape for value in metrics.values()} == {(SEEDS,)}
    assert asked.questions <= MOST_QUESTIONS
