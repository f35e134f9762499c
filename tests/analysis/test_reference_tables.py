"""The results on the pages of docs/algorithms are those of results/reference."""

import pytest
import reference_tables
from reference_tables import BEGIN, END, PAGES, REFERENCE, rewritten, sections
from typer.testing import CliRunner

from rlbench.cli import make_app

AGAIN = "python benchmarks/reference_tables.py writes the pages anew"


def test_the_pages_have_the_shipped_results():
    pages = {name: (PAGES / f"{name}.md").read_text(encoding="utf-8") for name in reference_tables.ALGORITHMS}
    shipped = sections(REFERENCE)
    assert [name for name, page in pages.items() if rewritten(page, shipped[name]) != page] == [], AGAIN


@pytest.fixture
def results(tmp_path, write_run):
    """Two algorithms on two tasks; one cell is missing, and a variant is there that no page is about."""
    command = ["rlbench", "run", "trpo", "ppo", "--env", "Hopper-v4,Ant-v4", "--out", "/somewhere/reference"]
    for env, algorithm in (("Hopper-v4", "trpo"), ("Hopper-v4", "ppo"), ("Ant-v4", "trpo"), ("Ant-v4", "ppo-small")):
        for seed in range(3):
            write_run(tmp_path, env, algorithm, seed, command=command, git="abc")
    return tmp_path


def test_tasks_of_one_algorithm_and_missing_cells(results):
    made = sections(results, ("trpo", "ppo", "a2c"))
    rows = [line.split(" | ")[:3] for line in made["trpo"].splitlines() if line.startswith("| ") and "-v4" in line]
    assert rows[:2] == [["| Ant-v4", "trpo", "3"], ["| Hopper-v4", "trpo", "3"]]
    assert {row[0] for row in rows[2:]} == {"| Hopper-v4", "| Ant-v4"}  # published
    assert "ppo" not in made["trpo"].partition("The runs were made")[0]
    assert "No runs of ppo are shipped on Ant-v4." in made["ppo"]
    assert "No runs of" not in made["trpo"]
    assert made["a2c"] == "No runs of a2c are shipped.\n"
    assert made["trpo"].endswith(
        "The runs were made at commit abc by\n\n```\nrlbench run trpo ppo --env Hopper-v4,Ant-v4 --out reference\n```\n"
    )


def test_the_tables_are_what_the_command_prints(results):
    command = ["table", str(results), "--algorithms", "trpo", "--against", "published", "--format", "markdown"]
    printed = CliRunner().invoke(make_app(), command)
    assert printed.exit_code == 0
    assert printed.stdout.strip() in sections(results, ("trpo",))["trpo"]


def test_only_what_is_between_the_comments_is_written():
    page = f"# trpo\n\nWords.\n\n{BEGIN}\nold\n{END}\n\nMore words.\n"
    new = rewritten(page, "new \\1\n")
    assert new == f"# trpo\n\nWords.\n\n{BEGIN}\n\nnew \\1\n\n{END}\n\nMore words.\n"
    assert rewritten(new, "new \\1\n") == new
    with pytest.raises(SystemExit, match="needs the lines"):
        rewritten("# trpo\n", "new\n")
