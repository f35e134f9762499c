"""The code that makes a run: name, version and source hash of each plug-in and environment, and of rlbench itself."""

import ast
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rlbench import __version__
from rlbench.envs.origin import modules_of
from rlbench.run_file import say

TRAINING_PARTS = ("algorithms", "envs", "numerics", "policies", "training")
"""Packages of rlbench on which the bytes of a run depend."""

SOURCES = (".py", ".pyx", ".so", ".pyd", ".xml", ".urdf")
"""Extensions of source files: Python, compiled modules, and physics models."""

INSTALLED = ("site-packages", "dist-packages")
"""Folders whose modules belong to unrelated packages."""


def code_of(algorithm: type, env_id: str) -> dict[str, Any]:
    """The table `code` of run.json."""
    parts = {"algorithm": (algorithm.__module__,), "environment": modules_of(env_id)}
    foreign = {part: [each for each in modules if not _is_own(each)] for part, modules in parts.items()}
    found = {part: [_about(each) for each in modules] for part, modules in foreign.items() if modules}
    return {"rlbench": {"version": __version__, "sha256": own_source()}, **found}


def changed_parts(stored: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """A line for each plug-in or environment whose code differs from that at the beginning of the run."""
    old, new = stored.get("code") or {}, asked["code"]
    differing = (part for part in ("algorithm", "environment") if old.get(part) != new.get(part))
    return [f"{part} {_names(old.get(part))} there, {_names(new.get(part))} here" for part in differing]


def own_code_changed(stored: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether rlbench's training code differs from that at the beginning of the run; False if it was not recorded."""
    old = stored.get("code") or {}
    return "rlbench" in old and old["rlbench"] != asked["code"]["rlbench"]


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == "rlbench"


def _names(modules: list[dict[str, Any]] | None) -> str:
    """Modules of run.json as text, each with its version and the beginning of its hash."""
    return ", ".join(map(_name, modules)) if modules else "not recorded"


def _name(about: dict[str, Any]) -> str:
    number = f" {say(about['version'])}" if about.get("version") else ""
    return f"{say(about.get('module'))}{number} ({say(about.get('sha256'))[:8]})"


@cache
def own_source() -> str:
    """SHA-256 of the source of rlbench's training packages."""
    house = Path(sys.modules["rlbench"].__file__ or "").parent
    return _hash(house, (path for part in TRAINING_PARTS for path in _sources(house / part)))


@cache
def _about(module: str) -> dict[str, Any]:
    about = (each.metadata for each in distributions() if _provides(each, module.partition(".")[0]))
    found = next(about, {"Name": None, "Version": None})
    names = {"module": module, "distribution": found["Name"], "version": found["Version"]}
    return {**names, "sha256": _hash_of(module)}


def _provides(distribution: Distribution, top: str) -> bool:
    """Whether a distribution contains a top-level module.

    `importlib.metadata.packages_distributions` says the same, and takes a second because it parses every file name.
    """
    if declared := distribution.read_text("top_level.txt"):
        return top in declared.split()
    files = distribution.read_text("RECORD") or distribution.read_text("SOURCES.txt") or ""
    return bool(re.search(rf'^"?{re.escape(top)}(/[^,\n]*)?\.py"?(,|$)', files, re.MULTILINE))


def _hash_of(module: str) -> str | None:
    """Of the source of a module's package and, where it is not installed, of all beside it that is imported."""
    home = next((place for name in _prefixes(module) if (place := _place(name))), None)
    if home is None:
        return None
    own = set(_sources(home))
    return _hash(home.parent, own if home.parent.name in INSTALLED else _with_neighbours(own, home.parent))


def _prefixes(module: str) -> Iterator[str]:
    """`a`, `a.b` and `a.b.c` for the module `a.b.c`."""
    words = module.split(".")
    return (".".join(words[:length]) for length in range(1, len(words) + 1))


def _place(module: str) -> Path | None:
    """A module's file, or the folder of a package; None for a namespace package."""
    try:
        path = getattr(sys.modules.get(module) or find_spec(module), "__file__" if module in sys.modules else "origin")
    except (AttributeError, ImportError, ValueError):  # no file: built in, or created at run time
        return None
    if path is None or not os.path.isfile(path):
        return None
    return Path(path).parent if Path(path).stem == "__init__" else Path(path)


def _sources(home: Path) -> Iterator[Path]:
    """The file, or all source files in a folder, without hidden folders and virtual environments."""
    if home.is_file():
        yield home
        return
    for folder, folders, names in os.walk(home):
        folders[:] = [
            each
            for each in folders
            if not each.startswith((".", "__pycache__"))
            and not os.path.exists(os.path.join(folder, each, "pyvenv.cfg"))
        ]
        yield from (Path(folder, name) for name in names if name.endswith(SOURCES))


def _with_neighbours(files: set[Path], root: Path) -> set[Path]:
    """These files, and all modules in the folder `root` that they import, or that those import."""
    found, waiting = set(files), list(files)
    while waiting:
        for name in _imported(waiting.pop()):
            for beside in (root / name, root / f"{name}.py"):
                if beside.is_file() or (beside / "__init__.py").is_file():
                    new = set(_sources(beside)) - found
                    found |= new
                    waiting += new
    return found


def _imported(path: Path) -> set[str]:
    """First names of all absolute imports of a Python file."""
    if path.suffix != ".py":
        return set()
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names}


def _hash(root: Path, files: Iterable[Path]) -> str:
    """SHA-256 of the sorted names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
