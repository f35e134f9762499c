"""What a page of docs/ says: its tables and links."""

import re
from pathlib import Path

HOUSE = Path(__file__).parent.parent
DOCS = HOUSE / "docs"


def text_of(name):
    return (DOCS / name).read_text(encoding="utf-8")


def section(text, title):
    """The text below `## title`, up to the next title of its level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


def first_cells(text):
    """The names in backticks in the first column of the tables of a text, in their order."""
    rows = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
