import matplotlib
import numpy as np
import pytest

from rlbench.analysis.figures.figure import Words, draw, mark_places, save
from rlbench.analysis.figures.style import looks
from rlbench.analysis.frames.curves import build_curves
from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import find_runs

WORDS = Words(y_axis="evaluation return, mean action", caption="Line: mean over seeds.")


def figure_of(folder, words=WORDS, interval="minmax"):
    logs, _ = read_logs(find_runs([folder])[0], {"eval_return_det"})
    curves, _ = build_curves(logs, "eval_return_det", "mean", interval)
    return draw(curves, looks(sorted({curve.algorithm for curve in curves})), words)


def texts(figure):
    """Everything a figure says, laid out as it is saved."""
    figure.canvas.draw()
    axes = [axis for axis in figure.axes if axis.get_visible()]
    legend = figure.legends[0].get_texts()
    return [*figure.texts, *legend, *(axis.title for axis in axes), *(text for axis in axes for text in axis.texts)]


def overlaps(one, other):
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


@pytest.fixture
def crowd(tmp_path, write_run, learning_curve):
    """Five environments, one with a long id; seven algorithms, one with a long label; a curve cut, one diverged."""
    labels = ["trpo", "ppo", "npg", "a2c", "cem", "cma-es", "a_label_that_is_far_too_long_for_any_legend_of_this_size"]
    ids = [
        "Hopper-v4",
        "Pendulum-v1",
        "InvertedDoublePendulum-v5",
        "Ant-v4",
        "a-company/AnEnvironmentWithALongName-v12",
    ]
    for i, env in enumerate(ids):
        for k, label in enumerate(labels):
            for seed in range(2):
                short = {"until": 0.5} if (env, label, seed) == ("Hopper-v4", "ppo", 1) else {}
                status = "diverged" if (env, label, seed) == ("Hopper-v4", "npg", 0) else "finished"
                rows = learning_curve(
                    seed + 10 * k, low=-1500 * (i == 1), high=[3000, -150, 9300, 12000, 1][i], **short
                )
                write_run(tmp_path, env, label, seed, rows=rows, status=status)
    return tmp_path


def test_nothing_overlaps_and_nothing_is_cut_off(crowd):
    figure = figure_of(crowd)
    said = texts(figure)
    boxes = [(text.get_text(), text.get_window_extent()) for text in said if text.get_text()]
    page = figure.bbox
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= page.x1 + 1, text
        assert box.y1 <= page.y1 + 1, text
    for i, (text, box) in enumerate(boxes):
        for other_text, other in boxes[i + 1 :]:
            assert not overlaps(box, other), (text, other_text)
    axes = [axis.get_tightbbox() for axis in figure.axes if axis.get_visible()]
    for text in [*figure.texts, *figure.legends[0].get_texts()]:
        assert not any(overlaps(text.get_window_extent(), axis) for axis in axes), text.get_text()


def test_a_figure_says_what_is_drawn(crowd):
    said = [text.get_text() for text in texts(figure_of(crowd))]
    for words in ("simulator transitions per seed", WORDS.caption, "Hopper-v4", "Pendulum-v1"):
        assert words in said
    assert " trpo (n = 2)" in said
    assert "npg: n = 2, 1 diverged\nppo: n = 2, to 500k of 1M" in said


def test_one_panel_has_its_remarks_in_the_legend(tmp_path, write_run, learning_curve):
    write_run(tmp_path, seed=0)
    write_run(tmp_path, seed=1, rows=learning_curve(1, until=0.5))
    write_run(tmp_path, algorithm="_ppo", seed=0)
    figure = figure_of(tmp_path)
    said = [text.get_text() for text in texts(figure)]
    assert " trpo (n = 2, to 500k of 1M)" in said
    assert " _ppo (n = 1)" in said
    assert figure.get_supylabel() == "evaluation return, mean action"


def test_one_seed_is_a_line_without_a_band(tmp_path, write_run):
    write_run(tmp_path)
    axis = figure_of(tmp_path).axes[0]
    assert len(axis.lines) == 1
    assert len(axis.collections) == 0
    write_run(tmp_path, seed=1)
    assert len(figure_of(tmp_path).axes[0].collections) == 1


def test_the_line_is_the_curve(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([100, 200], [3, 5], "eval_return_det"))
    line = figure_of(tmp_path).axes[0].lines[0]
    np.testing.assert_array_equal(line.get_xydata(), [[100, 3], [200, 5]])


def test_looks_differ_and_do_not_depend_on_the_panel():
    names = [f"a{i}" for i in range(30)]
    styles = looks(names)
    assert len({(look.color, look.marker, str(look.dash)) for look in styles.values()}) == 30
    assert len({look.marker for look in list(styles.values())[:9]}) == 9


def test_marks_are_on_the_curve():
    for points in (1, 5, 8, 100):
        for turn in (0, 0.5, 0.99):
            assert set(mark_places(points, turn)) <= set(range(points))


def test_names_of_strangers_are_drawn_as_text(tmp_path, write_run):
    write_run(tmp_path, env="E$\\frac{$", algorithm="強 $x^2$ {}% \x1b[1m")
    figure = figure_of(tmp_path)
    for kind in ("png", "pdf", "svg"):
        save(figure, tmp_path / f"x.{kind}", kind)
    assert figure.axes[0].get_title() == "E$\\frac{$"


def test_the_same_curves_are_the_same_bytes_and_the_users_settings_stay(tmp_path, write_run):
    write_run(tmp_path)
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"lines.linewidth": 9, "text.usetex": True, "axes.facecolor": "red"}):
        other = [written(figure_of(tmp_path), tmp_path, kind) for kind in ("png", "pdf", "svg")]
    assert [written(figure_of(tmp_path), tmp_path, kind) for kind in ("png", "pdf", "svg")] == other
    assert dict(matplotlib.rcParams) == before


def written(figure, folder, kind):
    save(figure, folder / f"x.{kind}", kind)
    return (folder / f"x.{kind}").read_bytes()


def test_a_figure_replaces_a_link_and_does_not_follow_it(tmp_path, write_run):
    write_run(tmp_path)
    (tmp_path / "precious").write_text("mine")
    for name in ("x.png", ".x.png.new"):
        (tmp_path / name).symlink_to(tmp_path / "precious")
    save(figure_of(tmp_path), tmp_path / "x.png", "png")
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "x.png").is_symlink()
    assert not (tmp_path / ".x.png.new").is_symlink()
