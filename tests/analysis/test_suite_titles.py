"""Results of a suite are shown under its titles and in its order, and files, frames and filters keep their names."""

import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

import rlbench
from rlbench.analysis.figures.plot import KINDS
from rlbench.analysis.figures.sheet import compose
from rlbench.analysis.options import ComparisonOptions
from rlbench.analysis.reading.choice import Choice
from rlbench.analysis.reading.titles import Titles
from rlbench.analysis.report import comparison_grids as grids
from rlbench.analysis.report.page.contents import gather
from rlbench.analysis.report.table import grid
from rlbench.layout import SUITE_FILE
from rlbench.suite_file import SuiteFile, suite_text

SUITE = SuiteFile(
    name="mine",
    title="A study of $x^2$ & <b>β</b>",
    envs=("Walker2d-v4", "Hopper-v4"),
    algorithms=("wide-ppo", "cem", "alpha"),
    titles={
        "wide-ppo": "Wide $\\sqrt{2}$ [bold]PPO",
        "cem": "CEM <i>2006</i>",
        "alpha": "Методика α",
        "Hopper-v4": "Hopper & $co",
        "Walker2d-v4": "Walker_{2d}",
    },
    kinds=("final", "curves"),
    metric="eval-stoch",
    baseline="cem",
    threshold=1500,
)
NAMES = re.compile(r"wide-ppo|\bcem\b|\balpha\b|Hopper-v4|Walker2d-v4")


@pytest.fixture
def results(tmp_path, write_run, points):
    """Two environments, three algorithms, four seeds, one shorter than the others; `cem` is measured elsewhere."""
    rng = np.random.default_rng(0)
    for env in SUITE.envs:
        for place, algorithm in enumerate(SUITE.algorithms):
            for seed in range(4):
                steps = [100, 200, 300, 400 - 100 * (algorithm == "alpha") + 10 * seed * (algorithm == "cem")]
                rows = points(steps, (1000 + 800 * place + 500 * rng.random(4)).tolist(), "eval_return_stoch")
                rows = [row[:-1] + f",{0.008 + 0.001 * seed}" for row in rows]
                write_run(tmp_path / "mine", env, algorithm, seed, rows=rows, settings={"target_kl": 0.01})
    (tmp_path / "mine" / SUITE_FILE).write_text(suite_text(SUITE))
    return tmp_path / "mine"


@pytest.mark.parametrize("kind", list(KINDS))
def test_figures_show_titles_and_no_name(results, kind):
    made = rlbench.plot(results, kind=kind, formats=())
    for sheet in made.sheets:
        texts = [text.get_text() for text in compose(sheet, "light").findobj(Text)]
        assert not [text for text in (*texts, sheet.caption) if NAMES.search(text)]
        assert any("Методика α" in text or "2006" in text for text in texts)
        algorithms = set(sheet.numbers.get("algorithm", sheet.numbers.get("a")))
        assert algorithms <= set(SUITE.algorithms)


def test_panels_and_legends_have_the_suites_order(results):
    sheet = rlbench.plot(results, kind="curves", formats=()).sheets[0]
    assert [panel.title for panel in sheet.panels] == ["Walker_{2d}", "Hopper & $co"]
    assert list(sheet.names) == list(SUITE.algorithms)
    assert sheet.heading == SUITE.title
    assert [panel.title for panel in rlbench.plot(results, kind="final", formats=()).sheets[0].panels] == [
        *("Walker_{2d}", "Hopper & $co")
    ]


def test_colours_are_those_of_the_names(results):
    sheet = rlbench.plot(results, kind="curves", formats=()).sheets[0]
    assert {line.name for panel in sheet.panels for line in panel.lines} == set(SUITE.algorithms)


def test_what_a_suite_chooses_holds_unless_something_else_is_chosen(results):
    made = rlbench.plot(results, formats=())
    assert (made.options.kind, made.sheets[0].says) == ("final", "final evaluation return by sampled actions")
    assert rlbench.plot(results, kind="curves", metric="kl", formats=()).sheets[0].says == "kl"
    compared = rlbench.compare(results=results)
    assert (compared.metric, len(compared.differences)) == ("eval-stoch", 4)
    assert set(compared.thresholds["threshold"]) == {1500}
    assert len(rlbench.compare("cem", "alpha", "wide-ppo", results=results).differences) == 6
    assert set(rlbench.compare(results=results, baseline="alpha", threshold=9).thresholds["threshold"]) == {9}


