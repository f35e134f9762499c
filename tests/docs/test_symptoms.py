"""The messages and sentences that docs tell a reader to look for are those of the program."""

import re

import pytest
from documents import HOUSE, text_of

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (HOUSE / "rlbench").rglob("*.py"))


def symptoms(text):
    """Phrases of several words in backticks in the first column of tables, without commands and options."""
    cells = re.findall(r"^\| ([^|]*)\|", text, re.MULTILINE)
    quoted = [phrase for cell in cells for phrase in re.findall(r"`([^`]+)`", cell)]
    return [each for each in quoted if " " in each and "--" not in each and not each.startswith("rlbench ")]


@pytest.mark.parametrize(("page", "fewest"), [("troubleshooting.md", 5), ("intervals.md", 4)])
def test_the_program_says_so(page, fewest):
    told = symptoms(text_of(page))
    assert len(told) >= fewest
    for phrase in told:
        pieces = re.split(r"\.\.\.|\d+|\b(?:trpo|ppo)\b", phrase)
        assert all(piece.strip() in SOURCE for piece in pieces), phrase


def test_a_phrase_that_the_program_does_not_say_would_be_seen():
    assert symptoms("| `such a thing was never said` | x |") == ["such a thing was never said"]
    assert "such a thing was never said" not in SOURCE
