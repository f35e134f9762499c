"""Every `rlbench` line in a block of README or docs has a command, options and choices that exist."""

import re
import shlex

import pytest
from documents import DOCS, HOUSE
from typer.main import get_command

from rlbench.cli import make_app

APP = get_command(make_app())
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r" *(?:\$ )?(?:\.venv/bin/)?rlbench (.*)")


def lines_of(page):
    """What follows `rlbench` in each line of a page's blocks."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [found[1] for line in lines if (found := LINE.match(line))]


PAGES = [page for page in [HOUSE / "README.md", *sorted(DOCS.rglob("*.md"))] if lines_of(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_commands_can_be_read(page):
    for line in lines_of(page):
        name, *words = shlex.split(line, comments=True)
        APP.commands[name].make_context(name, words)  # raises where there is no such option or choice


def test_an_option_that_does_not_exist_would_be_seen():
    with pytest.raises(Exception, match="No such option"):
        APP.commands["run"].make_context("run", ["--sedes", "5"])
    assert len(PAGES) > 10
