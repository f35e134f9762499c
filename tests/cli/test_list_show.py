"""`rlbench list` and `rlbench show`."""

from dataclasses import dataclass

import pytest

from rlbench.algorithms import ALGORITHMS, find
from rlbench.algorithms.pages import Page
from rlbench.algorithms.settings import describe, setting
from rlbench.cli.show import say_value
from rlbench.envs import list_tasks


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_list_names_all_there_is(cli):
    outcome = cli("list")
    assert outcome.status == 0
    for name in (*ALGORITHMS, *list_tasks()):
        assert name in outcome.out
    assert "Any other Gymnasium id works too" in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_names_alone_are_for_scripts(cli):
    assert cli("list", "--names").out.split() == list(ALGORITHMS)


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_show_has_every_setting_whole_at_80_columns(cli, name):
    outcome = cli("show", name)
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 80
    for each in describe(find(name)):
        [line] = [line for line in lines if line.startswith(f" {each.name} ")]
        assert say_value(each.default) in line
        assert "…" not in line


def test_words_in_brackets_are_shown_as_they_are(cli, monkeypatch):
    @dataclass(frozen=True)
    class Odd:
        """An [bold]odd[/bold] one."""

        kind: str = setting("[red]", "[/x]", "a [dim]kind[/dim]")

    monkeypatch.setattr("rlbench.algorithms.description.read_page", lambda _: Page("", Odd))
    out = cli("show", "ppo").out
    for words in ("An [bold]odd[/bold] one.", "[red]", "[/x]", "a [dim]kind[/dim]"):
        assert words in out


def test_values_are_said_as_set_takes_them():
    assert [say_value(value) for value in ((64, 64), True, 3e-4, 16, "tanh")] == [
        "64,64",
        "true",
        "0.0003",
        "16",
        "tanh",
    ]


def test_the_paper_is_set_in_lines_of_the_terminal(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli("show", "trpo").out.split("setting")[0].splitlines()
    full = [line for line in lines if line.strip() and not line.endswith(".")]
    assert all(len(line) > 60 for line in full[1:])
    assert max(map(len, lines)) <= 80
