"""The notebooks in examples/ run from their first cell to their last, and carry no outputs."""

import json
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest

HOUSE = Path(__file__).parent.parent
NOTEBOOKS = sorted((HOUSE / "examples").glob("*.ipynb"))


@pytest.fixture
def drawn_into_memory():
    """pyplot without a window system, and no figure of a notebook left open."""
    backend = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(backend)


def code_cells(path):
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def test_there_are_examples():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_carries_no_outputs(path):
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.usefixtures("drawn_into_memory")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    """Its cells one after the other, in a folder beside results/, as a reader runs them."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "results").symlink_to(HOUSE / "results")
    monkeypatch.chdir(tmp_path / "examples")
    names = {}
    for number, cell in enumerate(code_cells(path)):
        exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
    assert (tmp_path / "examples" / "figures").is_dir()
