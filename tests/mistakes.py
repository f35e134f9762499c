"""How a user's mistake is told: by one line, and a second one at most, which is a hint."""


def lines_of_mistake(err: str) -> list[str]:
    """The lines on stderr, without a hint at their end."""
    lines = err.splitlines()
    return lines[:-1] if len(lines) > 1 and lines[-1].startswith("hint: ") else lines
