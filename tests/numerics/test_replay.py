"""Work that is recorded is the same work; on a CPU nothing is."""

from typing import NamedTuple

import pytest
import torch
from tapes import Tape, record_on_tapes

from rlbench.numerics.replay import CudaGraph, GraphedFunction

CPU = torch.device("cpu")


class Samples(NamedTuple):
    x: torch.Tensor


def test_a_tape_does_again_what_was_done(monkeypatch):
    record_on_tapes(monkeypatch)
    total, x, python = torch.zeros(3), torch.ones(3), []

    def add():
        python.append(1)
        total.add_(x.square() + 1)
        x.mul_(2)

    replay = CudaGraph(add, CPU)
    for _ in range(4):
        replay()
    assert total.tolist() == [1 + 4 + 16 + 64 + 4] * 3
    assert len(python) == 2  # as it is, and recorded


@pytest.mark.parametrize("recorded", [False, True])
def test_a_repeated_function_answers_each_call_by_itself(monkeypatch, recorded):
    if recorded:
        record_on_tapes(monkeypatch)
    total, python = torch.zeros(()), []

    def add(samples, y):
        python.append(1)
        x = samples.x
        total.add_(x.sum())
        return {"product": x * y, "total": total}

    repeated = GraphedFunction(add, CPU)
    parts = [(torch.full((n,), float(i)), torch.full((n,), 2.0)) for i, n in enumerate((3, 3, 3, 2, 3))]
    told = [repeated(Samples(part[0]), part[1]) for part in parts]
    assert [each["product"].tolist() for each in told] == [[2.0 * i] * n for i, n in enumerate((3, 3, 3, 2, 3))]
    assert total == 3 + 6 + 6 + 12
    assert len(python) == (3 if recorded else 5)
    if recorded:
        assert [told[number]["total"].item() for number in (0, 1, 2, 4)] == [0, 3, 9, 27]  # copies


def test_nothing_is_recorded_on_a_cpu():
    Tape.made = 0
    CudaGraph(lambda: None, CPU)()
    assert Tape.made == 0
