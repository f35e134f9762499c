"""The figure of a search over settings."""

from pathlib import Path

import pandas as pd

from rlbench.analysis.figures.tuning import ALTERNATIVES, tuning_sheet, write_tuning
from rlbench.search.tune_domains import Alternatives, say_value
from rlbench.search.tune_files import TABLE_FILE
from rlbench.search.tune_search import Search


def draw_search(search: Search) -> list[Path]:
    """Draw a search that has ended, from its table of trials; the paths of the figures."""
    assert search.winner is not None
    numbers = ["rung", "steps", "trial"]
    trials = pd.read_csv(search.out / TABLE_FILE, dtype=str, keep_default_na=False)
    trials = trials.assign(
        **{name: trials[name].astype(int) for name in numbers}, objective=pd.to_numeric(trials["objective"])
    )
    scales = {
        name: ALTERNATIVES if isinstance(domain, Alternatives) else domain.scale
        for name, domain in search.space.domains.items()
    }
    values = {
        name: [say_value(value) for value in domain.values]
        for name, domain in search.space.domains.items()
        if isinstance(domain, Alternatives)
    }
    envs, seeds = search.request.envs, len(search.request.seeds)
    what = "returns" if all(ends == (0.0, 1.0) for ends in search.scales.values()) else "normalised scores"
    caption = (
        f"Objective: the mean of mean and lower quartile of {what}, over {len(envs)} "
        f"environment{'s' if len(envs) > 1 else ''} and {seeds} seeds a trial. The winner's value is too high, because "
        "it won."
    )
    return write_tuning(tuning_sheet(trials, scales, values, search.winner, caption), search.out)
