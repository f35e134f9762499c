"""Workers that are copies of a process which has loaded what they need: they start in no time."""

import gc

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
