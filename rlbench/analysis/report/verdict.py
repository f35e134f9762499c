"""Numbers of a comparison -> sentences: what differs, what cannot be told, and what so many seeds can tell at all."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from rlbench.analysis.frames.differences import ALL
from rlbench.analysis.statistics import ALPHA
from rlbench.analysis.statistics.divisions import fewest_seeds
from rlbench.analysis.statistics.planning import MOST_SEEDS, tolerance
from rlbench.analysis.text import interval_text, listed, shown

FEW_SEEDS = 10
"""With fewer, no interval keeps its promise where seeds get stuck or fall into two humps (docs/statistics.md)."""


def sentences(differences: pd.DataFrame) -> list[str]:
    """One for each comparison."""
    return [sentence(row) for row in differences.to_dict("records")]


def sentence(row: Mapping[Any, Any]) -> str:
    """What a person may write of one comparison."""
    a, b, where = shown(row["a"]), shown(row["b"]), place(row["env"])
    if row["p"] != row["p"]:
        return f"{a} and {b} cannot be compared {where}: {untested(row)}."
    size = interval_text(row["difference"], row["low"], row["high"])
    seeds = count_words(row["n_a"], row["n_b"], "runs" if row["env"] == ALL else "seeds")
    if row["better"]:
        return f"{a} is better than {b} {where}, by {size} ({seeds}, corrected p {p_text(row['p_corrected'])})."
    head = f"{a} and {b} are not distinguishable {where} with {seeds}"
    if row["difference"] == 0:
        return f"{head}: their means are equal."
    return f"{head}: {a}'s mean is higher by {size}, corrected p {p_text(row['p_corrected'])}. {more_seeds(row)}"


def untested(row: Mapping[Any, Any]) -> str:
    """Why there is no p."""
    single = [shown(row[name]) for name, n in (("a", "n_a"), ("b", "n_b")) if row[n] < 2]
    if not single:
        return "not every seed has a value"
    return f"{' and '.join(single)} {'have' if len(single) > 1 else 'has'} one seed"


def more_seeds(row: Mapping[Any, Any]) -> str:
    """How many would tell these two apart."""
    if row["needed"] != row["needed"]:
        return f"To show a true difference of that size takes more than {MOST_SEEDS:,} seeds each."
    on_each = " on each environment" if row["env"] == ALL else ""
    return f"To show a true difference of that size takes about {row['needed']:.0f} seeds each{on_each}."


def place(env: str) -> str:
    return "over all environments together" if env == ALL else f"on {shown(env)}"


def count_words(n_a: int, n_b: int, what: str = "seeds") -> str:
    return f"{n_a} {what} each" if n_a == n_b else f"{n_a} and {n_b} {what}"


def p_text(p: float) -> str:
    """`= .024`, as papers print it."""
    return "< .001" if p < 0.001 else f"= {p:#.2g}".replace("0.", ".", 1) if p < 0.995 else "= 1"


def limits(differences: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    """What these numbers of seeds can tell at all."""
    tested = differences[differences["p"].notna()]
    sizes = tested[["n_a", "n_b", "smallest_p"]].drop_duplicates().sort_values(["n_a", "n_b"])
    lines = [smallest(n_a, n_b, p, len(tested)) for n_a, n_b, p in sizes.itertuples(index=False, name=None)]
    n = int(scores.groupby(["env", "algorithm"]).size().min())
    if n < FEW_SEEDS:
        lines.append(
            f"With {n} seed{'s' if n > 1 else ''} no interval keeps its 95 % on a task where seeds get stuck or fall "
            "into two groups."
        )
    if n > 1:
        lines.append(
            f"Intervals are about means. The range of {n} runs holds 90 % of all runs with a confidence of "
            f"{100 * tolerance(n):.0f} % only, so it does not tell how well the next run will do."
        )
    return lines


def smallest(n_a: int, n_b: int, p: float, comparisons: int) -> str:
    """The least p that could have come out, and what to do where it is too large."""
    many = f"{comparisons} comparison{'s' if comparisons > 1 else ''}"
    head = f"With {count_words(n_a, n_b)} and {many} the smallest corrected p that can occur is {p_text(p)[2:]}"
    if p <= ALPHA:
        return f"{head}."
    fewer = " Fewer comparisons need fewer: --baseline compares with one algorithm only." if comparisons > 1 else ""
    needed = fewest_seeds(comparisons, ALPHA)
    return f"{head}: no difference, however large, can be told. At least {needed} seeds each are needed.{fewer}"


def leaders(estimates: pd.DataFrame, differences: pd.DataFrame) -> list[str]:
    """One sentence for each environment: the best, what is not distinguishable from it, and how many pairs differ."""
    lines = []
    for env, members in estimates.groupby("env", sort=False):
        ranked = members.sort_values("mean", ascending=False)
        alike = ranked.loc[ranked["best"], "algorithm"].tolist()[1:]
        lines.append(leader(ranked["algorithm"].iloc[0], alike, differences[differences["env"] == env], str(env)))
    return lines


def leader_of_all(differences: pd.DataFrame) -> list[str]:
    """The same of all environments together; no sentence where nothing was compared over all of them."""
    if not len(differences):
        return []
    first = str(differences.sort_values("mean_a")["a"].iloc[-1])
    alike = differences.loc[(differences["a"] == first) & (differences["better"] == ""), "b"].tolist()
    return [leader(first, alike, differences, ALL)]


def leader(first: str, alike: Sequence[str], pairs: pd.DataFrame, env: str) -> str:
    """Who has the highest mean, what is not distinguishable from it, and how many pairs differ."""
    head = f"{shown(first)} has the highest mean {place(env)}"
    if not (pairs["smallest_p"] <= ALPHA).any():
        return f"{head}, but so few seeds cannot tell any of {len(pairs)} pairs apart."
    if alike:
        verb = "are" if len(alike) > 1 else "is"
        head += f"; {listed(map(shown, alike), 10)} {verb} not distinguishable from it"
    told = int((pairs["better"] != "").sum())
    return f"{head}. {told} of {len(pairs)} pairs can be told apart."
