"""Standard output has the result of a command alone: plans, progress, notes and advice go to standard error."""

import csv
import io
import json
import re

import pytest
from typer.main import get_command

from rlbench.cli import make_app

SMALL = ("--set", "num_envs=2", "--set", "num_steps=32", "--set", "critic_epochs=1")
ENV = ("--env", "InvertedPendulum-v4")
TRAIN = (*ENV, "--steps", "256", *SMALL, "--set", "population=2", "--seeds", "2", "--device", "cpu", "--workers", "1")
BENCH = (*ENV, *SMALL, "--seeds", "1", "--workers", "1", "--repeats", "1", "--seconds", "0.1")
POLICY = "out/InvertedPendulum-v4/reinforce/seed-0"
SAID = re.compile(r"(note|warning|hint|rlbench|Files|Record|Table|Go on with|See|Stopped)[: ]|.*: (running|done),")
"""What a line for people begins with."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


def table_in(text):
    """Rows of words; the first is a heading."""
    return [line.split() for line in text.splitlines()]


def csv_in(text):
    return list(csv.DictReader(io.StringIO(text)))


CALLS = {
    "run": (("run", "reinforce", "cem", *TRAIN, "--out", "out"), lambda out: len(table_in(out)) == 3),
    "eval": (("eval", "out", "--episodes", "1", "--format", "csv"), csv_in),
    "export": (("export", POLICY, "-o", "x.npz"), lambda out: compile(out, "usage", "exec")),
    "compare": (("compare", "reinforce", "cem", "--results", "out", "--format", "json"), json.loads),
    "table": (("table", "out", "--format", "csv"), csv_in),
    "check": (("check", "out"), lambda out: "problems: 0" in out),
    "status": (("status", "out", "--format", "json"), json.loads),
    "list": (("list", "--names"), lambda out: "ppo" in out.split()),
    "show": (("show", "ppo"), lambda out: "clip_coef" in out),
    "bench": (("bench", "reinforce", *BENCH), lambda out: len(table_in(out)) == 2),
}
ELSEWHERE = {"decide", "doctor", "import", "lesson", "plot", "report", "tune", "video"}
"""Commands whose own tests look at both streams."""


def test_every_command_is_looked_at():
    assert set(get_command(make_app()).commands) == {*CALLS, *ELSEWHERE}


@pytest.mark.usefixtures("quick_workers")
@pytest.mark.parametrize("name", CALLS)
def test_standard_output_is_the_result_alone(name, cli, results, monkeypatch):
    monkeypatch.chdir(results)
    words, right = CALLS[name]
    outcome = cli(*words)
    assert outcome.status in (0, 3), outcome.err
    assert right(outcome.out), outcome.out
    assert [line for line in outcome.out.splitlines() if SAID.match(line)] == []
