"""rlbench compares policy-optimization algorithms: same tasks, same budgets, same seeds, honest intervals.

    import rlbench
    runs = rlbench.run([rlbench.TRPO(damping=0.2), "ppo"], env="Hopper-v4", seeds=5, steps="1M", on_event=print)
    runs.frame()                                    # a pandas frame of every row of progress.csv
    runs[0].policy().act(obs)                       # and rlbench.policy("results/Hopper-v4/trpo/seed-0")
    rlbench.evaluate("results/Hopper-v4")           # what `rlbench eval` prints
    rlbench.export(runs[0].folder, "policy.npz")    # what `rlbench export` writes
    rlbench.video("results", "hopper.mp4")          # what `rlbench video` writes
    rlbench.compare("trpo", "ppo").verdicts         # what `rlbench compare` says
    rlbench.table("results").estimates              # what `rlbench table` prints
    rlbench.plot("results", kind="final").figure    # what `rlbench plot` draws and writes
    rlbench.report("results")                       # what `rlbench report` writes
    rlbench.status("results").groups                # what `rlbench status` prints
    rlbench.load("results")                         # tidy frames: .runs, .evaluations, .training, .episodes
    rlbench.decide("trpo", "ppo", env="Hopper-v4")  # trains as many seeds as it takes to tell
    rlbench.tune("ppo", env="Hopper-v4")            # searches over settings, and reports the gain on fresh seeds
    rlbench.import_results("runs", name="ppo-sb3")  # others' results beside these
    rlbench.lesson("gae").sentences                 # what `rlbench lesson` measures and draws
    rlbench.doctor().checks                         # whether this machine can do what rlbench needs

Names are imported when they are first used, so that `import rlbench` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlbench.algorithms.a2c import A2C as A2C
    from rlbench.algorithms.acktr import ACKTR as ACKTR
    from rlbench.algorithms.cem import CEM as CEM
    from rlbench.algorithms.cma_es import CMAES as CMAES
    from rlbench.algorithms.cpi import CPI as CPI
    from rlbench.algorithms.npg import NPG as NPG
    from rlbench.algorithms.policy_iteration import PolicyIteration as PolicyIteration
    from rlbench.algorithms.ppo import PPO as PPO
    from rlbench.algorithms.reinforce import REINFORCE as REINFORCE
    from rlbench.algorithms.trpo import TRPO as TRPO
    from rlbench.algorithms.trpo_vine import TRPOVine as TRPOVine
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
    from rlbench.analysis.status import Status as Status
    from rlbench.analysis.status import status as status
    from rlbench.envs.tasks.task import Task as Task
    from rlbench.errors import Fault as Fault
    from rlbench.errors import RLBenchWarning as RLBenchWarning
    from rlbench.errors import UserError as UserError
    from rlbench.health.check import Health as Health
    from rlbench.health.face import doctor as doctor
    from rlbench.lessons.face import Lesson as Lesson
    from rlbench.lessons.face import lesson as lesson
    from rlbench.search.face import Decision as Decision
    from rlbench.search.face import decide as decide
    from rlbench.search.face import run as run
    from rlbench.search.runs import TrainedRun as TrainedRun
    from rlbench.search.runs import TrainedRuns as TrainedRuns
    from rlbench.search.tune_face import Tuning as Tuning
    from rlbench.search.tune_face import tune as tune
    from rlbench.trained.evaluate import Evaluation as Evaluation
    from rlbench.trained.evaluate import evaluate as evaluate
    from rlbench.trained.exports.export import Export as Export
    from rlbench.trained.exports.export import export as export
    from rlbench.trained.policy import Policy as Policy
    from rlbench.trained.policy import policy as policy
    from rlbench.trained.video.video import Video as Video
    from rlbench.trained.video.video import video as video

__version__ = "0.2.0"

_WHERE = {
    "A2C": "algorithms.a2c",
    "ACKTR": "algorithms.acktr",
    "CEM": "algorithms.cem",
    "CMAES": "algorithms.cma_es",
    "CPI": "algorithms.cpi",
    "Comparison": "analysis.report.compare",
    "Decision": "search.face",
    "Evaluation": "trained.evaluate",
    "Export": "trained.exports.export",
    "Fault": "errors",
    "Health": "health.check",
    "Imports": "analysis.reading.importers.importing",
    "Lesson": "lessons.face",
    "NPG": "algorithms.npg",
    "PPO": "algorithms.ppo",
    "Plot": "analysis.figures.plot",
    "Policy": "trained.policy",
    "PolicyIteration": "algorithms.policy_iteration",
    "REINFORCE": "algorithms.reinforce",
    "RLBenchWarning": "errors",
    "Report": "analysis.report.page.make",
    "Results": "analysis.reading.results",
    "Status": "analysis.status",
    "TRPO": "algorithms.trpo",
    "TRPOVine": "algorithms.trpo_vine",
    "Task": "envs.tasks.task",
    "Table": "analysis.report.table",
    "TrainedRun": "search.runs",
    "TrainedRuns": "search.runs",
    "Tuning": "search.tune_face",
    "UserError": "errors",
    "Video": "trained.video.video",
    "compare": "analysis.face",
    "decide": "search.face",
    "doctor": "health.face",
    "evaluate": "trained.evaluate",
    "export": "trained.exports.export",
    "import_results": "analysis.reading.importers.importing",
    "lesson": "lessons.face",
    "load": "analysis.reading.results",
    "plot": "analysis.face",
    "policy": "trained.policy",
    "report": "analysis.face",
    "run": "search.face",
    "status": "analysis.status",
    "table": "analysis.face",
    "tune": "search.tune_face",
    "video": "trained.video.video",
}
__all__ = [
    "A2C",
    "ACKTR",
    "CEM",
    "CMAES",
    "CPI",
    "NPG",
    "PPO",
    "REINFORCE",
    "TRPO",
    "Comparison",
    "Decision",
    "Evaluation",
    "Export",
    "Fault",
    "Health",
    "Imports",
    "Lesson",
    "Plot",
    "Policy",
    "PolicyIteration",
    "RLBenchWarning",
    "Report",
    "Results",
    "Status",
    "TRPOVine",
    "Table",
    "Task",
    "TrainedRun",
    "TrainedRuns",
    "Tuning",
    "UserError",
    "Video",
    "__version__",
    "compare",
    "decide",
    "doctor",
    "evaluate",
    "export",
    "import_results",
    "lesson",
    "load",
    "plot",
    "policy",
    "report",
    "run",
    "status",
    "table",
    "tune",
    "video",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'rlbench' has no attribute {name!r}")
    return getattr(import_module(f"rlbench.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
