import json
import re

import pytest
import typer
from typer.testing import CliRunner

from rlbench.cli.plot import plot
from rlbench.cli.terminal import has_braille
from rlbench.errors import UserError

HEADER = "iteration,env_steps,return_mean,eval_return_det,eval_return_stoch"


@pytest.fixture
def call(tmp_path, monkeypatch):
    for algorithm, level in (("ppo", 100), ("trpo", 200)):
        for seed in range(2):
            folder = tmp_path / "results" / "Hopper-v4" / algorithm / f"seed-{seed}"
            folder.mkdir(parents=True)
            rows = [f"{i},{1000 * (i + 1)},{i},{level * i + seed},{i}" for i in range(6)]
            (folder / "progress.csv").write_text("\n".join([HEADER, *rows, ""]))
            (folder / "run.json").write_text(json.dumps({"format": 1, "env": "Hopper-v4", "status": "finished"}))
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    app = typer.Typer()
    app.command()(plot)
    return lambda *arguments, **options: CliRunner(**options).invoke(app, ["--terminal", *arguments])


def test_draws_and_writes_nothing(call, tmp_path):
    result = call()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Hopper-v4"
    assert "  t trpo  1000 [994, 1007] at 6k, n = 2" in lines
    assert "  p ppo   500 [494, 507] at 6k, n = 2" in lines
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in result.stdout
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["Hopper-v4"]


@pytest.mark.parametrize("columns", [80, 120])
def test_as_wide_as_the_terminal(call, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    widest = max(map(len, call().stdout.splitlines()))
    assert columns - 12 <= widest <= columns


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False),
    ],
)
def test_colours_only_where_they_are_wanted(call, monkeypatch, settings, coloured):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    text = call().stdout
    assert bool(re.search(r"\x1b\[[\d;]*m", text)) == coloured
    if coloured:
        assert len(set(re.findall(r"\x1b\[([\d;]+)m[tp]\x1b", text))) == 2


def test_colours_for_the_background(call, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    texts = set()
    for background in ("0;15", "15;0", ""):
        monkeypatch.setenv("COLORFGBG", background)
        texts.add(call().stdout)
    assert len(texts) == 2


def test_ascii_where_the_encoding_has_no_more(call):
    text = call(charset="ascii").stdout
    assert text.isascii()
    assert "\\u" not in text
    assert text.count(".") > 20


@pytest.mark.parametrize(("encoding", "has"), [("utf-8", True), ("ascii", False), ("cp1252", False), (None, False)])
def test_which_encodings_have_braille(monkeypatch, encoding, has):
    monkeypatch.setattr("sys.stdout", type("Stream", (), {"encoding": encoding})())
    assert has_braille() == has


@pytest.mark.parametrize(("options", "named"), [(["--out", "x"], "--out"), (["--format", "svg"], "--format")])
def test_options_of_files_are_refused(call, options, named):
    result = call(*options)
    assert isinstance(result.exception, UserError)
    assert str(result.exception) == f"--terminal draws curves and writes no file: leave out {named}."


def test_choices_reach_the_drawing(call):
    result = call("--algorithms", "ppo", "--metric", "return", "--statistic", "median", "--smooth", "2")
    assert "trpo" not in result.stdout
    said = " ".join(result.stdout.split())
    for words in ("Up: training return", "Line: median", "trailing mean of 2 points"):
        assert words in said


def test_notes_go_to_stderr(call, tmp_path):
    (tmp_path / "results" / "notes.txt").write_text("")
    assert call().stderr == "note: not part of any run, and ignored: notes.txt\n"
