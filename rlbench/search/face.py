"""The functions that train for Python programs. Each does what the command of its name does, without printing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from rlbench.analysis.options import Metric, Score, check_choice
from rlbench.errors import Fault, UserError
from rlbench.search.question import Question
from rlbench.search.run_options import RunOptions, takes_run_options
from rlbench.search.runs import TrainedRuns, runs_of
from rlbench.sweep.chosen_settings import PROGRAM
from rlbench.sweep.constructed import AlgorithmObject, read_algorithms
from rlbench.sweep.events import warn
from rlbench.sweep.names import refuse_wrong_names
from rlbench.sweep.raw_options import given_options
from rlbench.sweep.request import Request, read_request
from rlbench.sweep.state import JobState, exit_status, failures
from rlbench.sweep.suite import suite_of
from rlbench.sweep.sweep import run_sweep
from rlbench.sweep.words import MOST_SEEDS, parse_count

if TYPE_CHECKING:
    import pandas as pd

    from rlbench.analysis.frames.decisions import Look

    OneAlgorithm = str | AlgorithmObject | type[AlgorithmObject]
    Algorithms = OneAlgorithm | Sequence[OneAlgorithm] | Mapping[str, OneAlgorithm]


@takes_run_options
def run(
    algorithms: "Algorithms | None" = None,
    *,
    seeds: int | str | Sequence[int] | None = None,
    name: str | None = None,
    suite: str | Path | None = None,
    quick: bool = False,
    launcher: str | None = None,
    address: str | None = None,
    partition: str | None = None,
    account: str | None = None,
    time: str | None = None,
    memory: str | None = None,
    submit: bool = False,
    expect_code: str | Path | None = None,
    log: str | Sequence[str] | None = None,
    on_event: Callable[[Any], None] = warn,
    **options: Unpack[RunOptions],
) -> TrainedRuns:
    """Train algorithms on environments, each with several seeds, as `rlbench run` does; the same call goes on.

        runs = rlbench.run([rlbench.TRPO(damping=0.2), "ppo"], env="Hopper-v4", seeds=5, steps="1M", on_event=print)
        runs.frame()  # progress.csv of all seeds
        runs[0].policy().act(obs)

    algorithms: names, or objects with settings; a mapping gives them names of their own. seeds: a number of seeds
    (default 5), or those meant. steps: transitions a seed executes (default "1M"). settings: values by "key" or
    "algorithm.key"; a list of values makes variants. config: a TOML file with options that are not given here.
    suite: a study by name or in a TOML file, in whose place nothing else need be given; quick: its smaller budget.
    launcher: "ray" runs the jobs on the cluster at address ("auto" or "HOST:PORT"), or on a Ray of our own; "slurm"
    writes a job array, asks it for partition, account, time and memory, and with submit submits it; the runs that are
    returned are then those that were finished before. log: "tensorboard" or "wandb" writes rows for it, too. Other
    arguments have the defaults of the command. on_event is called in this thread with what happens; each event is a
    line as text. Without it, what there is to warn of is a Python warning, a RLBenchWarning.

    Training happens in processes of their own: nothing here changes this process's signals, threads or environment.
    Raises UserError where the call cannot be carried out, and Fault where a job failed, once the others have ended;
    a seed that diverged is a run with that status.
    """
    launching: dict[str, Any] = {"launcher": launcher, "address": address, "partition": partition, "account": account}
    launching |= {"time": time, "memory": memory, "submit": submit, "expect_code": expect_code, "log": log}
    given = {"seeds": seeds, "name": name, **launching, **options}
    request = _read_call(algorithms, given, suite_of(suite, quick))
    sweep = run_sweep(request, on_event)
    refuse_failed(sweep.all_states)
    return runs_of(sweep)


@dataclass(frozen=True)
class Decision:
    """The result of a decision."""

    verdicts: list[str]
    """Sentences, as the command prints them."""
    comparisons: "pd.DataFrame"
    """How each comparison ended: env, first, second, seeds, both means, difference, boundary, better (None: not told
    apart)."""
    looks: "list[Look]"
    """All looks."""
    record: Path
    """The file that holds the plan, every look and the verdicts."""


@takes_run_options
def decide(
    *algorithms: "OneAlgorithm",
    max_seeds: int = 30,
    group: int = 5,
    baseline: str | None = None,
    metric: Metric = "eval-det",
    score: Score = "final",
    on_event: Callable[[Any], None] = warn,
    **options: Unpack[RunOptions],
) -> Decision:
    """Train seeds in groups until a test tells which algorithm is better, or there are `max_seeds` of each.

        found = rlbench.decide("trpo", "ppo", env="Hopper-v4", max_seeds=20)
        print(found.verdicts[0])

    group: seeds that are trained between two looks. baseline: compare with this algorithm only. The other arguments
    are those of `rlbench.run`. Raises UserError or Fault, with one line that says what is wrong.
    """
    from rlbench.search.decide import run_decision  # imports pandas and SciPy, which `run` does not need

    check_choice([metric], Metric, "metric")
    check_choice([score], Score, "score")
    question = Question(
        max_seeds=parse_count(max_seeds, "max_seeds", high=MOST_SEEDS),
        group=parse_count(group, "group", high=MOST_SEEDS),
        metric=metric,
        score=score,
        baseline=baseline,
    )
    request = _read_call(algorithms, {"seeds": f"0-{question.max_seeds - 1}", **options})
    study = run_decision(request, question, on_event)
    refuse_failed(study.states)
    return Decision(study.sentences, _frame(study.looks), study.looks, study.record)


def _read_call(algorithms: Any, given: Mapping[str, Any], suite: Any = None) -> Request:
    """The request of a call, given its algorithms and its other arguments by name; mistakes in names are refused."""
    options = {name: as_list(value) for name, value in given.items()}
    config = Path(given["config"]) if given.get("config") else None
    constructed = read_algorithms(algorithms)
    request = read_request(given_options(options), config, source=PROGRAM, constructed=constructed, suite=suite)
    refuse_wrong_names(request)
    return request


def as_list(value: Any) -> Any:
    """A range, an array or another sequence as a list of plain values; anything else as it is."""
    if isinstance(value, str | Mapping) or not hasattr(value, "__iter__"):
        return value
    return [each.item() if hasattr(each, "item") else each for each in value]


def refuse_failed(states: Sequence[JobState]) -> None:
    """Raise for the first job that failed, if any did."""
    failed = [state for state in states if state.failed]
    if failed:
        others = f" ({len(failed) - 1} more jobs failed)" if len(failed) > 1 else ""
        line = f"{failures(failed)[0]}{others}"
        raise UserError(line) if exit_status(states) == 2 else Fault(line)


def _frame(looks: "Sequence[Look]") -> "pd.DataFrame":
    import pandas as pd

    from rlbench.analysis.frames.decisions import final

    rows = [
        {
            "env": each.env,
            "first": each.first,
            "second": each.second,
            "seeds": seeds,
            "first_mean": each.means[0],
            "second_mean": each.means[1],
            "difference": each.difference,
            "boundary": each.boundary,
            "better": each.better,
        }
        for seeds, each in final(looks).values()
    ]
    return pd.DataFrame(rows)
