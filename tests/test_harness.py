"""The short version of the harness: what once went wrong, and a few inputs of each kind; the longer one is slow."""

import os

import pytest
from harness.inputs import CASES, KINDS
from harness.trial import try_input
from hypothesis import HealthCheck, example, given, settings

SHORT = {"line": 20, "damage": 10, "env": 3, "plugin": 3}
LONG = {"line": 600, "damage": 250, "env": 80, "plugin": 70}
TIMES = int(os.environ.get("HARNESS_TIMES", "1"))
"""How many times as many inputs are tried."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("numbers", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)], ids=["short", "long"])
def test_nothing_is_lost_and_every_mistake_is_one_line(kind, numbers, tmp_path):
    def examine(tried):
        outcome = try_input(tried, tmp_path / "trial")
        assert not outcome.problems, outcome
        assert not outcome.lost, outcome

    for case in reversed(CASES[kind]):
        examine = example(case)(examine)
    limits = settings(
        max_examples=TIMES * numbers[kind],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    limits(given(KINDS[kind])(examine))()
