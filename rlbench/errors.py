"""The two exceptions a user may see, and helpers that put foreign errors and values into one line."""

import contextlib
import difflib
import signal
from collections.abc import Iterable, Iterator
from importlib.util import find_spec

LONGEST_LINE = 400
"""Number of characters shown of a foreign error."""

LONGEST_VALUE = 80
"""Number of characters shown of a foreign value."""

INSTALLED_AS = {
    "imageio_ffmpeg": "'rlbench[video]'",
    "mujoco_warp": "'rlbench[gpu]'",
    "onnx": "'rlbench[export]'",
    "warp": "'rlbench[gpu]'",
    "ray": "'rlbench[ray]'",
    "PIL": "pillow",
    "dateutil": "python-dateutil",
}
"""What pip calls packages whose modules have another name, or that an extra of rlbench installs."""


class UserError(Exception):
    """A mistake that the user can mend. Its text is one line; the command line prints it and exits with status 2.

    A `hint` is the part of the text that says what to do; the command line prints it on a second line.
    """

    def __init__(self, what: str = "", hint: str = "") -> None:
        super().__init__(f"{what} {hint}" if hint else what)
        self.what, self.hint = what, hint

    def __reduce__(self) -> tuple[type["UserError"], tuple[str, str]]:
        return UserError, (self.what, self.hint)  # else a copy in another process would have lost the hint


class RLBenchWarning(UserWarning):
    """What rlbench noticed while it trained for a Python program that does not follow the events."""


class Fault(Exception):
    """A failure that is not the user's mistake: foreign code misbehaved, or a process died.

    Its text is one line; the command line prints it, without a traceback, and exits with status 1.
    """


@contextlib.contextmanager
def blame(part: str, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:
    """Turn any exception raised within the block, including SystemExit, into a `Fault` that names the part.

    UserError, Fault and the exceptions in `passing` are let through, and so is Ctrl-C. In a process that ignores
    Ctrl-C, as every worker does, a KeyboardInterrupt can only come from the part itself.
    """
    try:
        yield
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        if interrupted or isinstance(error, (UserError, Fault, *passing)):
            raise
        raise Fault(f"{part}: {say_error(error)}") from error


def say_error(error: BaseException) -> str:
    """The type and text of an exception, in one short line without control characters."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be read)"
    words = " ".join(text.split())
    line = harmless(f"{type(error).__name__}: {words}" if words else type(error).__name__)
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."


def say_missing(error: BaseException) -> str | None:
    """One line that says what to install, if the error is a failed import of a package that rlbench needs; else None.

    Failed imports of plug-ins and environments are reported under the name of that part instead; see `blame`.
    """
    if not isinstance(error, ImportError) or not error.name or error.name.partition(".")[0] == "rlbench":
        return None
    package = error.name.partition(".")[0]
    install = INSTALLED_AS.get(package, package)
    if isinstance(error, ModuleNotFoundError) and not _is_installed(package):
        return f"The package {package} is not installed, and this command needs it. Install it: pip install {install}"
    reason = " ".join(str(error).split())
    return f"The package {package} cannot be imported: {reason}. Install it anew: pip install --upgrade {install}"


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def say_value(value: object) -> str:
    """A foreign value in one short line without control characters, even if its repr fails."""
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__} that cannot be shown"
    line = harmless(" ".join(text.split()))
    return line if len(line) <= LONGEST_VALUE else f"{line[:LONGEST_VALUE]}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean X?` for the closest known name; empty where none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""


def quoted(value: object, limit: int = 60) -> str:
    """A value as the user gave it: text in quotation marks, and cut where it is long."""
    try:
        text = repr(value[: limit + 1] if isinstance(value, str) else value)
    except (ValueError, RecursionError):  # whole numbers of thousands of digits, lists within lists within lists
        return "a value too long to show"
    return text if len(text) <= limit + 2 else f"{text[:limit]}…"


def harmless(text: str) -> str:
    """The text with control characters, such as escape sequences, spelt out."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
