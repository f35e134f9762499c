"""The page as a file: what it holds, and that no name in it is more than text."""

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser

import pytest

import rlbench
from rlbench.errors import UserError

EVIL = "</script><img src=x onerror=alert(1)>\"'&<b>"
VOID = {"meta", "input"}


class Reader(HTMLParser):
    """Elements in order, and the text in each kind of them."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.text = [], [], {}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text[self.open[-1] if self.open else ""] = self.text.get(self.open[-1] if self.open else "", "") + data


def parsed(path):
    reader = Reader()
    reader.feed(path.read_text())
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def make(tmp_path):
    def report(results, **choices):
        out = tmp_path / "out" / "report.html"
        return rlbench.report(results, out, **choices), parsed(out)

    return report


def test_everything_is_in_it(make, two):
    made, page = make(two)
    said = rlbench.compare(results=two)
    assert made.verdict == said.verdicts
    assert [line.split(",")[0] for line in made.verdict] == [
        "trpo is better than ppo on Hopper-v4",
        "trpo is better than ppo on Walker2d-v4",
        "trpo is better than ppo over all environments together",
    ]
    for line in (*made.verdict, *said.verdicts, *said.limits, *made.cautions):
        assert line in page.text["li"]
    assert page.text["h2"] == "VerdictCautionsFiguresResultsDifferencesSettingsProvenanceRuns"
    titles = ("Learning curves", "Every seed", "All environments together", "Performance profiles")
    for title in (*titles, "Learning curves over all environments"):
        assert title in page.text["h3"]
    drawings = [each["aria-label"] for _, each in page.elements if each.get("role") == "img"]
    assert len(drawings) == 2 + 2 + 4 + 1 + 1
    assert all("trpo" in words and "ppo" in words for words in drawings)
    assert page.text["span"] == "ppotrpo"


def test_of_many_pairs_the_verdict_names_leaders(make, tmp_path, write_run):
    for algorithm in "abcdef":
        for seed in range(2):
            write_run(tmp_path / "results", algorithm=algorithm, seed=seed)
    made, page = make(tmp_path / "results")
    assert len(made.verdict) == 1
    assert "has the highest mean on Hopper-v4, but so few seeds cannot tell any of 15 pairs apart." in made.verdict[0]
    assert page.text["summary"].startswith("All 15 pairs in words")


def test_its_numbers_are_those_of_compare_and_plot(make, two):
    from rlbench.analysis.report import comparison_grids as grids

    _, page = make(two)
    said = rlbench.compare(results=two)
    for grid in (grids.estimates_grid(said), grids.differences_grid(said.differences), grids.aggregates_grid(said)):
        for row in grid.rows:
            assert "".join(row[1:]) in page.text["td"]
    data = embedded(page)
    curve = data["drawings"][0]["lines"][1]
    assert data["names"][curve["a"]] == "trpo"
    final = said.estimates.set_index(["env", "algorithm"]).loc[("Hopper-v4", "trpo")]
    assert [curve[name][-1] for name in ("y", "low", "high")] == [
        round(final[name]) for name in ("value", "low", "high")
    ]


def embedded(page):
    (data,) = [attributes for tag, attributes in page.elements if tag == "script" and "type" in attributes]
    assert data == {"type": "application/json", "id": "data"}
    return json.loads(page.text["script"].split('\n"use strict";')[0].partition('"use strict"')[0])


def test_a_curves_end_is_said_to_be_no_final_score(make, small):
    _, page = make(small)
    drawings = [each for each in embedded(page)["drawings"] if each]
    assert "tables have each seed's own last value" in drawings[0]["ends"]


def test_the_same_results_give_the_same_bytes(small, tmp_path):
    pages = [rlbench.report(small, tmp_path / f"{name}.html").path.read_bytes() for name in "ab"]
    assert pages[0] == pages[1]


def test_it_may_load_nothing_and_runs_its_own_script_alone(make, small):
    _, page = make(small)
    (policy,) = [each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    text = page.text["script"]
    script = text[text.index('"use strict"') :]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data") and not value.startswith("#")
    ]
    assert addresses == []
    assert "url(#" in str(page.elements)
    assert not re.search(r"url\((?!#)|@import", str(page.elements) + page.text["style"])


def test_ids_are_unique_and_every_reference_meets_one(make, small):
    _, page = make(small)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    text = str(page.elements)
    referred = {*re.findall(r"url\(#([^)]+)\)", text), *re.findall(r"'href': '#([^']+)'", text)}
    labelled = {attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes}
    assert referred | labelled <= set(ids)


@pytest.mark.parametrize("place", ["algorithm", "env", "setting", "value", "version", "command", "title", "git"])
def test_names_of_strangers_are_text(make, tmp_path, write_run, place):
    root = tmp_path / "results"
    evil = EVIL.replace("/", "\u2044") if place == "algorithm" else EVIL  # a folder's name holds no slash
    about = {
        "setting": {"settings": {evil: 1}},
        "value": {"settings": {"gamma": evil}},
        "version": {"versions": {evil: evil}},
        "command": {"command": ["rlbench", evil]},
        "git": {"git": evil},
    }.get(place, {})
    algorithm = evil if place == "algorithm" else "trpo"
    for name in (algorithm, "ppo"):
        folder = write_run(root, "Hopper-v4", name, **(about if name != "ppo" else {}))
        if place == "env":
            (folder / "run.json").write_text(json.dumps({"format": 1, "env": evil, "status": "finished"}))
    _, page = make(root, **({"title": evil} if place == "title" else {}))
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "b", "iframe", "object", "link"}
    assert sum(tag == "script" for tag, _ in page.elements) == 2
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    shown = "".join(page.text.values()) + str([attributes for _, attributes in page.elements])
    assert "onerror=alert(1)" in shown, "the name is not shown"
    embedded(page)


def test_names_of_strangers_do_not_end_the_embedded_numbers(make, tmp_path, write_run):
    """Runs that are kept apart are named by their settings, which may hold what a folder's name cannot."""
    for seed, value in enumerate((EVIL, "<!--<script>", "0.2")):
        write_run(tmp_path / "results", algorithm="ppo", seed=seed, settings={"clip_coef": value})
    _, page = make(tmp_path / "results", allow_mixed=True)
    assert not {tag for tag, _ in page.elements} & {"img", "b"}
    assert f"ppo [clip_coef {EVIL}]" in embedded(page)["names"]


