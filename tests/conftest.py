"""What every test runs under, and a browser for those that look at pages."""

import gc
import os
import shutil

import pytest
from copied_workers import start_copied_worker

# As workers have it; more threads than one would only wait for each other on arrays this small.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def pytest_collection_modifyitems(items):
    """MuJoCo Warp's tests come first: they stay in one process, so that no kernel is compiled twice at a time."""
    items.sort(key=lambda item: "warp" not in item.path.parts)


def pytest_collection_finish():
    """Modules and collected tests stay to the end, so the garbage collector need not look at them again."""
    gc.freeze()


@pytest.fixture
def quick_workers(monkeypatch):
    """Workers begin as copies of this process. They start in no time."""
    monkeypatch.setattr("rlbench.sweep.launchers.workers.start_process", start_copied_worker)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'rlbench[test]'")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("needs Chromium, such as Debian's: apt-get install chromium")
    with playwright.sync_playwright() as started:
        unboxed = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        running = started.chromium.launch(executable_path=chromium, args=unboxed)
        yield running
        running.close()


@pytest.fixture
def visit(browser):
    """Opens a file; what it asked for and complained of is in `asked` and `errors` of the page that is returned."""
    contexts = []

    def open_page(path, width=1440, theme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
