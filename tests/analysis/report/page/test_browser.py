"""The page in a real browser: it loads nothing, its controls work, nothing overflows, all of it can be read."""

import pytest

import rlbench

pytestmark = pytest.mark.slow

WIDTHS, THEMES = (390, 1440), ("light", "dark")
LARGEST, MOST_ELEMENTS = 5e6, 40_000
"""Of the largest page: bytes, and elements that a browser lays out."""
EVIL = "</script><img src=x onerror=document.title=1>"
ENVS = (
    *("Ant-v4", "HalfCheetah-v4", "Hopper-v4", "Humanoid-v4", "HumanoidStandup-v4", "InvertedDoublePendulum-v4"),
    *("InvertedPendulum-v4", "Pusher-v4", "Reacher-v4", "Swimmer-v4", "Walker2d-v4"),
)


@pytest.fixture
def report(two, tmp_path):
    return rlbench.report(two, tmp_path / "report.html", published=True).path


def values(page, panel=0):
    return page.locator(".reading").nth(panel).locator("span").all_inner_texts()


def drawn(page, place):
    """Whether anything of this algorithm is visible in the first drawing."""
    return page.locator(".drawing").first.locator(f".a{place}").first.is_visible()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_loads_by_itself_without_errors_and_nothing_overflows(visit, report, width, theme):
    page = visit(report, width, theme)
    page.locator("summary").evaluate_all("all => all.forEach(each => each.parentElement.open = true)")
    assert page.asked == [report.as_uri()]
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => !each.closest(".scroll table, svg, .unseen, .skip"))
            .filter(each => each.getBoundingClientRect().right > innerWidth + 0.5)
            .map(each => each.outerHTML.slice(0, 80))"""
    )
    assert beyond == []


def test_lines_are_switched_by_mouse(visit, report):
    page = visit(report)
    trpo = page.locator('.legend [data-a="1"]')
    assert drawn(page, 1)
    assert [text.split()[0] for text in values(page)] == ["trpo", "ppo"]
    trpo.click()
    assert trpo.get_attribute("aria-pressed") == "false"
    assert not drawn(page, 1)
    assert drawn(page, 0)
    assert [text.split()[0] for text in values(page, 1)] == ["ppo"]
    page.get_by_role("button", name="None").click()
    assert not drawn(page, 0)
    assert values(page) == []
    page.get_by_role("button", name="All", exact=True).click()
    assert drawn(page, 0)
    assert drawn(page, 1)


def test_lines_are_switched_by_keyboard(visit, report):
    page = visit(report)
    page.locator('.legend [data-a="1"]').focus()
    page.keyboard.press("Space")
    assert not drawn(page, 1)
    page.keyboard.press("Enter")
    assert drawn(page, 1)


def test_values_are_read_off_by_keyboard(visit, report):
    page = visit(report)
    at_end = values(page)
    final = rlbench.compare(results=report.parent / "results").estimates.set_index(["env", "algorithm"])
    value, low, high = final.loc[("Hopper-v4", "trpo"), ["value", "low", "high"]]
    assert at_end[0] == f"trpo {value:.0f} [{low:.0f}, {high:.0f}]"
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert values(page) != at_end
    page.keyboard.press("End")
    assert values(page) == at_end
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == page.locator(".reading b").first.inner_text().strip()


def test_values_where_curves_end_are_said_to_be_no_final_scores(visit, report):
    page = visit(report)
    note = page.locator(".reading").first.locator("small")
    assert "tables have each seed's own last value" in note.inner_text()
    slider = page.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("Home")
    assert note.count() == 0


def test_values_are_read_off_by_mouse(visit, report):
    page = visit(report)
    at_end = values(page)
    drawing = page.locator(".drawing svg").first
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert values(page) != at_end
    step = int(page.locator(".reading b").first.inner_text().split(": ")[1].replace(",", ""))
    assert 0.25e6 < step < 0.75e6
    cursor = page.locator(".cursor").first.bounding_box()
    assert abs(cursor["x"] - (box["x"] + box["width"] / 2)) < 0.06 * box["width"]


@pytest.mark.parametrize("press", ["click", "keyboard"])
def test_tables_are_sorted(visit, report, press):
    page = visit(report)
    table = page.locator("#result1-t")
    head = table.locator("th").filter(has_text="mean [interval]")

    def sort():
        if press == "click":
            head.locator("button").click()
        else:
            head.locator("button").focus()
            page.keyboard.press("Enter")
        column = [name.split(" ")[0] for name in table.locator("th").all_inner_texts()].index("mean")
        return [float(row.split("[")[0]) for row in table.locator(f"td:nth-child({column + 1})").all_inner_texts()]

    down = sort()
    assert head.get_attribute("aria-sort") == "descending"
    assert down == sorted(down, reverse=True)
    assert len(down) == 4
    up = sort()
    assert head.get_attribute("aria-sort") == "ascending"
    assert up == down[::-1]


def test_words_are_sorted_too_and_dashes_come_last(visit, report):
    page = visit(report)
    table = page.locator("#settings1-t") if page.locator("#settings1-t").count() else page.locator("#result1-t")
    table.locator("th button").first.click()
    first = table.locator("td:first-child").all_inner_texts()
    assert first == sorted(first)
    published = page.locator("table").filter(has_text="ours, as theirs")
    numbers = published.locator("th").filter(has_text="published")
    numbers.locator("button").click()
    keys = published.locator("tbody tr").evaluate_all("rows => rows.map(row => row.cells[3].dataset.k)")
    assert [float(key) for key in keys] == sorted(map(float, keys), reverse=True)


def test_a_table_is_copied_as_cells_between_tabs(visit, report):
    page = visit(report, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#result1").locator("xpath=..").get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    head, *rows = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert head.split("\t")[:3] == ["environment", "algorithm", "seeds"]
    assert len(rows) == 4
    assert rows[0].split("\t")[:3] == ["Hopper-v4", "trpo *", "6"]


def test_it_copies_where_the_clipboard_is_closed_to_scripts(visit, report):
    page = visit(report)
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('no')))")
    page.locator("button.copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.errors == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_theme_is_the_systems_until_it_is_switched(visit, report, theme):
    page = visit(report, theme=theme)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    button = page.locator("#theme")
    assert button.inner_text() == {"light": "Dark", "dark": "Light"}[theme]
    button.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(paper) != before
    assert button.inner_text() == {"light": "Light", "dark": "Dark"}[theme]
    button.click()
    assert page.evaluate(paper) == before


CONTRASTS = """() => {
  const parse = text => { const p = text.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
  const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = c => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2]);
  const behind = each => {
    for (let e = each; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const each = words.currentNode.parentElement, style = getComputedStyle(each);
    if (!words.currentNode.data.trim() || !each.getClientRects().length) continue;
    if (each.closest("script, style, .unseen")) continue;
    const inked = parse(each instanceof SVGElement ? style.fill : style.color);
    const a = luminance(inked), b = luminance(behind(each));
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), words.currentNode.data.trim().slice(0, 30)]);
  }
  return found;
}"""


@pytest.mark.parametrize("theme", THEMES)
def test_all_text_stands_out_from_what_is_behind_it(visit, report, theme):
    page = visit(report, theme=theme)
    page.locator("summary").evaluate_all("all => all.forEach(each => each.parentElement.open = true)")
    found = page.evaluate(CONTRASTS)
    assert len(found) > 200
    assert any(text == "1M" for _, text in found), "the drawings' text is not looked at"
    assert [(round(ratio, 2), text) for ratio, text in found if ratio < 4.5] == []


def test_everything_has_a_name_for_those_who_do_not_see_it(visit, report):
    page = visit(report)
    drawings = page.get_by_role("img")
    assert drawings.count() == page.locator(".panel").count() > 1
    for drawing in drawings.all():
        assert "trpo" in drawing.get_attribute("aria-label")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, table, nav, section, .scroll")].filter(each =>
            !(each.textContent.trim() || each.ariaLabel || each.getAttribute("aria-labelledby"))
        ).map(each => each.outerHTML)"""
    )
    assert unnamed == []
    assert page.evaluate("document.documentElement.lang") == "en"


