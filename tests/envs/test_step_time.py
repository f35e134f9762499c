"""How long a transition takes: a rough number, and the same each time but for the machine's moods."""

import math
import time

import pytest
import torch

from rlbench.envs.env import Step
from rlbench.envs.step_time import seconds_per_step


class Slow:
    """Two worlds of one seed, whose n-th step takes `seconds[n]`."""

    seeds, num_envs, action_size = (0,), 2, 3

    def __init__(self, monkeypatch, seconds):
        self.seconds, self.now, self.begun = list(seconds), 0.0, False
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def reset(self):
        self.begun = True

    def step(self, action):
        assert self.begun
        assert action.shape == (1, 2, 3)
        self.now += self.seconds.pop(0)
        return Step(*[torch.zeros(1, 2)] * 5, False, torch.zeros(1, 2))


def test_it_is_the_quickest_step_as_a_power_of_two(monkeypatch):
    assert (
        seconds_per_step(Slow(monkeypatch, [9e-3, 2.1e-4, 1.9e-4, 5e-4])) == 2.0**-13
    )  # 0.95e-4 a world, nearest 1.22e-4
    assert seconds_per_step(Slow(monkeypatch, [2.3e-4, 2.2e-4, 2.4e-4, 5e-4])) == 2.0**-13


@pytest.mark.parametrize("env_id", ["Hopper-v4", "CartPole-v1"])
def test_real_worlds_have_one(env_id, starts):
    from rlbench.envs import make

    found = seconds_per_step(make(env_id, (0,), 4, starts))
    assert 1e-7 < found < 1
    assert math.log2(found).is_integer()
