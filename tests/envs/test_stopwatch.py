"""Times of work on a GPU are added up without waiting for it, and let go of once it is done."""

import pytest
import torch

from rlbench.envs.physics.stopwatch import Stopwatch


class Event:
    """Stands for a CUDA event; work takes 2 ms, and is done when somebody waits or when told."""

    now, finished = 0.0, False

    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        self.at, Event.now = Event.now, Event.now + 2

    def query(self):
        return Event.finished

    def synchronize(self):
        Event.finished = True

    def elapsed_time(self, later):
        assert Event.finished
        return later.at - self.at


def test_a_gpus_time_is_asked_for_when_it_is_wanted(monkeypatch):
    monkeypatch.setattr(torch.cuda, "Event", Event)
    watch = Stopwatch(torch.device("cuda"))
    for _ in range(3):
        with watch:
            pass
    assert len(watch._pending) == 3
    assert watch.seconds == pytest.approx(0.006)
    for _ in range(5):  # done by now: nothing piles up though nobody asks
        with watch:
            pass
    assert len(watch._pending) == 1
    assert watch.seconds == pytest.approx(0.016)
