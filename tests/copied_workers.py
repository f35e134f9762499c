"""Processes that are copies of this one, which has loaded what they need: they start in no time."""

import gc
import multiprocessing
from functools import cache
from importlib import import_module

from rlbench.sweep.launchers.worker import work

FORK = multiprocessing.get_context("fork")
LOADED = ("rlbench.training.run", "rlbench.envs.gymnasium", "rlbench.envs.mujoco", "rlbench.envs.step_time")
"""The modules that most jobs need."""


@cache
def load():
    """Import what most jobs need, and find out what every run.json tells of its surroundings."""
    for name in LOADED:
        import_module(name)
    host, provenance, source = (import_module(f"rlbench.training.{name}") for name in ("host", "provenance", "source"))
    host.versions("cpu")
    provenance._git_state()
    source.own_source()


def start_copied_worker(_module):
    """A stand-in for `start_process` of a worker."""
    load()
    return start_copy(work)


def start_copy(function, *arguments):
    """A copy that calls `function(pipe, *arguments)`, and our end of the pipe."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=_call, args=(function, theirs, *arguments))
    process.start()
    theirs.close()
    return process, ours


def in_a_copy(function, *arguments):
    """What a function returns in a copy, which may change what it likes."""
    process, pipe = start_copy(_answer, function, *arguments)
    try:
        return pipe.recv()
    finally:
        process.join()


def _call(function, *arguments):
    gc.freeze()  # the collector does not touch, and so does not duplicate, the memory that is shared
    function(*arguments)


def _answer(pipe, function, *arguments):
    pipe.send(function(*arguments))
