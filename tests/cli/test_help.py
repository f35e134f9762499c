"""What `--help` prints: groups, short texts, and nothing that a terminal of 80 columns would break."""

import pytest
from typer.main import get_command

from rlbench.cli import make_app
from rlbench.cli.help import COMMANDS, OPTIONS, meaning_of, names_of

APP = get_command(make_app())
WORDS = [(), *((name,) for name in APP.commands)]


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_lines_fit_and_texts_are_short(cli, words):
    out = cli(*words, "--help").out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line != line.rstrip()]
    told = [line for line in lines if line.startswith("  ")]
    entries = sum(not line.startswith("    ") for line in told)
    assert len(told) <= 2.2 * entries + 2


@pytest.mark.usefixtures("narrow")
def test_each_command_is_one_line_in_a_group(cli):
    lines = cli("--help").out.splitlines()
    for heading, names in COMMANDS.items():
        place = lines.index(heading)
        assert [line.split()[0] for line in lines[place + 1 : place + 1 + len(names)]] == list(names)
    assert "Other commands" not in lines
    assert {name for names in COMMANDS.values() for name in names} == set(APP.commands)


@pytest.mark.usefixtures("narrow")
def test_the_options_of_large_commands_are_in_groups(cli):
    for name in ("run", "decide", "tune", "plot", "compare", "table", "report"):
        lines = cli(name, "--help").out.splitlines()
        assert sum(heading in lines for heading in OPTIONS) >= 3, name
        assert "Other options" not in lines, name


def test_every_name_in_a_group_is_an_option_of_some_command():
    named = {option for options in OPTIONS.values() for option in options}
    assert named <= {option for command in APP.commands.values() for each in command.params for option in each.opts}


def test_arguments_are_named_in_capitals():
    arguments = [
        each for command in APP.commands.values() for each in command.params if each.param_type_name == "argument"
    ]
    assert arguments
    assert [each.name for each in arguments if not (each.metavar or "").isupper()] == []


def test_choices_and_defaults_are_told():
    by_name = {names_of(each): meaning_of(each) for each in APP.commands["plot"].params}
    assert by_name["--x X"].endswith("One of: steps, wall, cpu. (default: steps)")
    assert by_name["--theme THEME"].endswith("page. (default: light)")
    assert "-q, --quiet" in {names_of(each) for each in APP.commands["run"].params}
