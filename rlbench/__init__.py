"""rlbench compares policy-optimization algorithms: same tasks, same budgets, same seeds, honest intervals.

    import rlbench
    results = rlbench.load("results")        # tidy pandas frames: .runs, .evaluations, .training, .episodes
    rlbench.table("results").estimates       # what `rlbench table` prints
    rlbench.compare("trpo", "ppo").verdicts  # what `rlbench compare` says
    rlbench.plot("results", kind="final").figure  # what `rlbench plot` draws and writes
    rlbench.report("results")                # what `rlbench report` writes
    rlbench.decide("trpo", "ppo", env="Hopper-v4")  # trains as many seeds as it takes to tell
    rlbench.import_results("runs", name="ppo-cleanrl")  # others' results beside these

Names are imported when they are first used, so that `import rlbench` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlbench.analysis.face import compare as compare
    from rlbench.analysis.face import plot as plot
    from rlbench.analysis.face import report as report
    from rlbench.analysis.face import table as table
    from rlbench.analysis.figures.plot import Plot as Plot
    from rlbench.analysis.reading.importers.importing import Imports as Imports
    from rlbench.analysis.reading.importers.importing import import_results as import_results
    from rlbench.analysis.reading.results import Results as Results
    from rlbench.analysis.reading.results import load as load
    from rlbench.analysis.report.compare import Comparison as Comparison
    from rlbench.analysis.report.page.make import Report as Report
    from rlbench.analysis.report.table import Table as Table
    from rlbench.errors import UserError as UserError
    from rlbench.search.face import Decision as Decision
    from rlbench.search.face import decide as decide

__version__ = "0.1.0"

_WHERE = {
    "Comparison": "analysis.report.compare",
    "Decision": "search.face",
    "Imports": "analysis.reading.importers.importing",
    "Plot": "analysis.figures.plot",
    "Report": "analysis.report.page.make",
    "Results": "analysis.reading.results",
    "Table": "analysis.report.table",
    "UserError": "errors",
    "compare": "analysis.face",
    "decide": "search.face",
    "import_results": "analysis.reading.importers.importing",
    "load": "analysis.reading.results",
    "plot": "analysis.face",
    "report": "analysis.face",
    "table": "analysis.face",
}
__all__ = [
    "Comparison",
    "Decision",
    "Imports",
    "Plot",
    "Report",
    "Results",
    "Table",
    "UserError",
    "__version__",
    "compare",
    "decide",
    "import_results",
    "load",
    "plot",
    "report",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'rlbench' has no attribute {name!r}")
    return getattr(import_module(f"rlbench.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
