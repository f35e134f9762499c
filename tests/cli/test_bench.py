"""`rlbench bench` as a person calls it."""

import csv

import pytest

from rlbench.cli.bench import WIDTH, _block
from rlbench.sweep.bench import Measured


@pytest.mark.usefixtures("quick_workers")
def test_it_prints_a_line_for_each_and_writes_the_table(cli, tmp_path):
    table = tmp_path / "bench.csv"
    small = ("--set", "num_envs=2", "--set", "num_steps=32", "--set", "update_epochs=1", "--seconds", "0.1")
    asked = ("ppo", "--env", "InvertedPendulum-v4", "--seeds", "2", "--workers", "1", "--repeats", "1")
    outcome = cli("bench", *asked, *small, "--out", str(table))
    assert outcome.status == 0
    head, *lines, last = outcome.out.splitlines() + outcome.err.splitlines()[1:]
    assert outcome.err.splitlines()[0].endswith("cores, seeds 2, median of 1")
    assert head.split()[:6] == ["environment", "algorithm", "workers", "bare/s", "rlbench/s", "share"]
    assert lines[0].split()[:3] == ["InvertedPendulum-v4", "ppo", "1"]
    assert [*lines[1:], last] == ["best number of workers for ppo on InvertedPendulum-v4: 1", f"Table: {table}"]
    with table.open(newline="") as file:
        [row] = csv.DictReader(file)
    assert f"{float(row['speed']):,.0f}" in lines[0]


def test_in_a_narrow_terminal_no_line_is_longer():
    times = {"evaluation": 12.34, "start_up": 12.5, "memory": 290_000_000}
    parts = dict.fromkeys(("physics", "worlds", "policy", "sampling", "update", "files"), 0.999)
    speeds = {"bare": 123_456.0, "speed": 123_456.0, "share": 1.024, "least": 0.99, "greatest": 1.05}
    each = Measured("InvertedDoublePendulum-v4", "policy-iteration", 16, 6, 1000, **speeds, **parts, **times)
    lines = _block(each).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "InvertedDoublePendulum-v4 policy-iteration workers 16"
    assert lines[1] == "  bare/s 123,456  rlbench/s 123,456  share 102.4%  low to high 99% to 105%"
    assert lines[3] == "  files 99.9%  eval 12.34 s  start 12.5 s  memory 290 MB"
    assert WIDTH > 120


def test_a_mistake_is_a_line_and_leaves_no_table(cli, tmp_path):
    outcome = cli("bench", "nosuch", "--out", str(tmp_path / "bench.csv"))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == "rlbench: There is no algorithm 'nosuch'. See: rlbench list\n"
    assert not list(tmp_path.iterdir())