def test_tables_and_verdicts_have_titles_and_frames_have_names(results):
    compared = rlbench.compare(results=results)
    assert not [line for line in (*compared.verdicts, *compared.conclusion) if NAMES.search(line)]
    assert set(compared.estimates["algorithm"]) == set(SUITE.algorithms)
    rows = [row[:2] for row in grids.estimates_grid(compared).rows]
    assert [env for env, _ in rows if env] == ["Walker_{2d}", "Hopper & $co"]
    assert rows[0][1].startswith("Методика α")
    pairs = [row[1] for row in grids.differences_grid(compared.differences, compared.titles).rows]
    assert not [pair for pair in pairs if NAMES.search(pair)]
    table = rlbench.table(results)
    rows = [row[:2] for row in grid(table.estimates, table.titles).rows]
    assert [name for _, name in rows] == 2 * [SUITE.titles[name] for name in SUITE.algorithms]
    assert set(table.estimates["env"]) == set(SUITE.envs)


def test_the_report_has_titles(results):
    page = gather(Choice((results,)), ComparisonOptions(metric="eval-stoch", threshold=1500))
    assert page.title == SUITE.title
    assert [entry.name for entry in page.legend] == [SUITE.titles[name] for name in SUITE.algorithms]
    cells = [cell.text for table in (*page.results, *page.differences, page.runs) for row in table.rows for cell in row]
    said = [*page.about, *page.verdict, *page.pairs, *(head for table in page.settings for head in table.head)]
    drawn = [drawing.description for picture in page.pictures for drawing in picture.drawings]
    assert not [text for text in (*cells, *said, *drawn) if NAMES.search(text)]
    text = rlbench.report(results, results.parent / "report.html").path.read_text()
    assert "A study of $x^2$ &amp; &lt;b&gt;β&lt;/b&gt;" in text
    assert "<i>2006" not in text


def test_a_suites_file_that_cannot_be_used_is_a_note(results):
    (results / SUITE_FILE).write_text('{"format": 1}')
    made = rlbench.plot(results, metric="eval-stoch", formats=())
    told = [note for note in made.notes if SUITE_FILE in note]
    why = "name is None, and not a line of text; names stand for themselves"
    assert told == [f"{results / SUITE_FILE} is ignored: {why}"]
    assert [panel.title for panel in made.sheets[0].panels] == ["Hopper-v4", "Walker2d-v4"]


def test_two_suites_are_told(results, write_run, points):
    other = results.parent / "other"
    write_run(other, "Ant-v4", "cem", rows=points([100, 200], [1.0, 2.0], "eval_return_stoch"))
    (other / SUITE_FILE).write_text(suite_text(replace(SUITE, name="other", titles={})))
    made = rlbench.plot([results, other], kind="curves", formats=())
    assert "titles are those of the suite mine, not of other" in made.notes
    assert [panel.title for panel in made.sheets[0].panels] == ["Walker_{2d}", "Hopper & $co", "Ant-v4"]


def test_a_part_of_the_folder_has_its_titles(results):
    made = rlbench.plot(results / "Hopper-v4", kind="curves", metric="eval-stoch", formats=())
    assert made.sheets[0].panels[0].title == "Hopper & $co"


def test_the_order_of_variants_that_lists_make():
    titles = Titles(replace(SUITE, algorithms=("ppo", "ppo-wide", "cem"), titles={"ppo": "PPO"}))
    names = ["cem", "trpo", "ppo-wide-gamma=0.9", "ppo-gamma=0.9", "ppo [b]"]
    assert titles.sorted_algorithms(names) == ["ppo [b]", "ppo-gamma=0.9", "ppo-wide-gamma=0.9", "cem", "trpo"]
    assert titles.algorithm("ppo [b]") == "PPO [b]"


def test_intervals_beyond_what_is_possible_are_told_under_the_title(tmp_path, write_run, points):
    """Bounds are known of an environment's id, and its title is said."""
    for seed, value in enumerate((10.0, 1000.0)):
        rows = points([100, 200], [value, value], "eval_return_stoch")
        for algorithm in ("cem", "alpha"):
            write_run(tmp_path, "InvertedPendulum-v4", algorithm, seed, rows=rows)
    titled = replace(SUITE, envs=("InvertedPendulum-v4",), titles={"InvertedPendulum-v4": "Pole"}, threshold=None)
    (tmp_path / SUITE_FILE).write_text(suite_text(titled))
    told = "(Pole: 1 to 1,000), and some reach beyond"
    table = rlbench.table(tmp_path, metrics="eval-stoch")
    assert told in grid(table.estimates, table.titles).caption
    assert told in grids.estimates_grid(rlbench.compare(results=tmp_path)).caption
    for kind in ("curves", "final", "efficiency"):
        assert told in rlbench.plot(tmp_path, kind=kind, formats=()).caption
