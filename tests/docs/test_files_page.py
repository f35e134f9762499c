"""docs/files.md names every column and key that the code writes, and no other."""

import pytest
from documents import DOCS, first_cells, section, text_of

from rlbench.layout import CSV_FILES, EVALUATION_FILE
from rlbench.run_file import OPTIONAL, REQUIRED
from rlbench.trained.evaluate import COLUMNS as EVALUATED
from rlbench.training.records import EPISODES, PROGRESS, TIMING

PAGE = text_of("files.md")


def test_the_common_columns_of_progress():
    assert set(first_cells(section(PAGE, "progress.csv"))) >= set(PROGRESS)


@pytest.mark.parametrize(
    ("file", "columns"),
    [("timing.csv", TIMING), ("episodes.csv", EPISODES), (EVALUATION_FILE, EVALUATED)],
)
def test_the_columns_of_the_other_files(file, columns):
    assert first_cells(section(PAGE, file)) == list(columns)


def test_the_keys_of_run_json():
    assert set(first_cells(section(PAGE, "run.json"))) == {"format", *REQUIRED, *OPTIONAL}


def test_every_file_has_its_line():
    listed = first_cells(PAGE.partition("\n## ")[0])
    assert {*CSV_FILES, EVALUATION_FILE, "run.json", "checkpoint.pt"} == set(listed)


def test_the_columns_of_every_algorithm():
    """Those that the pages of algorithms list, which other tests compare with what is written."""
    listed = first_cells(section(PAGE, "progress.csv"))
    assert len(set(listed)) == len(listed)
    pages = sorted((DOCS / "algorithms").glob("*.md"))
    told = {name for page in pages for name in first_cells(section(page.read_text(), "Columns of progress.csv"))}
    assert set(listed) - set(PROGRESS) == told
