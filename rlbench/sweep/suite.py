"""Suites: whole studies in TOML files. Those of rlbench are in the folder suites; users write their own.

A suite's file is a --config file with more to say: titles, what is drawn and compared, and a smaller budget, `quick`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlbench.errors import UserError, nearest, quoted
from rlbench.layout import DECISIONS_FOLDER, LOGS_FOLDER, PLOTS_FOLDER
from rlbench.suite_file import LONGEST_TITLE, SuiteFile, analysis_faults, is_title
from rlbench.sweep.config_file import OPTIONS, SUITE_KEYS, known_keys, read_options, read_toml
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.tasks import read_tasks
from rlbench.sweep.words import parse_names

OWN = Path(__file__).parent / "suites"
ENDING = ".toml"
ANALYSIS_KEYS = ("kinds", "metric", "baseline", "threshold")
QUICK_KEYS = (
    "seeds",
    "steps",
    "eval_every",
    "row_every",
    "env",
    "algorithms",
    "num_envs",
    "out",
    "settings",
    "variants",
    "tasks",
)
LONGEST_ABOUT = 2_000
TAKEN = ("reference", PLOTS_FOLDER, LOGS_FOLDER, DECISIONS_FOLDER)
"""Names of folders in `results` that are not for a suite."""


@dataclass(frozen=True)
class Suite:
    """A suite that has been read."""

    name: str
    source: str
    """What messages and run.json call its file."""
    about: str
    """What it is for, in some sentences; empty where it does not say."""
    quick: bool
    """Whether the budget is its smaller one."""
    has_quick: bool
    """Whether there is a smaller one."""
    options: RawOptions
    """Its options, those of the smaller budget over the others where that is asked for."""
    file: SuiteFile
    """What is kept beside its results."""


def notes_on_changes(typed: RawOptions, suite: Suite | None) -> tuple[str, ...]:
    """A note on what a command changes of a suite; none where it takes the suite as it is."""
    written = suite.options if suite else RawOptions()
    words = [
        f"--{key.replace('_', '-')} {_said(asked)}, not {_said(own)}"
        for key in ("seeds", "steps", "eval_every", "row_every", "num_envs", "algorithms", "env")
        if (asked := getattr(typed, key)) is not None and (own := getattr(written, key)) not in (None, asked)
    ]
    words += [f"--set {key}={_said(value)}" for key, value in typed.settings.items()]
    return (f"differs from the suite {suite.name}: {'; '.join(words)}",) if suite and words else ()


def _said(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def suite_names() -> tuple[str, ...]:
    """The names of rlbench's own suites."""
    return tuple(sorted(path.stem for path in OWN.glob(f"*{ENDING}")))


def suite_of(asked: Any, quick: Any) -> Suite | None:
    """The suite of a command or a program; None where none was asked for."""
    if asked is not None:
        return read_suite(asked, bool(quick))
    if quick:
        raise UserError("--quick is the smaller budget of a suite. Name one, as in: --suite trpo-2015 --quick")
    return None


def is_suite(name: str) -> bool:
    """Whether a name stands for a suite: it is one of rlbench's own, or that of a TOML file."""
    return name in suite_names() or name.endswith(ENDING)


def read_suite(asked: Any, quick: bool = False) -> Suite:
    """The suite of a name or in a file; a UserError says what is wrong with it."""
    path, source = _find(asked)
    where = f"--suite {path}" if source == str(path) else source
    content = known_keys(read_toml(path, where), (*OPTIONS, *SUITE_KEYS), where)
    more = {key: content.pop(key) for key in SUITE_KEYS if key in content}
    whole = read_options(content, where)
    algorithms, envs = _names_in(whole, where)
    read_tasks(whole.tasks, list(envs), where)
    name = path.stem
    file = _file(name, algorithms, envs, more, where)
    if quick:
        if "quick" not in more:
            raise UserError(f"{where} has no smaller budget. Give it a table [quick], or leave --quick out.")
        content = _quicker(content, _read_quick(more["quick"], algorithms, envs, where), envs)
    elif "quick" in more:
        _read_quick(more["quick"], algorithms, envs, where)
    content["out"] = _out(content.get("out"), more.get("quick") if quick else None, name, where, quick)
    return Suite(
        name, source, _about(more.get("about", ""), where), quick, "quick" in more, read_options(content, where), file
    )


def _find(asked: Any) -> tuple[Path, str]:
    """The file of a suite, and what it is called."""
    word = str(asked) if isinstance(asked, Path) else asked
    if not isinstance(word, str) or not word.strip() or "\0" in word:
        raise UserError(f"--suite is a name of rlbench list --suites or a TOML file, not {quoted(word)}.")
    if word in suite_names():
        return OWN / f"{word}{ENDING}", f"suite {word}"
    if word.endswith(ENDING) or "/" in word:
        path = Path(word)
        if path.stem.startswith("."):
            raise UserError(f"--suite {path}: the file needs a name, as in my-suite{ENDING}.")
        return path, word
    hint = nearest(word, suite_names())
    raise UserError(
        f"There is no suite {quoted(word)}.{hint} See: rlbench list --suites. A file of your own ends in {ENDING}."
    )


