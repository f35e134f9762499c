"""What `import rlbench` gives, and that it takes no time."""

import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest

import rlbench
from rlbench.cli.compare import compare
from rlbench.cli.decide import decide
from rlbench.cli.eval import evaluate
from rlbench.cli.export import export
from rlbench.cli.import_results import import_results
from rlbench.cli.lesson import lesson
from rlbench.cli.plot import plot
from rlbench.cli.report import report
from rlbench.cli.run import run
from rlbench.cli.status import status
from rlbench.cli.table import table
from rlbench.cli.video import video


def test_every_exported_name_is_there_and_documented():
    assert sorted(rlbench.__all__) == dir(rlbench)
    for name in set(rlbench.__all__) - {"__version__"}:
        assert getattr(rlbench, name).__doc__, name


def test_no_other_name():
    with pytest.raises(AttributeError, match="module 'rlbench' has no attribute 'loda'"):
        _ = rlbench.loda


def test_importing_loads_nothing_heavy():
    code = "import sys, rlbench; print([m for m in ('numpy', 'pandas', 'torch', 'rich', 'typer') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_comparing_needs_neither_torch_nor_matplotlib():
    code = (
        "import sys, rlbench; rlbench.compare, rlbench.table, rlbench.load, rlbench.import_results; "
        "print([m for m in ('torch', 'matplotlib', 'seaborn', 'scipy.stats', 'mujoco', 'rich') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("command", "function", "told_otherwise"),
    [
        (table, rlbench.table, {"folders": "results", "against": "published"}),
        (compare, rlbench.compare, {"against": "published"}),
        (report, rlbench.report, {"folders": "results", "against": "published"}),
        (import_results, rlbench.import_results, {}),
        (evaluate, rlbench.evaluate, {}),
        (export, rlbench.export, {}),
        (video, rlbench.video, {"folders": "results"}),
        (lesson, rlbench.lesson, {}),
        (status, rlbench.status, {"as_json": "kind"}),
        (plot, rlbench.plot, {"folders": "results", "terminal": "ax"}),
        (decide, rlbench.decide, {"algorithm": "algorithms"}),
        (run, rlbench.run, {"algorithm": "algorithms"}),
    ],
)
def test_commands_and_functions_have_the_same_choices(command, function, told_otherwise):
    options = {told_otherwise.get(name, name) for name in signature(command).parameters}
    choices = set(signature(function).parameters) - {"on_event"}
    assert options - ({"kind", "quiet"} - choices) == choices


def test_a_lone_name_is_a_list_of_one():
    reference = Path(rlbench.__file__).parent.parent / "results" / "reference"
    made = rlbench.table(reference, envs="Hopper-v4", algorithms="trpo", metrics="eval-det", scores="best")
    assert made.estimates[["algorithm", "metric", "score"]].to_numpy().tolist() == [["trpo", "eval-det", "best"]]


def test_the_reference_results_are_not_mixed():
    """What is shipped can be drawn and compared without a word of permission."""
    reference = Path(rlbench.__file__).parent.parent / "results" / "reference"
    made = rlbench.compare("trpo", "ppo", "npg", results=str(reference))
    assert len(made.differences) == 3
    assert all("not distinguishable on Hopper-v4 with 5 seeds each" in line for line in made.verdicts)
