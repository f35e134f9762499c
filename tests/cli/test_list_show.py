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


@pytest.mark.usefixtures("quick_workers")
@pytest.mark.parametrize(
    ("env", "words"),
    [
        ("Hopper-v4", ("Hopper: one leg", "11 numbers", "3 numbers from -1 to 1", "at most 1,000 steps", "in a batch")),
        ("CartPole-v1", ("4 numbers", "one of 2 choices", "at most 500 steps", "together, by its vector form")),
        ("FrozenLake-v1", ("one of 16 states", "its transition tables are known", "by Gymnasium's class, worlds")),
    ],
)
def test_show_tells_what_an_environment_is(cli, env, words):
    outcome = cli("show", env)
    assert (outcome.status, outcome.err) == (0, "")
    text = " ".join(outcome.out.split())
    assert text.startswith(env)
    for word in words:
        assert word in text
    assert "transitions/s of 32 worlds" in text


def test_a_name_of_nothing_says_what_can_be_shown(cli):
    outcome = cli("show", "Hoper-v4")
    assert (outcome.status, outcome.out) == (2, "")
    what, hint = outcome.err.splitlines()
    assert what == "rlbench: There is no algorithm, suite or environment 'Hoper-v4'. Did you mean Hopper-v4?"
    assert hint == (
        "hint: See rlbench list and rlbench list --suites; an environment of your own is named with its module, as in "
        "my_module:Point-v0"
    )
    assert "Did you mean ppo?" in cli("show", "pppo").err
