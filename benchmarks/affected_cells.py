"""Which cells of the reference (an algorithm on a task) a change can move, and the commands that show what it did.

    python benchmarks/affected_cells.py            # of what changed since main
    python benchmarks/affected_cells.py a1b2c3d    # since a commit

A file can move the cells whose training imports it, directly or not. A change of comments and docstrings alone moves
nothing. Modules that only plan, start or analyse runs are not imported by training: they move nothing either.
"""

import argparse
import ast
import json
import re
import shlex
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from import_graph import graph, module_name, reached

from rlbench.algorithms import ALGORITHMS
from rlbench.algorithms.pages import module_of
from rlbench.envs import tasks

ROOT = Path(__file__).resolve().parent.parent
TRAINING = "rlbench.training.run"
"""The module that makes the files of a run. Algorithms and tasks it finds by name, without an import statement."""
ENTRY_POINTS = ("pyproject.toml", "constraints.txt")


class Cell(NamedTuple):
    """An algorithm on a task."""

    task: str
    algorithm: str


class Reach(NamedTuple):
    """What a file can move."""

    algorithms: frozenset[str]
    tasks: frozenset[str]


def reaches(root: Path, algorithms: Iterable[str], task_ids: Iterable[str]) -> dict[str, Reach]:
    """For each module below `root` that training imports, the algorithms and tasks that it can move."""
    edges = graph(root / "rlbench", root)
    algorithms, task_ids = frozenset(algorithms), frozenset(task_ids)
    common = reached({TRAINING}, edges) - {"rlbench"}  # the package's own file only says where names are
    found = {module: Reach(algorithms, task_ids) for module in common}
    for name in algorithms:
        for module in reached({f"rlbench.algorithms.{module_of(name)}"}, edges) - common - {"rlbench"}:
            others = found[module].algorithms if module in found else frozenset()
            found[module] = Reach(others | {name}, task_ids)
    for task in task_ids & set(tasks.task_ids()):
        for module in reached({tasks.module_of(task)}, edges) - common - {"rlbench"}:
            others = found[module].tasks if module in found else frozenset()
            found[module] = Reach(algorithms, others | {task})
    return found


def affected(cells: set[Cell], files: Iterable[str], reach: dict[str, Reach]) -> dict[str, set[Cell]]:
    """Which of some cells each of these files can move; files that move none are left out."""
    moved = {}
    for file in files:
        if file in ENTRY_POINTS:
            moved[file] = cells
        elif file.startswith("rlbench/") and file.endswith(".py"):
            by = reach.get(module_name(Path(file), Path()), Reach(frozenset(), frozenset()))
            moved[file] = {cell for cell in cells if cell.algorithm in by.algorithms and cell.task in by.tasks}
    return {file: found for file, found in moved.items() if found}


def changed_since(commit: str, root: Path = ROOT) -> list[str]:
    """Files that a run could tell from those of a commit that is behind this one; not yet committed ones too."""
    base = git(root, "merge-base", commit, "HEAD").strip()
    told = git(root, "diff", "--name-only", "--no-renames", base, "--")
    untracked = git(root, "ls-files", "--others", "--exclude-standard")
    files = sorted({*told.splitlines(), *untracked.splitlines()})
    return [file for file in files if not same(file, before(base, file, root), now(root / file))]


