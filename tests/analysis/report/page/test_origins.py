import pytest

from rlbench.analysis.reading.choice import Choice, read
from rlbench.analysis.report.page.origins import About, commands, origins_grid, read_about, read_abouts


def origins(folder):
    runs = read(Choice((folder,)), {"return_mean"}).runs
    abouts = read_abouts(runs)
    return origins_grid(runs, abouts), commands(abouts)


def test_each_value_with_the_runs_that_have_it(tmp_path, write_run):
    write_run(
        tmp_path, algorithm="ppo", git="abc", started="2026-01-02", ended="2026-01-03", command=["rlbench", "run"]
    )
    write_run(
        tmp_path, algorithm="trpo", git="def", started="2026-01-01", ended="2026-01-02", command=["rlbench", "run"]
    )
    grid, told = origins(tmp_path)
    assert ("mujoco version", "4.0.0", "all 2") in grid.rows
    assert ("git commit", "abc", "1 of 2: Hopper-v4 ppo") in grid.rows
    assert ("first run started", "2026-01-01", "") in grid.rows
    assert ("last run ended", "2026-01-03", "") in grid.rows
    assert told == ["rlbench run"]


@pytest.mark.parametrize(
    "odd", [{"versions": 3}, {"command": [1]}, {"platform": "x"}, {"git": 4}, {"steps": "many"}, {"sources": {"a": 1}}]
)
def test_odd_values_are_no_facts(tmp_path, write_run, odd):
    folder = write_run(tmp_path, **odd)
    made = read_about(folder)
    assert not set(odd) & set(made.facts)
    assert made.command == ""
    assert made.sources == {}


def test_a_run_without_run_json(tmp_path, write_run):
    folder = write_run(tmp_path)
    (folder / "run.json").write_text("{")
    assert read_about(folder) == About()


def test_a_run_of_another_tool_says_so(tmp_path, write_run):
    write_run(tmp_path)
    write_run(tmp_path, algorithm="theirs", status="imported", imported={"tool": "CleanRL"}, steps=None)
    grid, _ = origins(tmp_path)
    assert ("origin", "imported from CleanRL", "1 of 2: Hopper-v4 theirs") in grid.rows
