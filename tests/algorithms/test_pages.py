"""What is read of an algorithm's page without running it is what running it gives."""

import inspect
import re
import sys
from dataclasses import fields, is_dataclass

import pytest

from rlbench.algorithms import ALGORITHMS, find, pages
from rlbench.algorithms.pages import read_page
from rlbench.algorithms.settings import describe, resolve
from rlbench.errors import UserError


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_page_is_read_as_it_runs(name):
    found, page = find(name), read_page(name)
    assert found is find(name)
    assert found.__module__ == f"rlbench.algorithms.{name.replace('-', '_')}"
    assert (page.settings.__name__, page.settings.__doc__) == (found.__name__, found.__doc__)
    assert page.title == inspect.getdoc(sys.modules[found.__module__])
    assert [(each.name, each.default, dict(each.metadata)) for each in fields(page.settings)] == [
        (each.name, each.default, dict(each.metadata)) for each in fields(found)
    ]
    assert list(describe(page.settings)) == list(describe(found))
    assert vars(resolve(page.settings, name, {})) == vars(found())


def test_every_page_with_settings_is_an_algorithm():
    """None is left out of the list."""
    pages_with_settings = {
        path.stem
        for path in pages.PAGES.glob("*.py")
        if re.search(r"^    \w+: .+ = setting\(", path.read_text(), re.MULTILINE)
    }
    assert {name.replace("-", "_") for name in ALGORITHMS} == pages_with_settings
    assert all(is_dataclass(find(name)) for name in ALGORITHMS)


def test_settings_of_a_page_have_their_limits():
    with pytest.raises(UserError, match="ppo: gamma is a number"):
        resolve(read_page("ppo").settings, "ppo", {"gamma": "2"})


def test_constants_of_the_module_are_read_too(tmp_path, monkeypatch):
    (tmp_path / "my_own.py").write_text(
        '"""Mine."""\nimport nowhere\nLIMIT = 7\nother = LIMIT + 1\n\n'
        '@dataclass(frozen=True)\nclass MyOwn:\n    """It."""\n\n'
        '    width: int = setting(3, "w", f"at most {LIMIT}!", low=-1, high=LIMIT)\n'
        '    kind: str = setting("a", "", "kind", choices=("a", "b"))\n'
        '    plain: int = 3\n\n    def iterate(self): ...\n'
    )  # fmt: skip
    monkeypatch.setattr(pages, "PAGES", tmp_path)
    page = read_page("my-own")
    width, kind = describe(page.settings)
    assert (page.title, page.settings.__name__) == ("Mine.", "MyOwn")
    assert (width.meaning, width.allowed) == ("at most 7!", "a whole number at least -1 and at most 7")
    assert (kind.default, kind.allowed) == ("a", "one of a, b")
    read_page.cache_clear()


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_page_is_short(name):
    """A reader finds an equation within a minute."""
    page = pages.PAGES / f"{name.replace('-', '_')}.py"
    assert len(page.read_text(encoding="utf-8").splitlines()) < 150
