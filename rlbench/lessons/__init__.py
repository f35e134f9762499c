"""Lessons: measurements that show, at one fixed policy or on tables, what an algorithm's theory says.

Each lesson is a frozen dataclass of settings in a file of its own. It measures with the functions that the algorithms
themselves are made of, for all seeds at once, and its figure shows means with intervals over seeds.
"""

from importlib import import_module
from typing import Any

from rlbench.errors import UserError, nearest

LESSONS = ("gradient", "gae", "steps", "cg", "vine", "mixture", "line-search")
"""In the order of docs/lessons: the class `Lesson` of line_search.py is `line-search`."""


def find_lesson(name: str) -> Any:
    """The class of a lesson."""
    if name not in LESSONS:
        raise UserError(f"There is no lesson '{name}'.{nearest(name, LESSONS)}", "See: rlbench lesson")
    return import_module(f"rlbench.lessons.{name.replace('-', '_')}").Lesson
