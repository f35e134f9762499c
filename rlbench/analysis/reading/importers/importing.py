"""Import results of other tools: find their runs, decide where each goes, and write it in this project's layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rlbench.analysis.reading.importers.about import contents, describe
from rlbench.analysis.reading.importers.contract import MEANINGS, Columns, UnusableError
from rlbench.analysis.reading.importers.find import find_foreign_runs
from rlbench.analysis.reading.importers.place import ENV_ID, NUMBERED, Chosen, Place, Taken, check_label, place_runs
from rlbench.analysis.reading.importers.table import WINDOW, Table, make_table
from rlbench.analysis.reading.importers.write import State, refuse_other_runs, write
from rlbench.analysis.text import listed, shown, shown_path
from rlbench.errors import UserError, nearest

MOST_STEPS = 10**12
LARGEST_SEED = 2**32 - 1
Action = Literal["det", "stoch"]


@dataclass(frozen=True)
class Imported:
    """One run that was imported."""

    env: str
    name: str
    seed: int
    source: Path
    what: str
    """What its files were taken for."""
    path: Path
    """Its folder in the results."""
    rows: int
    env_steps: int
    state: State
    where: Mapping[str, str]
    """How environment, name and seed were found out."""
    unknown: tuple[str, ...]
    """What the files do not tell."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Imports:
    """What one call imported."""

    runs: list[Imported]
    left_out: list[str] = field(default_factory=list)
    """A line for each file or folder that could not be imported, and why."""
    notes: list[str] = field(default_factory=list)


def import_results(
    folders: str | Path | Sequence[str | Path],
    *,
    out: str | Path = "results",
    name: str | None = None,
    env: str | None = None,
    seed: int | None = None,
    steps: int | None = None,
    versions: Mapping[str, str] | None = None,
    evaluations: Action = "det",
    window: int = WINDOW,
    columns: Mapping[str, str] | None = None,
    episodes: bool = False,
    steps_per_iteration: int | None = None,
) -> Imports:
    """Bring results of other tools into a results folder, where plot, table, compare and check read them.

    Reads Monitor files and evaluations.npz of Stable-Baselines3, TensorBoard event files (CleanRL, Stable-Baselines3,
    Tianshou, rsl_rl), Spinning Up's progress.txt, and tables. name: of the curve. env, seed, steps (the budget) and
    versions (such as {"mujoco": "3.1.0"}): what the files do not tell. evaluations: whether actions were means ("det")
    or samples. window: transitions over which single episodes are averaged. columns: names of columns or tags, by
    meaning (steps, return, eval, length, seconds, seed, env, algorithm). episodes: each row of a table is one episode.
    steps_per_iteration: transitions of one iteration, where a tool counts those. Raises UserError, with one line that
    says what to do.
    """
    paths = [Path(each) for each in ([folders] if isinstance(folders, str | Path) else folders)]
    check_choices(name, env, seed, steps, evaluations, window, columns or {}, steps_per_iteration)
    out = Path(out)
    search = find_foreign_runs(paths, Columns(columns or {}, steps_per_iteration, episodes), out)
    chosen = Chosen(name, env, seed)
    taken = Taken(out)
    tables: list[tuple[Place, Table]] = []
    for place in place_runs(search.runs, chosen, taken, search.left_out):
        try:
            tables.append((place, make_table(place.run.training, place.run.evaluations, window, evaluations)))
        except UnusableError as error:
            search.left_out.append(f"{shown_path(place.run.path)}: {error}")
    if not tables:
        raise UserError(nothing(paths, [*search.left_out, *search.notes]))
    refuse_other_runs([place for place, _ in tables], out, taken)
    runs = [
        finish(place, table, describe(place, table, window, evaluations, steps, versions or {}), out)
        for place, table in tables
    ]
    return Imports(runs, search.left_out, search.notes)


def check_choices(
    name: str | None,
    env: str | None,
    seed: int | None,
    steps: int | None,
    evaluations: str,
    window: int,
    columns: Mapping[str, str],
    steps_per_iteration: int | None,
) -> None:
    """A UserError for a choice that can be none."""
    if name is not None:
        check_label(name)
    if env is not None and not ENV_ID.fullmatch(env):
        raise UserError(f"--env is the id of an environment, such as Hopper-v4, not {shown(env)!r}.")
    if evaluations not in ("det", "stoch"):
        raise UserError(f"--evaluations is det or stoch, not {shown(str(evaluations))!r}.")
    whole = {
        "--seed": (seed, 0, LARGEST_SEED),
        "--steps": (steps, 1, MOST_STEPS),
        "--window": (window, 1, MOST_STEPS),
        "--steps-per-iteration": (steps_per_iteration, 1, MOST_STEPS),
    }
    for option, (value, low, high) in whole.items():
        if value is not None and not (type(value) is int and low <= value <= high):
            raise UserError(f"{option} is a whole number from {low} to {high:,}, not {shown(str(value))}.")
    for meaning in columns:
        if meaning not in MEANINGS:
            hint = nearest(meaning, MEANINGS)
            raise UserError(f"--column {shown(meaning)}: no such meaning.{hint} Choose of {', '.join(MEANINGS)}.")


def nothing(paths: Sequence[Path], why: Sequence[str]) -> str:
    where = listed(shown_path(path) for path in paths)
    if not why:
        return (
            f"No logs under {where}: looked for Monitor CSVs, evaluations.npz, TensorBoard event files, progress.txt, "
            "and other CSV files. Name the folder that the tool wrote into."
        )
    more = f" (and {len(why) - 1} more such lines)" if len(why) > 1 else ""
    return f"Nothing to import under {where}. {why[0]}{more}"


def finish(place: Place, table: Table, about: dict[str, Any], out: Path) -> Imported:
    """Write one run, unless it is there already."""
    run, folder = place.run, place.folder(out)
    try:
        state = write(folder, contents(about, table))
    except OSError as error:
        raise UserError(f"Cannot write to {shown_path(folder)}: {error.strerror}. Choose another --out.") from None
    missing = {
        "seed": place.where["seed"] == NUMBERED,
        "budget": about["steps"] is None,
        "settings": not about["settings"],
        "versions": not about["versions"],
    }
    return Imported(
        env=place.env,
        name=place.label,
        seed=place.seed,
        source=run.path,
        what=run.what,
        path=folder,
        rows=table.count,
        env_steps=table.last_step,
        state=state,
        where=place.where,
        unknown=tuple(name for name, is_missing in missing.items() if is_missing),
        notes=(*run.notes, *table.notes),
    )
