"""The pages of lessons: each lesson has one, each picture is there and is made by a command, each suite can be read."""

import importlib.util
import re
import sys

import pytest
from documents import DOCS

from rlbench.lessons import LESSONS
from rlbench.sweep.suite import suite_of

LESSON_PAGES = sorted((DOCS / "lessons").glob("*.md"))


@pytest.fixture(scope="module")
def draw():
    spec = importlib.util.spec_from_file_location("draw_lessons", DOCS / "lessons" / "draw.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_every_lesson_is_on_a_page_and_every_page_in_the_list():
    told = "\n".join(page.read_text(encoding="utf-8") for page in LESSON_PAGES)
    assert [name for name in LESSONS if f"\nrlbench lesson {name}\n" not in told] == []
    index = (DOCS / "lessons" / "index.md").read_text(encoding="utf-8")
    assert {page.name for page in LESSON_PAGES} - {"index.md"} == set(re.findall(r"\((\w[\w-]*\.md)\)", index))


@pytest.mark.parametrize("page", LESSON_PAGES, ids=lambda page: page.stem)
def test_every_picture_is_made_by_a_command(draw, page):
    for commands, pictures in draw.blocks(page.read_text(encoding="utf-8")):
        drawing = [line for line in commands if line.split()[1] in ("lesson", "plot")]
        assert not pictures or len(drawing) == len(pictures), commands
        for picture in pictures:
            assert (page.parent / picture).stat().st_size < 120_000


@pytest.mark.parametrize("suite", sorted((DOCS / "lessons").glob("*.toml")), ids=lambda suite: suite.stem)
def test_suites_can_be_read_and_are_on_a_page(suite):
    assert suite_of(str(suite), True).about
    assert f"--suite docs/lessons/{suite.name}" in "\n".join(page.read_text(encoding="utf-8") for page in LESSON_PAGES)


def test_a_page_says_what_to_expect_before_and_after():
    for page in LESSON_PAGES:
        if page.stem != "index":
            titles = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            wanted = ["The mathematics", "Predict", "Measure", "What it shows", "Change one setting"]
            assert titles == wanted, page.stem