def test_control_characters_and_broken_names(make, tmp_path, write_run):
    root = tmp_path / "results"
    write_run(root, "Hopper-v4", "bad\udcff\x1b[31m\u202e$x_1$")
    write_run(root, "Hopper-v4", "ppo")
    _, page = make(root)
    assert r"bad\udcff\x1b[31m\u202e$x_1$" in page.text["span"]


def test_one_algorithm(make, small):
    made, page = make(small, algorithms="trpo")
    assert made.verdict == ["There is one algorithm, trpo, and nothing to compare it with."]
    assert "Differences" not in page.text["h2"]
    assert "Every kind of return" in page.text["h3"]


def test_one_run_of_one_row(make, tmp_path, write_run, points):
    write_run(tmp_path / "results", rows=points([1000], [5]))
    made, page = make(tmp_path / "results")
    assert "few seeds: 1 seed of each algorithm. Intervals are only rough with fewer than 10" in made.cautions
    assert embedded(page)["drawings"][0]["lines"] == [{"a": 0, "x": [1000], "y": [5.0]}]


def test_runs_without_a_value(make, tmp_path, write_run, points):
    write_run(tmp_path / "results", rows=points([1000], [""]))
    made, page = make(tmp_path / "results")
    assert "Figures" not in page.text["h2"]
    assert made.cautions[-1].startswith("No run has a value of training return, sampled actions to draw yet.")


def test_what_cannot_be_compared_is_said(make, tmp_path, write_run):
    write_run(tmp_path / "results", "Hopper-v4", "trpo")
    write_run(tmp_path / "results", "Ant-v4", "ppo")
    made, _ = make(tmp_path / "results")
    assert made.verdict[0].startswith("Nothing was compared. No environment has two of these algorithms: ")


def test_a_wrong_baseline_is_refused(make, small):
    with pytest.raises(UserError, match=r"No 'trop' is compared. Did you mean trpo?"):
        make(small, baseline="trop")


def test_choices_reach_the_page(make, small):
    _, plain = make(small)
    for choices in ({"threshold": 2000.0}, {"published": True}, {"statistic": "iqm"}, {"score": "auc"}):
        _, page = make(small, **choices)
        assert page.text["td"] != plain.text["td"], choices


def test_long_curves_are_thinned_and_the_caption_says_so(make, tmp_path, write_run, learning_curve):
    for seed in range(2):
        write_run(tmp_path / "results", seed=seed, rows=learning_curve(seed, iterations=600, eval_every=1))
    _, page = make(tmp_path / "results")
    steps = embedded(page)["drawings"][0]["lines"][0]["x"]
    assert len(steps) == 200
    assert steps[-1] == 1_000_000
    assert "Of each line, 200 evenly picked points are drawn." in page.text["p"]


def test_what_is_missing_in_a_drawing_is_said_below_it(make, tmp_path, write_run, learning_curve):
    for env, algorithm, until in (
        ("A", "ppo", 1),
        ("A", "trpo", 0.5),
        ("B", "ppo", 1),
        ("B", "trpo", 1),
        ("B", "x", 1),
    ):
        for seed in range(2):
            rows = learning_curve(seed, iterations=12, eval_every=3, until=until if seed else 1)
            write_run(tmp_path / "results", env, algorithm, seed, rows=rows)
    _, page = make(tmp_path / "results")
    assert "no curve: x; trpo: to 500k of 1M" in page.text["figcaption"]


def test_an_earlier_report_is_replaced_and_nothing_else(small, tmp_path):
    out = tmp_path / "report.html"
    rlbench.report(small, out, algorithms="trpo")
    before = out.read_text()
    rlbench.report(small, out)
    assert out.read_text() != before
    out.write_text("<html>mine</html>")
    with pytest.raises(UserError, match=r"exists and is no report of rlbench. Name another file with -o"):
        rlbench.report(small, out)
    assert out.read_text() == "<html>mine</html>"


def test_places_that_cannot_be_written(small, tmp_path):
    with pytest.raises(UserError, match=r"is a folder. Name a file in it, such as: -o .*report.html"):
        rlbench.report(small, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file is not a folder. Name another file with -o."):
        rlbench.report(small, tmp_path / "file" / "report.html")
    with pytest.raises(UserError, match=r"Cannot write .*: Not a directory. Name another file with -o."):
        rlbench.report(small, tmp_path / "file" / "folder" / "report.html")
    with pytest.raises(UserError, match=r"Cannot write .*: File name too long. Name another file with -o."):
        rlbench.report(small, tmp_path / ("x" * 300))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "results"]


def test_a_pipe_is_not_read(small, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match=r"exists and is no report of rlbench"):
        rlbench.report(small, tmp_path / "pipe")


def test_a_link_is_replaced_and_its_target_is_not_touched(small, tmp_path):
    target = tmp_path / "target.html"
    rlbench.report(small, target, algorithms="ppo")
    before = target.read_bytes()
    link = tmp_path / "link.html"
    link.symlink_to(target)
    rlbench.report(small, link)
    assert target.read_bytes() == before
    assert not link.is_symlink()
