import pytest

from rlbench.analysis.report.grid import Grid
from rlbench.analysis.report.page.tables import Cell, html_table, sort_key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3120 [2900, 3340]", 3120),
        ("−104 [−5, 6]", -104),
        ("1.5M", 1.5e6),
        ("999k", 999e3),
        (".31", 0.31),
        ("0.68 [0.33, 0.90]", 0.68),
        ("5 (1 ×)", 5),
        ("3 of 5", 3),
        ("∞", 1e300),
        ("–", None),
        ("not reached", None),
        ("2D-v4", None),
        ("", None),
    ],
)
def test_what_a_cell_is_sorted_by(text, key):
    assert sort_key(text) == key


def test_less_than_comes_before_what_it_is_less_than():
    assert sort_key("<.001") < sort_key(".001")


def test_a_name_stands_in_every_row():
    grid = Grid(("environment", "algorithm", "seeds"), [("A", "x", "5"), ("", "y", "6"), ("B", "x", "7")], names=2)
    table = html_table("Title", grid)
    assert [[cell.text for cell in row] for row in table.rows] == [["A", "x", "5"], ["A", "y", "6"], ["B", "x", "7"]]
    assert table.rows[0] == [Cell("A", None), Cell("x", None), Cell("5", 5.0)]


def test_a_column_of_one_environment_is_left_out():
    grid = Grid(("environment", "algorithm", "seeds"), [("A", "x", "5"), ("", "y", "6")], names=2)
    table = html_table("Title", grid)
    assert table.head == ("algorithm", "seeds")
    assert table.names == 1
    assert [[cell.text for cell in row] for row in table.rows] == [["x", "5"], ["y", "6"]]


def test_other_empty_cells_stay_empty():
    table = html_table("Title", Grid(("runs", "note"), [("1", "x"), ("", "y")], names=1))
    assert table.rows[1][0].text == ""
