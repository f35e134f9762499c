"""Which cells of the reference a change can move: what training imports says it."""

import shlex
import subprocess
import sys
from itertools import product

import pytest
from affected_cells import (
    ROOT,
    Cell,
    affected,
    changed_since,
    commands,
    program,
    reaches,
    reference_cells,
    report,
    same,
)

from rlbench.algorithms import ALGORITHMS
from rlbench.cli import main

TASKS = ("Ant-v4", "Hopper-v4")
CELLS = {Cell(task, algorithm) for task, algorithm in product(TASKS, ALGORITHMS)}
WITH_A_CRITIC = {"a2c", "acktr", "npg", "ppo", "reinforce", "trpo", "trpo-vine"}


@pytest.fixture(scope="module")
def reach():
    return reaches(ROOT, ALGORITHMS, TASKS)


@pytest.mark.parametrize(
    ("file", "algorithms", "tasks"),
    [
        ("rlbench/algorithms/kfac.py", {"acktr"}, TASKS),
        ("rlbench/algorithms/cma_es.py", {"cma-es"}, TASKS),
        ("rlbench/numerics/gae.py", WITH_A_CRITIC, TASKS),
        ("rlbench/numerics/line_search.py", {"npg", "trpo", "trpo-vine"}, TASKS),
        ("rlbench/envs/tasks/hopper.py", set(ALGORITHMS), ["Hopper-v4"]),
        ("rlbench/envs/physics/cpu.py", set(ALGORITHMS), TASKS),
        ("rlbench/training/sampler.py", set(ALGORITHMS), TASKS),
        ("constraints.txt", set(ALGORITHMS), TASKS),
        ("rlbench/envs/tasks/swimmer.py", set(), ()),
        ("rlbench/analysis/frames/scores.py", set(), ()),
        ("rlbench/sweep/plan.py", set(), ()),
        ("rlbench/cli/run.py", set(), ()),
        ("rlbench/__init__.py", set(), ()),
        ("rlbench/algorithms/gone.py", set(), ()),
        ("docs/algorithms/acktr.md", set(), ()),
        ("tests/algorithms/test_acktr.py", set(), ()),
    ],
)
def test_a_file_moves_the_cells_whose_training_imports_it(file, algorithms, tasks, reach):
    expected = {Cell(task, algorithm) for task, algorithm in product(tasks, algorithms)}
    assert affected(CELLS, [file], reach) == ({file: expected} if expected else {})


def test_comments_and_docstrings_are_no_change():
    old = 'def f(x):\n    """One."""\n    return x + 1\n'
    assert program(old) == program('# New.\ndef f(x):\n    """Two."""\n\n    return (x + 1)  # so\n')
    assert program(old) != program(old.replace("1\n", "2\n"))
    assert program("x = 'a'") != program("x = 'b'")
    assert program("def f(:") == "def f(:"


def test_only_versions_that_runs_need_are_a_change():
    assert same("constraints.txt", "torch==2.13.0\n", "# The newest.\ntorch==2.13.0\nray==2.60.0\n")
    assert not same("constraints.txt", "torch==2.13.0\n", "torch==2.14.0\n")
    assert not same("constraints.txt", "gymnasium==1.4.0\n", "")


@pytest.fixture
def repository(tmp_path):
    """A git repository with three files and a branch that changed each in its own way."""

    def git(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", tmp_path, *who, *arguments], check=True, capture_output=True)

    def write(name, text):
        (tmp_path / name).write_text(text)

    git("init", "-q", "-b", "main")
    for name in ("said.py", "moved.py", "gone.py", "later.py"):
        write(name, "x = 1  # one\n")
    write("pyproject.toml", '[project]\ndependencies = ["torch"]\n')
    git("add", "-A")
    git("commit", "-qm", "start")
    git("checkout", "-qb", "branch")
    write("said.py", '"""Words."""\nx = 1\n')
    write("moved.py", "x = 2\n")
    (tmp_path / "gone.py").unlink()
    write("pyproject.toml", '[project]\nname = "a"\ndependencies = ["torch"]\n')
    git("add", "-A")
    git("commit", "-qm", "change")
    write("new.py", "y = 1\n")
    git("checkout", "-q", "main")
    write("later.py", "x = 3\n")
    git("commit", "-qam", "what others do meanwhile")
    git("checkout", "-q", "branch")
    return tmp_path


def test_what_changed_is_what_a_run_could_tell(repository):
    assert changed_since("main", repository) == ["gone.py", "moved.py", "new.py"]
    assert changed_since("HEAD", repository) == ["new.py"]
    (repository / "pyproject.toml").write_text('[project]\ndependencies = ["torch>=2"]\n')
    assert changed_since("HEAD", repository) == ["new.py", "pyproject.toml"]
    with pytest.raises(SystemExit, match="nowhere"):
        changed_since("nowhere", repository)


def test_the_commands_train_as_before_and_compare(tmp_path, write_run, monkeypatch, capsys):
    results = tmp_path / "results"
    for env, algorithm, seeds in (("Hopper-v4", "trpo", 5), ("Ant-v4", "trpo", 5), ("Ant-v4", "ppo", 5)):
        for seed in range(seeds):
            write_run(results / "reference", env, algorithm, seed, eval_every=100_000)
            write_run(results / "after", env, algorithm, seed, settings={"gamma": 0.9})
    runs = reference_cells(results / "reference")
    *train, of_ppo, of_trpo = commands(runs, runs)
    assert train == [
        "rlbench run ppo --env Ant-v4 --seeds 0-4 --steps 1000000 --eval-every 100000 --out results/after",
        "rlbench run trpo --env Ant-v4,Hopper-v4 --seeds 0-4 --steps 1000000 --eval-every 100000 --out results/after",
    ]
    assert of_ppo == of_trpo.replace("trpo", "ppo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", shlex.split(of_trpo))
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert "trpo [after]" in capsys.readouterr().out


def test_the_report_says_what_is_affected_and_what_is_not_shipped(tmp_path, write_run, monkeypatch, reach):
    monkeypatch.setattr("affected_cells.reaches", lambda *_: reach)
    for seed in (0, 2):
        write_run(tmp_path / "reference", "Hopper-v4", "trpo", seed)
    monkeypatch.setattr("affected_cells.changed_since", lambda _: ["rlbench/algorithms/natural.py", "README.md"])
    text = report("main", tmp_path / "reference")
    assert "  rlbench/algorithms/natural.py: npg, trpo, trpo-vine\n" in text
    assert (
        "Affected cells of reference: 1 of 1\n  Hopper-v4: trpo\n  of which no runs are shipped: npg, trpo-vine\n"
        in text
    )
    assert "rlbench run trpo --env Hopper-v4 --seeds 0,2 --steps 1000000 --out results/after" in text
    monkeypatch.setattr("affected_cells.changed_since", lambda _: ["README.md"])
    assert report("main", tmp_path / "reference") == "Nothing that changed since main can move a learning curve."