def git(root: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return done.stdout


def before(commit: str, file: str, root: Path) -> str:
    """A file's content at a commit; nothing where it was not there yet."""
    shown = subprocess.run(["git", "-C", str(root), "show", f"{commit}:{file}"], capture_output=True, check=False)
    return "" if shown.returncode else shown.stdout.decode(errors="replace")


def now(path: Path) -> str:
    """A file's content; nothing where it is no longer there."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def same(file: str, old: str, new: str) -> bool:
    """Whether a run could not tell two contents of a file apart."""
    if file.endswith(".py"):
        return program(old) == program(new)
    if file == "pyproject.toml":
        return needs(old) == needs(new)
    if file == "constraints.txt":
        return pins(old) == pins(new)
    return old == new


def program(source: str) -> str:
    """A source without its comments, docstrings and layout; as it is, where it cannot be parsed."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not is_text(each)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a string that nothing is done with: a docstring, or one below an attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def needs(pyproject: str) -> list[str]:
    """The packages that every run needs."""
    return tomllib.loads(pyproject).get("project", {}).get("dependencies", [])


def pins(constraints: str) -> set[str]:
    """The versions that are chosen for these packages; others, as of tests and of clusters, move nothing."""
    names = {first_word(each) for each in needs((ROOT / "pyproject.toml").read_text(encoding="utf-8"))}
    return {line.strip() for line in constraints.splitlines() if first_word(line) in names}


def first_word(requirement: str) -> str:
    """`gymnasium` of `gymnasium[mujoco]>=1.4`."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def reference_cells(results: Path) -> dict[Cell, list[dict[str, Any]]]:
    """The cells of a results folder, each with what its runs say of themselves."""
    found = defaultdict(list)
    for path in sorted(results.glob("*/*/seed-*/run.json")):
        task, algorithm = path.parts[-4:-2]
        found[Cell(task, algorithm)].append(json.loads(path.read_text(encoding="utf-8")))
    return dict(found)


def commands(cells: Iterable[Cell], runs: dict[Cell, list[dict[str, Any]]]) -> list[str]:
    """What trains these cells anew as they were trained, and what compares both."""
    tasks_of: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for task, algorithm in sorted(cells):
        tasks_of[algorithm, run_options(runs[Cell(task, algorithm)])].append(task)
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (algorithm, options), ids in sorted(tasks_of.items()):
        together[tuple(ids), options].append(algorithm)
    train = [
        shlex.join(["rlbench", "run", *names, "--env", ",".join(ids), *options, "--out", "results/after"])
        for (ids, options), names in together.items()
    ]
    return train + [
        f"rlbench compare '{name} [reference]' '{name} [after]' --results results/reference --results results/after "
        "--allow-mixed"
        for name in sorted({cell.algorithm for cell in cells})
    ]


def run_options(runs: list[dict[str, Any]]) -> tuple[str, ...]:
    """The seeds, the budget and the spacing of some runs, as options of `rlbench run`."""
    first, seeds = runs[0], sorted(run["seed"] for run in runs)
    in_a_row = seeds == list(range(seeds[0], seeds[-1] + 1))
    named = f"{seeds[0]}-{seeds[-1]}" if in_a_row else ",".join(map(str, seeds))
    names = {"--steps": "steps", "--eval-every": "eval_every", "--row-every": "row_every"}
    spaced = [(option, str(first[name])) for option, name in names.items() if first.get(name) is not None]
    return ("--seeds", named, *(word for pair in spaced for word in pair))


def report(since: str, results: Path) -> str:
    """What a person reads."""
    runs = reference_cells(results)
    wanted = {*runs, *(Cell(task, name) for task, _ in runs for name in ALGORITHMS)}
    moved = affected(wanted, changed_since(since), reaches(ROOT, ALGORITHMS, {cell.task for cell in wanted}))
    if not moved:
        return f"Nothing that changed since {since} can move a learning curve."
    lines = [f"Changed since {since}, and imported by training:"]
    lines += [f"  {file}: {described(cells, wanted)}" for file, cells in moved.items()]
    every = set().union(*moved.values())
    shipped = every & set(runs)
    lines += ["", f"Affected cells of {results.name}: {len(shipped)} of {len(runs)}"]
    for task in sorted({cell.task for cell in shipped}):
        lines.append(f"  {task}: {', '.join(sorted(cell.algorithm for cell in shipped if cell.task == task))}")
    if absent := sorted({cell.algorithm for cell in every} - {cell.algorithm for cell in shipped}):
        lines += [f"  of which no runs are shipped: {', '.join(absent)}"]
    if shipped:
        lines += ["", "To show what it did:", *(f"  {line}" for line in commands(shipped, runs))]
    return "\n".join(lines)


def described(cells: set[Cell], every: set[Cell]) -> str:
    """Some of all cells, in few words."""
    if cells == every:
        return "all algorithms on all tasks"
    algorithms, ids = {cell.algorithm for cell in cells}, {cell.task for cell in cells}
    if ids == {cell.task for cell in every}:
        return ", ".join(sorted(algorithms))
    return f"all algorithms on {', '.join(sorted(ids))}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("since", nargs="?", default="main", help="the commit before the change (default: main)")
    print(report(parser.parse_args().since, ROOT / "results" / "reference"))
