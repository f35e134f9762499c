"""Processes that are copies of one that has loaded what they need: they start in no time."""

import gc
import multiprocessing

from rlbench.sweep.launchers.worker import work


def work_as_a_copy(pipe):
    """A worker's main function. The garbage collector leaves the copied objects alone, whose memory is still shared."""
    gc.freeze()
    work(pipe)


def starter(context):
    """A stand-in for `start_process`, by a context of multiprocessing: `fork` or `forkserver`."""

    def start():
        ours, theirs = context.Pipe()
        process = context.Process(target=work_as_a_copy, args=(theirs,))
        process.start()
        theirs.close()
        return process, ours

    return start


def in_a_copy(function, *arguments):
    """What a function returns in a copy of this process, which may change what it likes."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        process.join()


def _answer(pipe, function, arguments):
    gc.freeze()
    pipe.send(function(*arguments))
