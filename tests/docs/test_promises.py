"""The numbers beside the promises in README are those of the pages that are linked there, and these are true."""

import re

import pytest
from documents import DOCS, HOUSE, text_of

from rlbench.algorithms import ALGORITHMS
from rlbench.envs import list_tasks

README = (HOUSE / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| \*\*(\w+)\*\*([^|]*)\|([^|]*)\|$", README, re.MULTILINE)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def sources(measured):
    """The text of the pages that a row of the table links."""
    return "\n".join((HOUSE / name).read_text(encoding="utf-8") for name in re.findall(r"\((docs/[^)#]+)", measured))


def is_in(number, text):
    """As it stands, or as a share of 1 where it is of 100."""
    forms = {number} | ({f"{float(number) / 100:.3f}".removeprefix("0")} if "," not in number else set())
    return any(re.search(rf"(?<![\d.]){re.escape(form)}(?![\d])", text) for form in forms)


@pytest.mark.parametrize(("name", "measured"), [(row[0], row[2]) for row in ROWS])
def test_every_number_has_a_source(name, measured):
    told = re.sub(r"\]\([^)]*\)", "]", measured)
    numbers = [number for number in NUMBER.findall(told) if number != "100"]
    assert numbers, name
    assert [number for number in numbers if not is_in(number, sources(measured))] == []


def test_all_promises_are_in_the_table():
    assert [row[0] for row in ROWS] == ["True", "Fast", "Reproducible", "Honest", "Readable", "Kind"]


def test_a_number_without_a_source_would_be_seen():
    assert not is_in("83", "the share is 82 %, 8.3 or 830")
    assert is_in("4.4", ".044 of all")


def test_the_numbers_of_tasks_and_of_lines_are_true():
    page = text_of("promises.md")
    files = [HOUSE / "rlbench" / "algorithms" / f"{name.replace('-', '_')}.py" for name in ALGORITHMS]
    longest = max(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    assert f"The {len(list_tasks())} MuJoCo tasks" in page
    assert f"Each of the {len(ALGORITHMS)} algorithms" in page
    assert f"the longest have {longest}" in page
    steps = re.search(r"^STEPS = (\d+)", (HOUSE / "tests/envs/test_exact.py").read_text(), re.MULTILINE)[1]
    assert f"for {steps} steps" in page


def test_tests_that_the_page_names_are_there():
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", text_of("promises.md")))
    assert len(named) > 2
    assert [name for name in named if not (HOUSE / name).is_file()] == []
    assert (DOCS / "promises.md").is_file()
