"""Errors that end the program, each in one line: what happened, and what to do about it."""

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from rlbench.errors import Fault, UserError, harmless, say_missing

TRACEBACK = "RLBENCH_TRACEBACK"
"""The environment variable that makes the traceback of an error visible."""
LONGEST = 2000
"""Longest message in characters; a longer one is cut."""

ADVICE = {
    errno.EMFILE: "Allow more, as with: ulimit -n 1024",
    errno.ENFILE: "Close other programs.",
    errno.ENOSPC: "Make room on the disk.",
    errno.ENOMEM: "Lower --workers, or close other programs.",
}


def leave(error: BaseException) -> NoReturn:
    """Print a line on stderr, and one with the hint if there is one, and exit.

    The status is 2 if the user can mend it, 1 if the program is at fault.
    """
    message, status = explain(error)
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    hint = error.hint if isinstance(error, UserError) else ""
    told = {"rlbench": message.removesuffix(hint), "hint": hint}
    for name, text in told.items():
        if line := harmless(" ".join(text.split())):
            print(f"{name}: {line if len(line) <= LONGEST else f'{line[:LONGEST]}…'}", file=sys.stderr)
    sys.exit(status)


def explain(error: BaseException) -> tuple[str, int]:
    """The message for an error, and the exit status."""
    if isinstance(error, UserError):
        return str(error), 2
    if isinstance(error, Fault):
        return str(error), 1
    if missing := say_missing(error):
        return missing, 2
    if isinstance(error, FileNotFoundError) and not working_folder_exists():
        return "The working folder does not exist any more. Go to one that does, as with: cd", 2
    if isinstance(error, OSError) and error.strerror:
        place = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
        return f"{error.strerror}{place}. {ADVICE.get(error.errno or 0, '')}", 2
    if isinstance(error, MemoryError):
        return f"Memory is full. {ADVICE[errno.ENOMEM]}", 2
    if isinstance(error, UnicodeError):
        return f"A name cannot be written in this system's encoding ({error}). Set LC_ALL=C.UTF-8.", 2
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f", {Path(each.filename).name} line {each.lineno}" for each in where)
    told = f"{type(error).__name__}: {error}{place}"
    return f"This is a fault of rlbench, please report it: {told}. {TRACEBACK}=1 shows all of it.", 1


def working_folder_exists() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True
