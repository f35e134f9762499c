"""Workers that are copies of a process which has loaded what they need: they start in no time."""

from rlbench.sweep.launchers.worker import work


def starter(context):
    """A stand-in for `start_process`, by a context of multiprocessing: `fork` or `forkserver`."""

    def start():
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs,))
        process.start()
        theirs.close()
        return process, ours

    return start
