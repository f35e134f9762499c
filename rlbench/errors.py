"""The exceptions a user may see, each a single line: a mistake with the way out, or a fault with its culprit."""

import contextlib
import difflib
import signal
from collections.abc import Iterable, Iterator

LONGEST_LINE = 400
"""Characters of another program's error that are shown."""

LONGEST_VALUE = 80
"""Characters of another program's value that are shown."""


class UserError(Exception):
    """Something the user can mend. Its text is one line; the command line prints it and exits with status 2."""


class Fault(Exception):
    """Something beyond the user's words went wrong: a part that is not rlbench's own misbehaved, or a process died.

    Its text is one line; the command line prints it, without a traceback, and exits with status 1.
    """


@contextlib.contextmanager
def blame(part: str, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """A `Fault` that names the part, for whatever is raised within, `sys.exit` included.

    Mistakes of the user and faults that are named already pass, and what else is `passing`. So does Ctrl-C: a process
    that ignores it, as every worker does, meets KeyboardInterrupt only where the part itself raises one.
    """
    try:
        yield
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        if interrupted or isinstance(error, (UserError, Fault, *passing)):
            raise
        raise Fault(f"{part}: {say_error(error)}") from error


def say_error(error: BaseException) -> str:
    """Kind and text of an exception in one harmless line of bearable length."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be read)"
    words = " ".join(text.split())
    line = harmless(f"{type(error).__name__}: {words}" if words else type(error).__name__)
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."


def say_value(value: object) -> str:
    """Somebody else's value in one harmless line of bearable length, whatever its own words for itself do."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__} that cannot be shown"
    line = harmless(" ".join(text.split()))
    return line if len(line) <= LONGEST_VALUE else f"{line[:LONGEST_VALUE]}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean X?` for the closest known name, or nothing where none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""


def quoted(value: object, limit: int = 60) -> str:
    """A value as the user gave it, between quotation marks if it is a text, and cut where it is long."""
    try:
        text = repr(value[: limit + 1] if isinstance(value, str) else value)
    except (ValueError, RecursionError):  # whole numbers of thousands of digits, lists within lists within lists
        return "a value too long to show"
    return text if len(text) <= limit + 2 else f"{text[:limit]}…"


def harmless(text: str) -> str:
    """What a terminal would obey, such as an escape sequence, is spelt out instead."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
