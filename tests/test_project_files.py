"""Files about the project agree with each other: one version, and one way to install."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from rlbench import __version__

HOUSE = Path(__file__).parent.parent
TEMPLATES = sorted((HOUSE / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def text_of(name):
    return (HOUSE / name).read_text(encoding="utf-8")


def test_the_citation_and_the_changelog_are_of_this_version():
    cited = yaml.safe_load(text_of("CITATION.cff"))
    assert cited["version"] == __version__
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    latest = re.search(r"^## (\S+)", text_of("CHANGELOG.md"), re.MULTILINE)
    assert latest[1] == __version__


def test_the_version_is_written_once():
    project = tomllib.loads(text_of("pyproject.toml"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "rlbench.__version__"}


def test_the_container_is_made_by_the_commands_that_the_docs_give():
    recipe, page = text_of("Dockerfile"), text_of("docs/start.md")
    assert "pip install -c constraints.txt ." in page
    assert re.search(r"pip install .*-c constraints\.txt \.", recipe)
    commands = re.findall(r"^#   (docker .*)$", recipe, re.MULTILINE)
    assert len(commands) == 2
    assert all(command in page for command in commands)


@pytest.mark.parametrize("path", [each for each in TEMPLATES if each.stem != "config"], ids=lambda path: path.stem)
def test_an_issue_template_asks_for_something(path):
    form = yaml.safe_load(path.read_text())
    assert form["name"]
    assert form["description"]
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert len({each["id"] for each in fields}) == len(fields)
    assert any(each.get("validations", {}).get("required") for each in fields)
