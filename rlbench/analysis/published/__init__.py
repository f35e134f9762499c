"""Facts about environments as data: other people's results, scales of normalised scores, and possible returns.

results.csv      a row a result: source, algorithm, task, mean over seeds, spread, transitions, discount (empty: not
                 stated), and a note where it was not measured as its source's others
sources.csv      how each source measured: seeds, version of the tasks, actions (empty: not stated), which of our
                 scores is most like its value ("final", "best"), that value in words, and whether its spreads are
                 standard deviations ("std") or standard errors ("se") over seeds
tasks.csv        our environments of the same dynamics and rewards as each published task
scales.csv       the scores that are 0 and 1 of each environment's normalised scores, and where they are from
ranges.csv       the least and the largest return that an episode can have (empty: not known), and why
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd

COLUMNS = (
    "env",
    "algorithm",
    "published",
    "std",
    "seeds",
    "env_steps",
    "metric",
    "score",
    "source",
    "version",
    "measured",
    "gamma",
    "note",
    "spread",
)
MAY_BE_EMPTY = ("spread", "gamma", "low", "high")
"""Columns of numbers in which a cell may be empty."""


@lru_cache
def _table(name: str) -> pd.DataFrame:
    with files(__name__).joinpath(f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values={name: [""] for name in MAY_BE_EMPTY})


def published_results(envs: Sequence[str] = (), algorithms: Sequence[str] = ()) -> pd.DataFrame:
    """Published results of these environments and algorithms; of all where none are named.

    `std` is the standard deviation over seeds; where a standard error was published, it was multiplied by the root of
    the number of seeds. `spread`: which of the two ("std", "se") was published.
    """
    rows = _table("results").merge(_table("sources"), on="source").merge(_table("tasks"), on="task")
    deviations = np.where(rows["spread_y"] == "se", rows["spread_x"] * rows["seeds"] ** 0.5, rows["spread_x"])
    rows = rows.assign(published=rows["mean"].astype(float), std=deviations, env_steps=rows["steps"])
    rows = rows.assign(spread=rows["spread_y"])
    wanted = rows["env"].isin(envs or rows["env"]) & rows["algorithm"].isin(algorithms or rows["algorithm"])
    found = rows.loc[wanted, list(COLUMNS)]
    return found.sort_values(["env", "algorithm", "source"], kind="stable", ignore_index=True)


def scale(env: str) -> tuple[float, float] | None:
    """The scores that are 0 and 1 on this environment; None where none are defined.

    They are shipped with rlbench and never change: a normalised score does not depend on what it is compared with.
    """
    row = _table("scales").set_index("env").reindex([env]).iloc[0]
    return None if math.isnan(row["random"]) else (float(row["random"]), float(row["reference"]))


def scale_source(env: str) -> str:
    """Where the scores of `scale` are from."""
    return str(_table("scales").set_index("env").loc[env, "source"])


def possible_returns(env: str) -> tuple[float, float]:
    """The least and the largest return that an episode of this environment can have; infinite where it is not known."""
    row = _table("ranges").set_index("env").reindex([env]).iloc[0]
    low, high = float(row["low"]), float(row["high"])
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
