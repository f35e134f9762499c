"""What standard error says: a user's mistake in one line and a hint at most; plan, progress and advice beside it."""

import re

from rlbench.cli.columns import MEANING

PLAN = r"rlbench \d|  \S|$"
PROGRESS = r"Look \d|\S+ \S+ \d[\d,-]*: (running|done|waiting|diverged|failed),"
ADVICE = r"(Files|Go on with|Runs|Record|Table): "
ORDINARY = re.compile(f"{PLAN}|{PROGRESS}|{ADVICE}")
"""Lines of the plan, of the progress, and of what to do next."""


def lines_of_mistake(err: str) -> list[str]:
    """The lines on stderr, without a hint at their end."""
    lines = err.splitlines()
    return lines[:-1] if len(lines) > 1 and lines[-1].startswith("hint: ") else lines


def without_progress(err: str) -> str:
    """What standard error says beside the plan, the progress and advice: warnings, notes and failures."""
    meaning = MEANING.splitlines()
    lines = [line for line in err.splitlines() if line not in meaning and not ORDINARY.match(line)]
    return "".join(f"{line}\n" for line in lines)
