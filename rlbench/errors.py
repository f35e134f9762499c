"""The one exception a user may see: a single line that names the mistake and the way out."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend. Its text is one line; the command line prints it and exits with status 2."""


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
