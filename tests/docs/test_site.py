"""The site: it is built strictly, has every page, needs no network, and fits into windows wide and narrow."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from documents import DOCS, HOUSE

PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
ELSEWHERE = re.compile(r"^(https?:)?//")
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "use": "href"}
"""Elements whose files a browser fetches by itself, and the attribute that names the file."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make site` does."""
    pytest.importorskip("mkdocs", reason="needs the extra docs: pip install 'rlbench[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    quietly = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=HOUSE, env=quietly, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Fetched(HTMLParser):
    """Gathers the files that a page makes a browser fetch."""

    def __init__(self):
        super().__init__()
        self.files = []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in LOADED and found.get("rel") != "canonical":
            self.files.append(found.get(LOADED[tag]) or "")


@pytest.mark.slow
def test_every_page_is_in_the_navigation(site):
    found = re.search(r'<nav class="md-nav md-nav--primary.*?<article', (site / "index.html").read_text(), re.DOTALL)
    linked = set(re.findall(r'href="([^"#]+\.html)"', found[0]))
    wanted = {name.replace("README", "index").removesuffix(".md") + ".html" for name in PAGES}
    assert wanted - linked == set()


@pytest.mark.slow
def test_nothing_is_fetched_from_another_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        reader = Fetched()
        reader.feed(page.read_text())
        assert reader.files
        assert [file for file in reader.files if ELSEWHERE.match(file)] == [], page
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)\"']+", sheet.read_text()) == [], sheet


@pytest.mark.slow
def test_all_formulas_are_mathml(site):
    for name in PAGES:
        page = (site / name.replace("README", "index")).with_suffix(".html").read_text()
        assert "arithmatex" not in page
        source = (DOCS / name).read_text()
        assert page.count("<math ") >= source.count("```math"), name


@pytest.mark.slow
def test_every_command_is_on_the_page_of_commands(site):
    page = (site / "commands.html").read_text()
    asked = [sys.executable, "-m", "rlbench", "--help"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout
    commands = re.findall(r"^  ([a-z]+) +[A-Z]", told, re.MULTILINE)
    assert len(commands) > 10
    assert [name for name in commands if f'<h3 id="{name}">' not in page] == []
    assert "--eval-every N" in page


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_in_a_browser_pages_stand_alone_and_fit(site, visit, width, theme):
    for name in ("index", "algorithms/trpo", "commands", "comparison", "files", "intervals"):
        page = visit(site / f"{name}.html", width, theme)
        page.wait_for_load_state("networkidle")
        assert [url for url in page.asked if not url.startswith(site.as_uri())] == []
        assert page.errors == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.slow
def test_the_search_finds_without_a_server(site, visit):
    page = visit(site / "index.html")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    page.keyboard.type("backtracks")
    page.locator(".md-search-result__item").first.wait_for()
    assert "Troubleshooting" in page.locator(".md-search-result__list").inner_text()
    assert page.errors == []


@pytest.mark.slow
def test_formulas_are_drawn_in_their_font(site, visit):
    page = visit(site / "algorithms/trpo.html")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"')")
    low, high = page.evaluate(
        """() => { const [base, index] = document.querySelector("msub").children;
                   return [base.getBoundingClientRect(), index.getBoundingClientRect()].map(each => each.bottom); }"""
    )
    assert high > low + 1  # an index stands lower than what it belongs to
