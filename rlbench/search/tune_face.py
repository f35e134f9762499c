"""`rlbench.tune` for Python programs: what `rlbench tune` does, without printing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlbench.analysis.options import Metric, Score
from rlbench.search.face import as_list, refuse_failed
from rlbench.search.run_options import refuses_other_names
from rlbench.search.tune_files import BEST_FILE, RECORD_FILE, TABLE_FILE
from rlbench.search.tune_request import read_tuning
from rlbench.sweep.chosen_settings import PROGRAM
from rlbench.sweep.events import warn

if TYPE_CHECKING:
    import pandas as pd

    from rlbench.analysis.report.compare import Comparison


@dataclass(frozen=True)
class Tuning:
    """The result of a search over settings."""

    settings: dict[str, Any]
    """All settings of the winner."""
    trial: int
    """The winner's number; 0 is the default."""
    trials: "pd.DataFrame"
    """A row for each setting in each rung, as in trials.csv."""
    comparison: "Comparison | None"
    """The winner beside the default on fresh seeds, as `rlbench.compare` has it; None where the default has won, or no
    report was asked for."""
    config: Path
    """The winner's settings as a TOML file for `config=` and --config."""
    record: Path
    """The file that holds the plan, every rung and the verdicts."""


@refuses_other_names
def tune(
    algorithm: str,
    *,
    env: str | Sequence[str] | None = None,
    trials: int | None = None,
    seeds: int | str | Sequence[int] | None = None,
    steps: int | str | None = None,
    search: Mapping[str, Any] | Sequence[str] | None = None,
    fix: Mapping[str, Any] | None = None,
    report_seeds: int | str | Sequence[int] | None = None,
    rungs: int | None = None,
    reduction_factor: int | None = None,
    search_seed: int | None = None,
    metric: Metric | None = None,
    score: Score | None = None,
    scale: Mapping[str, tuple[float, float]] | None = None,
    out: str | Path | None = None,
    config: str | Path | None = None,
    eval_every: int | str | None = None,
    device: str | None = None,
    gpu_buffers: tuple[int, int] | None = None,
    workers: int | None = None,
    fresh: bool = False,
    accept_changed_code: bool = False,
    on_event: Callable[[Any], None] = warn,
) -> Tuning:
    """Search over an algorithm's settings, and compare the best with the default on fresh seeds; the same call goes on.

        found = rlbench.tune("ppo", env=["Hopper-v4", "Swimmer-v4"], search={"learning_rate": "1e-4..1e-2:log"})
        found.settings, found.comparison.verdicts
        rlbench.run("ppo", env="Walker2d-v4", config=found.config)

    search: names of settings, or a mapping of names to domains: a text such as "1e-4..1e-2:log", a list of values, or
    None for the range that is derived from the default. fix: settings that have another value than the default in all
    trials. seeds: a number of seeds from 100,000 on, or those meant. scale: the returns that are 0 and 1 on an
    environment. The other arguments are those of the command. Raises UserError or Fault, with one line that says what
    is wrong.
    """
    given = {name: as_list(value) for name, value in locals().items() if name not in ("config", "on_event")}
    import pandas as pd

    from rlbench.search.tune import run_search

    request, effort = read_tuning(given, Path(config) if config else None, source=PROGRAM)
    found = run_search(request, effort, on_event)
    refuse_failed(found.unconcluded)
    winner = found.winner
    assert winner is not None
    return Tuning(
        settings=dict(found.trials[winner]),
        trial=winner,
        trials=pd.read_csv(found.out / TABLE_FILE),
        comparison=found.comparison,
        config=found.out / BEST_FILE,
        record=found.out / RECORD_FILE,
    )
