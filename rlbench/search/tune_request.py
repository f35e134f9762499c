"""Reading the options of a search over settings: those of a command or program over those of a TOML file."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlbench.analysis.options import Metric, Score, check_choice
from rlbench.errors import UserError, quoted
from rlbench.search.tune_plan import (
    MOST_TRIALS,
    Effort,
    read_count,
    refuse_shared_seeds,
    report_seeds,
    search_seeds,
)
from rlbench.search.tune_space import space_of
from rlbench.sweep.chosen_settings import COMMAND_LINE
from rlbench.sweep.config_file import known_keys, read_toml
from rlbench.sweep.names import refuse_wrong_names
from rlbench.sweep.raw_options import given_options
from rlbench.sweep.request import Request, read_request
from rlbench.sweep.words import LARGEST_SEED, parse_names

TABLES = ("search", "fix", "scale")
OWN = (*TABLES, "trials", "report_seeds", "rungs", "reduction_factor", "search_seed", "metric", "score")
"""Options of a search alone."""
RUNS = ("algorithm", "env", "seeds", "steps", "out", "device", "gpu_buffers", "workers", "eval_every")
"""Options that the runs of a search have in common with those of `rlbench run`."""
SWITCHES = ("quiet", "fresh", "accept_changed_code")
DEFAULTS = {
    "seeds": "3",
    "trials": "16",
    "report_seeds": "10",
    "reduction_factor": "3",
    "search_seed": "0",
    "metric": "eval-det",
    "score": "final",
}
OUT = "tuning"
"""The folder in which each algorithm's search has a folder of its own, unless --out names another."""


def read_tuning(
    given: Mapping[str, Any], config: Path | None, command: tuple[str, ...] = (), source: str = COMMAND_LINE
) -> tuple[Request, Effort]:
    """The request and the effort of a search; unknown names and what makes no sense are refused.

    In `given` None and False stand for what was not given. The tables of the file are kept beside those given.
    """
    said = {key: value for key, value in given.items() if value is not None and value is not False}
    file = _read_file(config) if config else {}
    tables = {key: _table(file.get(key), key) | _table(said.get(key), key) for key in TABLES}
    word = {**DEFAULTS, **file, **said}
    algorithm = _one_algorithm(word.get("algorithm"))
    check_choice([word["metric"]], Metric, "--metric")
    check_choice([word["score"]], Score, "--score")
    effort = Effort(
        search=tables["search"],
        fix=tables["fix"],
        trials=read_count(word["trials"], "--trials", 2, MOST_TRIALS),
        report_seeds=report_seeds(word["report_seeds"]),
        rungs=None if word.get("rungs") is None else read_count(word["rungs"], "--rungs", 1),
        reduction_factor=read_count(word["reduction_factor"], "--reduction-factor", 2),
        search_seed=read_count(word["search_seed"], "--search-seed", 0, LARGEST_SEED),
        metric=word["metric"],
        score=word["score"],
        scales={env: _ends(env, value) for env, value in tables["scale"].items()},
    )
    seeds = search_seeds(word["seeds"])
    refuse_shared_seeds(seeds, effort.report_seeds)
    options = {key: word.get(key) for key in (*RUNS, *SWITCHES) if key != "algorithm"}
    out = word.get("out") or str(Path(OUT, algorithm))
    request = read_request(
        given_options({**options, "algorithms": [algorithm], "seeds": list(seeds), "out": out}), None, command, source
    )
    refuse_wrong_names(request)
    _refuse_wrong_settings(algorithm, effort)
    return request, effort


def _read_file(path: Path) -> dict[str, Any]:
    where = f"--config {path}"
    return known_keys(read_toml(path, where), (*RUNS, *OWN, *SWITCHES), where)


def _refuse_wrong_settings(algorithm: str, effort: Effort) -> None:
    """A UserError for a mistake in the settings of one of rlbench's own algorithms. Plug-ins are loaded in workers."""
    from rlbench.algorithms import BUILT_IN

    if algorithm in BUILT_IN:
        space_of(algorithm, effort.search, effort.fix)


def _one_algorithm(word: Any) -> str:
    names = parse_names([word] if isinstance(word, str) else word or ())
    if len(names) != 1:
        what = "no algorithm is named" if not names else f"{len(names)} are named"
        raise UserError(f"A search is over the settings of one algorithm, and {what}, as in: rlbench tune ppo --env ID")
    return names[0]


def _table(word: Any, key: str) -> dict[str, Any]:
    """A table of a file, or what a program or command gave, by name."""
    if word is None:
        return {}
    if key == "search" and isinstance(word, list | tuple | str):
        return read_searches([word] if isinstance(word, str) else word)
    if isinstance(word, list | tuple) and all(isinstance(each, str) for each in word):
        return read_values(word, f"--{key}")
    if not isinstance(word, Mapping):
        raise UserError(f"{key} is a table of names and values, not {quoted(word)}.")
    return dict(word)


def read_searches(words: Sequence[Any]) -> dict[str, Any]:
    """Parse `--search gamma --search learning_rate=1e-4..1e-2:log`: a domain by setting, None where it is derived."""
    found: dict[str, Any] = {}
    for word in words:
        if not isinstance(word, str) or not word.strip():
            raise UserError(f"--search takes a setting or setting=values, not {quoted(word)}.")
        name, equals, domain = (part.strip() for part in word.partition("="))
        for each in (name,) if equals else parse_names([name]):
            if not each or (equals and not domain):
                raise UserError(f"--search takes a setting or setting=values, as in gamma=0.9..0.999, not {word!r}.")
            if each in found:
                raise UserError(f"--search names {each} twice. Leave one out.")
            found[each] = domain if equals else None
    return found


def read_values(words: Sequence[str], option: str) -> dict[str, str]:
    """Parse `--fix gamma=0.99`: a value by name."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not (name and equals and value):
            raise UserError(f"{option} takes name=value, not {word!r}.")
        if name in found:
            raise UserError(f"{option} names {name} twice. Leave one out.")
        found[name] = value
    return found


def _ends(env: str, word: Any) -> tuple[float, float]:
    """The returns that are 0 and 1 on an environment."""
    parts = word.split(",") if isinstance(word, str) else word
    try:
        low, high = (float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"--scale {env}: takes the returns that are 0 and 1, as in {env}=0,500, not {quoted(word)}.")
    return low, high