def _names_in(options: RawOptions, where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Algorithms and environments, in the order in which they are shown."""
    algorithms = _texts(options.algorithms, "algorithms", where) or _tables(options.variants)
    envs = _texts(options.env, "env", where) or _tables(options.tasks)
    if not algorithms:
        raise UserError(f'{where} names no algorithm, as in: algorithms = ["trpo", "ppo"], or a table [variants.NAME].')
    if not envs:
        raise UserError(f'{where} names no environment, as in: env = ["Hopper-v4"], or a table [tasks.Hopper-v4].')
    return algorithms, envs


def _texts(value: Any, key: str, where: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UserError(f"{where}: {key} is a list of names, not {quoted(value)}.")
    names = parse_names(texts)
    if len(names) < sum(len(text.split(",")) for text in texts):
        raise UserError(f"{where}: {key} has a name twice, or none between two commas.")
    return names


def _tables(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, dict) else ()


def _file(
    name: str, algorithms: tuple[str, ...], envs: tuple[str, ...], more: Mapping[str, Any], where: str
) -> SuiteFile:
    """What is kept beside the results."""
    title, titles = more.get("title", name), more.get("titles", {})
    line = f"a line of text of at most {LONGEST_TITLE} characters"
    if not is_title(title):
        raise UserError(f"{where}: title is {line}, not {quoted(title)}.")
    if not isinstance(titles, dict):
        raise UserError(f'{where}: titles is a table, as in: [titles] and below it trpo = "TRPO".')
    for key, value in titles.items():
        if not _is_known(key, algorithms, envs):
            known = (*algorithms, *envs)
            raise UserError(f"{where}: [titles] {key}: the suite has no such algorithm or task.{nearest(key, known)}")
        if not is_title(value):
            raise UserError(f"{where}: [titles] {key} is {line}, not {quoted(value)}.")
    twice = next((title for title in titles.values() if list(titles.values()).count(title) > 1), None)
    if twice is not None:
        raise UserError(f"{where}: [titles] has {quoted(twice)} twice. Give each a title of its own.")
    analysis = more.get("analysis", {})
    if not isinstance(analysis, dict):
        raise UserError(f'{where}: analysis is a table, as in: [analysis] and below it kinds = ["curves", "final"].')
    analysis = known_keys(analysis, ANALYSIS_KEYS, f"{where}: [analysis]")
    for fault in analysis_faults(analysis):
        raise UserError(f"{where}: [analysis] {fault}.")
    baseline = analysis.get("baseline")
    if baseline is not None and not _is_known(baseline, algorithms, ()):
        hint = nearest(baseline, algorithms)
        raise UserError(f"{where}: [analysis] baseline: the suite has no algorithm {quoted(baseline)}.{hint}")
    return SuiteFile(name, title, envs, algorithms, titles, **{**analysis, "kinds": tuple(analysis.get("kinds", ()))})


def _is_known(key: str, algorithms: Collection[str], envs: Collection[str]) -> bool:
    """Whether it is a name, or the label of a variant that a list of values makes."""
    return key in (*algorithms, *envs) or ("=" in key and any(key.startswith(f"{name}-") for name in algorithms))


def _about(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_ABOUT:
        raise UserError(f"{where}: about is a text of at most {LONGEST_ABOUT:,} characters, not {quoted(value)}.")
    return " ".join(value.split())


def _read_quick(table: Any, algorithms: Collection[str], envs: Collection[str], where: str) -> dict[str, Any]:
    """The options of the smaller budget."""
    where = f"{where}: [quick]"
    if not isinstance(table, dict) or not table:
        raise UserError(f'{where} is a table with options, as in: seeds = 2 and steps = "100k".')
    quick = known_keys(table, QUICK_KEYS, where)
    tables = {key: _tables(quick.get(key)) for key in ("variants", "tasks")}
    read_tasks(quick.get("tasks"), None, where)
    named = {key: _texts(quick.get(key), key, where) for key in ("algorithms", "env")}
    for key, whole in (("algorithms", algorithms), ("variants", algorithms), ("env", envs), ("tasks", envs)):
        for name in {**named, **tables}[key]:
            if name not in whole:
                raise UserError(f"{where} {key}: the suite has no {quoted(name)}.{nearest(name, whole)}")
    return quick


def _quicker(content: Mapping[str, Any], quick: Mapping[str, Any], envs: tuple[str, ...]) -> dict[str, Any]:
    """The content of the file with the smaller budget over it. Tables are merged, anything else is replaced."""
    kept = _texts(quick.get("env"), "env", "") or envs
    dropped = {"steps", "eval_every"}.intersection(quick)  # meant for every task, unless [quick.tasks] says otherwise
    tasks = {
        env: {key: value for key, value in table.items() if key not in dropped}
        for env, table in _spelt(content.get("tasks", {})).items()
        if env in kept
    }
    quicker = {env: table for env, table in _spelt(quick.get("tasks", {})).items() if env in kept}
    return _merged({**content, "tasks": tasks}, {**quick, "tasks": quicker})


def _spelt(tasks: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The tables of environments with `_` in their keys, so that the same key is the same in both budgets."""
    return {env: {key.replace("-", "_"): value for key, value in table.items()} for env, table in tasks.items()}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **above, **both}


def _out(asked: Any, quick_table: Any, name: str, where: str, quick: bool) -> Any:
    """The folder of the results. Those of the smaller budget are kept apart: both would be runs of one name."""
    if isinstance(quick_table, dict) and "out" in quick_table:
        return asked
    if asked is None and name in TAKEN:
        raise UserError(f"{where}: results/{name} is not for a suite. Rename the file, or give it a key out.")
    folder = asked if asked is not None else f"results/{name}"
    return f"{folder}-quick" if quick and isinstance(folder, str) else folder
