"""Graphs of a GPU's work, on a CPU.

A tape records the operations on tensors, undoes what they did, and does them again, on the same memory, each time it is
replayed. Python between the operations runs once, when it is recorded; so whatever leans on it goes wrong here too.
"""

from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rlbench.numerics import arrays, replay


class Tape(TorchDispatchMode):
    """Stands for a CUDA graph."""

    made = 0

    def __init__(self):
        super().__init__()
        self.operations, self.before = [], {}
        Tape.made += 1

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        for argument, value in zip(function._schema.arguments, [*args, *kwargs.values()], strict=False):
            name = argument.name
            value = kwargs.get(name, value) if argument.kwarg_only else value
            if argument.alias_info is not None and argument.alias_info.is_write:
                for tensor in tree_leaves(value):
                    self.before.setdefault(id(tensor), (tensor, tensor.clone()))
        made = function(*args, **kwargs)
        self.operations.append((function, args, kwargs, made))
        return made

    def undo(self):
        for value, was in reversed(self.before.values()):
            value.copy_(was)

    def replay(self):
        for function, args, kwargs, made in self.operations:
            again = function(*args, **kwargs)
            for there, value in zip(tree_leaves(made), tree_leaves(again), strict=True):
                if there is not None and there.data_ptr() != value.data_ptr():
                    there.copy_(value)


@contextmanager
def recording(tape):
    with tape:
        yield
    tape.undo()


def record_on_tapes(monkeypatch):
    """From here on work is recorded as it would be on a GPU."""
    monkeypatch.setattr(replay, "can_record", lambda _: True)
    monkeypatch.setattr(arrays, "is_open", lambda _: False)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Tape)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    Tape.made = 0
