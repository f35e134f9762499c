"""What the texts in event files tell of a run: CleanRL's table of hyperparameters, and Tianshou's arguments."""

import ast
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlbench.analysis.reading.importers.contract import MOST_SETTINGS, MOST_TRANSITIONS, Told

HYPERPARAMETERS, ARGS = "hyperparameters/text_summary", "args/text_summary"
CLEANRL_FOLDER = re.compile(r"(.+)__(.+)__(\d{1,9})__\d+", re.ASCII)
ARG_ENV = re.compile(r"\b(?:task|env_id|env_name|env)['\"]?\s*[=:]\s*['\"]([^'\"]{1,200})['\"]")
ARG_SEED = re.compile(r"\bseed['\"]?\s*[=:]\s*(\d{1,9})\b", re.ASCII)
OF_THE_RUN = ("seed", "env_id", "exp_name", "track", "capture_video", "save_model", "upload_model", "hf_entity")
"""Hyperparameters of CleanRL that are no settings of the algorithm."""


def told_by(texts: Mapping[str, str], folder: Path) -> Told:
    """What texts of the events tell, or else CleanRL's name of the folder."""
    if text := texts.get(HYPERPARAMETERS):
        return of_hyperparameters(hyperparameters(text))
    if text := texts.get(ARGS):
        env, seed = ARG_ENV.search(text), ARG_SEED.search(text)
        where = {name: "the text `args`" for name, match in (("env", env), ("seed", seed)) if match}
        return Told(env=env[1] if env else None, seed=int(seed[1]) if seed else None, where=where)
    if match := CLEANRL_FOLDER.fullmatch(folder.name):
        where = dict.fromkeys(("env", "algorithm", "seed"), "the name of its folder")
        return Told(env=match[1], algorithm=match[2], seed=int(match[3]), where=where)
    return Told()


def hyperparameters(text: str) -> dict[str, Any]:
    """CleanRL's table of hyperparameters, `|name|value|` a line."""
    found = {}
    for line in text.splitlines()[2 : MOST_SETTINGS + 2]:
        name, bar, value = line.strip().removeprefix("|").removesuffix("|").partition("|")
        if bar and name:
            found[name[:100]] = plain_value(value[:1000])
    return found


def plain_value(text: str) -> Any:
    """A number, a truth value, None or a list of them as Python writes it; any other text is left as it is."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text
    fit = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))
    return value if fit else text


def of_hyperparameters(found: dict[str, Any]) -> Told:
    env, seed, name, budget = (found.get(key) for key in ("env_id", "seed", "exp_name", "total_timesteps"))
    return Told(
        env=env if isinstance(env, str) and env else None,
        seed=seed if type(seed) is int and 0 <= seed < 1 << 32 else None,
        algorithm=name if isinstance(name, str) and name else None,
        budget=budget if type(budget) is int and 0 < budget <= MOST_TRANSITIONS else None,
        settings={key: value for key, value in found.items() if key not in OF_THE_RUN},
        where=dict.fromkeys(("env", "seed", "algorithm", "budget"), "the text `hyperparameters`"),
    )
