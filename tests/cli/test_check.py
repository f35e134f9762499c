"""`rlbench check`, as a person calls it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "results" / "reference" / "Hopper-v4" / "trpo"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two of five runs, of an earlier version, without checksums."""
    for seed in (0, 1):
        shutil.copytree(REFERENCE / f"seed-{seed}", tmp_path / "results" / "Hopper-v4" / "trpo" / f"seed-{seed}")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.mark.usefixtures("results")
def test_all_good_is_status_0_and_ends_in_counts(cli):
    outcome = cli("check", "results")
    assert outcome.status == 0
    [last], notes = outcome.out.splitlines(), outcome.err.splitlines()
    assert last == "runs verified: 2 of 2, notes: 4, problems: 0"
    assert notes.pop().startswith("note: results/Hopper-v4/trpo: without seed-2, seed-3, seed-4: ")
    assert all(line.startswith("note: results/Hopper-v4/trpo/seed-0, results/") for line in notes)
    assert cli("check") == outcome


def test_a_problem_is_a_line_and_status_1(cli, results):
    path = results / "Hopper-v4" / "trpo" / "seed-1" / "progress.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:9], "9,1\n", *lines[10:]]))
    outcome = cli("check", "results")
    assert outcome.status == 1
    assert all(line.startswith("note: ") for line in outcome.err.splitlines())
    cells = lines[0].count(",") + 1
    assert outcome.out.splitlines()[-2:] == [
        f"problem: results/Hopper-v4/trpo/seed-1/progress.csv: line 10: 2 cells, and the header has {cells}; "
        "restore it from a copy, or run the seed again with --fresh",
        "runs verified: 1 of 2, notes: 4, problems: 1",
    ]


def test_records_of_decisions_are_counted_and_verified_too(cli, results):
    (results / "decisions").mkdir()
    (results / "decisions" / "a-vs-b--Hopper-v4.json").write_text("{}")
    outcome = cli("check", "results")
    assert outcome.status == 1
    assert outcome.out.splitlines()[-2:] == [
        "problem: results/decisions/a-vs-b--Hopper-v4.json: it is no record of a decision in format 1; "
        "the same rlbench decide makes it anew from the runs",
        "runs verified: 2 of 2, decisions verified: 0 of 1, notes: 4, problems: 1",
    ]


@pytest.mark.parametrize(("folder", "words"), [("nowhere", "nowhere does not exist"), (".", "No runs under .")])
def test_bad_input_is_one_line_and_status_2(cli, tmp_path, monkeypatch, folder, words):
    monkeypatch.chdir(tmp_path)
    outcome = cli("check", folder)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert words in outcome.err


def test_nothing_heavy_is_loaded(results):
    program = "import sys; sys.argv[1:] = ['check', 'results']; from rlbench.cli import main\n"
    program += "try: main()\nexcept SystemExit as left: assert left.code == 0\n"
    program += "heavy = {'torch', 'numpy', 'pandas', 'mujoco', 'gymnasium', 'matplotlib'} & set(sys.modules)\n"
    program += "sys.exit(f'{heavy}' if heavy else 0)"
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=results.parent)
