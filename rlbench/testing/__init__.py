"""Tests for other people's algorithms and tasks: the promises that rlbench's own keep, each in one call.

from rlbench.testing import check_algorithm

def test_my_algorithm():
    check_algorithm(MyAlgorithm(num_envs=8, num_steps=32))
"""

from rlbench.testing.algorithms import check_algorithm
from rlbench.testing.promise import BrokenPromise
from rlbench.testing.tasks import check_task

__all__ = ["BrokenPromise", "check_algorithm", "check_task"]