def test_all_controls_are_reached_by_tab(visit, report):
    page = visit(report)
    count = page.locator("button:visible, input:visible, summary:visible, a, .scroll:visible, pre").count()
    reached = set()
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    for control in ('id="theme"', 'data-a="1"', 'type="range"', 'class="copy"', "<summary", 'class="scroll"'):
        assert any(control in each for each in reached), control


def test_without_scripts_tables_and_curves_are_there(visit, report):
    page = visit(report, java_script_enabled=False)
    assert page.locator(".drawing svg").first.is_visible()
    assert page.locator("td").first.is_visible()
    assert not page.locator(".legend").is_visible()
    assert not page.locator("#theme").is_visible()


def test_names_of_strangers_do_nothing(visit, tmp_path, write_run):
    evil = EVIL.replace("/", "\u2044")
    for seed in range(2):
        write_run(tmp_path / "results", "Hopper-v4", evil, seed, settings={EVIL: EVIL}, git=EVIL, command=["x", EVIL])
        write_run(tmp_path / "results", "Hopper-v4", "ppo", seed)
    path = rlbench.report(tmp_path / "results", tmp_path / "report.html", title=EVIL).path
    page = visit(path)
    assert page.title() == EVIL
    assert page.locator("img").count() == 0
    assert page.asked == [path.as_uri()]
    assert page.errors == []
    assert any("onerror" in text for text in values(page))


def test_even_a_script_that_slips_in_does_not_run_and_nothing_is_fetched(visit, report):
    slipped = (
        "<script>document.title = 'slipped'</script><img src=http://localhost:9/z onerror=document.title='slipped'>"
    )
    report.write_text(report.read_text().replace("</main>", f"{slipped}</main>"))
    page = visit(report)
    page.wait_for_load_state()
    assert page.title() != "slipped"
    assert sum("Content Security Policy" in error for error in page.errors) >= 2


def test_the_largest_page_is_small_and_has_few_elements(visit, tmp_path, write_run, learning_curve):
    """Ten algorithms on eleven environments, twenty seeds each, their longest curves."""
    for env in ENVS:
        for k in range(10):
            for seed in range(20):
                rows = learning_curve(seed + 100 * k, high=1000 + 300 * k, iterations=250, eval_every=25)
                write_run(tmp_path / "results", env, f"algorithm-{k}", seed, rows=rows)
    path = rlbench.report(tmp_path / "results", tmp_path / "report.html", metric="return").path
    assert path.stat().st_size < LARGEST
    page = visit(path)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    assert page.locator(".panel").count() == 11 + 11 + 4 + 1 + 1
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
