"""Imports run down the house, never up: cli -> search -> sweep -> training -> algorithms -> numerics, policies."""

import re
from pathlib import Path

from import_graph import graph, imports_of

HOUSE = Path(__file__).parent.parent / "rlbench"

BELOW = {
    "cli": {
        "search",
        "sweep",
        "trained",
        "training",
        "algorithms",
        "envs",
        "policies",
        "numerics",
        "analysis",
        "health",
        "lessons",
    },
    "lessons": {"sweep", "training", "algorithms", "envs", "policies", "numerics", "analysis"},
    "health": {"sweep", "envs", "numerics"},
    "testing": {"training", "algorithms", "envs", "numerics", "analysis"},
    "search": {"sweep", "training", "trained", "algorithms", "analysis"},
    "sweep": {"training", "algorithms", "envs"},
    "trained": {"algorithms", "envs", "policies", "numerics"},
    "training": {"algorithms", "envs", "policies", "numerics"},
    "algorithms": {"policies", "numerics"},
    "envs": {"numerics"},
    "policies": {"numerics"},
    "numerics": set(),
    "analysis": set(),
}
"""What each room may import beside itself and what everybody may. Streams live in numerics: all that draw reach it."""

WITHIN_ANALYSIS = ("report", "figures", "frames", "statistics", "reading")
"""Packages of analysis: each may import those behind it, and none before it."""

SHARED_MODULES = (
    "",
    ".errors",
    ".files",
    ".layout",
    ".run_file",
    ".checkpoint_file",
    ".claim_file",
    ".json_file",
    ".own_process",
    ".piped_process",
    ".entry_points",
    ".suite_file",
    ".value_bound",
    ".rejected_steps",
)
EVERYBODYS = tuple(f"rlbench{each}" for each in SHARED_MODULES)


def wrong_way(path):
    """The imports of a file that its room must not make."""
    room = path.relative_to(HOUSE).parts[0]
    for module in imports_of(path, HOUSE.parent):
        parts = module.split(".")
        if parts[0] != "rlbench" or module in EVERYBODYS:
            continue
        if len(parts) > 1 and parts[1] in BELOW and parts[1] != room and parts[1] not in BELOW[room]:
            yield f"{path.relative_to(HOUSE.parent)} imports {module}; below {room}: {sorted(BELOW[room]) or 'nobody'}"


def cycles(edges):
    """Groups of modules that import each other, however long the way around (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = [stack.pop()]
            while group[-1] != node:
                group.append(stack.pop())
            found.extend([sorted(group)] if len(group) > 1 else [])

    for node in edges:
        if node not in index:
            visit(node)
    return found


def files(room):
    return sorted((HOUSE / room).rglob("*.py"))


def test_the_rooms_are_those_of_the_design():
    rooms = {path.name for path in HOUSE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(BELOW)


def test_imports_run_down_the_house():
    wrong = [line for room in BELOW for path in files(room) for line in wrong_way(path)]
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_each_other():
    assert cycles(graph(HOUSE, HOUSE.parent)) == []


def test_imports_within_analysis_run_from_the_report_to_the_readings():
    wrong = set()
    for name, imported in graph(HOUSE / "analysis", HOUSE.parent).items():
        room = name.split(".")[2:3]
        for other in imported:
            above = WITHIN_ANALYSIS[: WITHIN_ANALYSIS.index(room[0])] if room and room[0] in WITHIN_ANALYSIS else ()
            wrong |= {f"{name} imports {other}"} if other.split(".")[2:3] in [[each] for each in above] else set()
    assert not wrong, "\n".join(sorted(wrong))


def test_what_the_page_of_the_architecture_names_is_there():
    page = (HOUSE.parent / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?|\w+\.py)`", page)
    assert len(named) > 25
    places = (HOUSE, HOUSE.parent)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_analysis_and_the_planner_never_import_torch():
    wrong = [
        f"{path.relative_to(HOUSE.parent)} imports {module}"
        for room in ("analysis", "sweep", "search", "cli")
        for path in files(room)
        for module in imports_of(path, HOUSE.parent)
        if module.split(".")[0] == "torch"
    ]
    assert not wrong, "\n".join(wrong)


def test_jobs_errors_and_the_layout_are_plain():
    plain = ("errors.py", "files.py", "layout.py", "run_file.py", "claim_file.py", "json_file.py", "suite_file.py")
    for name in (*plain, "training/job.py", "training/__init__.py"):
        modules = set(imports_of(HOUSE / name, HOUSE.parent)) - set(EVERYBODYS)
        heavy = {module.split(".")[0] for module in modules} & {"torch", "numpy", "mujoco", "rlbench"}
        assert not heavy, f"{name} imports {heavy}"


def test_an_arrow_that_points_up_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "HOUSE", tmp_path / "rlbench")
    path = tmp_path / "rlbench" / "numerics" / "bad.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from rlbench.envs import Env\n"
        "def f():\n    from ..sweep import plan\n    import rlbench.cli\n    from rlbench import training, errors\n"
    )
    seen = [line.split(" imports ")[1].split(";")[0] for line in wrong_way(path)]
    assert seen == ["rlbench.cli", "rlbench.sweep", "rlbench.training"]


def test_a_cycle_is_seen_however_long(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "HOUSE", tmp_path / "rlbench")
    for name, text in {
        "a": "from rlbench.room import b",
        "b": "def f():\n    from rlbench.room.c import g",
        "c": "import rlbench.room.a",
        "d": "from rlbench.room import a",
    }.items():
        path = tmp_path / "rlbench" / "room" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert cycles(graph(tmp_path / "rlbench", tmp_path)) == [["rlbench.room.a", "rlbench.room.b", "rlbench.room.c"]]
