"""docs/public.md names what is public: every exported name, command and exit status, and none that there is not."""

import re

import pytest
from documents import DOCS
from typer.main import get_command

import rlbench
import rlbench.testing
from rlbench.cli import make_app
from rlbench.health.check import STATUSES

PAGE = (DOCS / "public.md").read_text(encoding="utf-8")
NAMES, COMMANDS = (PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0] for title in ("Names", "Commands"))


def quoted(text):
    return set(re.findall(r"`([A-Za-z_0-9]+)`", text))


def test_every_exported_name_is_on_the_page_and_none_that_there_is_not():
    exported = {*rlbench.__all__, *rlbench.testing.__all__}
    assert quoted(NAMES) - {"rlbench", "setting"} == exported


def test_every_command_is_on_the_page():
    commands = set(get_command(make_app()).commands)
    assert quoted(COMMANDS.partition(". Their options")[0]) == commands


@pytest.mark.parametrize("status", [0, 1, 2, 3, 130, 143])
def test_exit_statuses(status):
    assert re.search(rf"^\| (?:\d+, )?{status}(?:, \d+)? \|", COMMANDS, re.MULTILINE)
    assert set(STATUSES.values()) == {0, 1, 3}
