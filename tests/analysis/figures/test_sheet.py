import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from rlbench.analysis.figures import curves
from rlbench.analysis.figures.looks import looks
from rlbench.analysis.figures.panels import Hand, Line, LinePanel, mark_places
from rlbench.analysis.figures.plot import KINDS, plot_folders
from rlbench.analysis.figures.sheet import broken, compose
from rlbench.analysis.figures.themes import THEMES
from rlbench.analysis.figures.write import save
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Choice, read


def sheet_of(folder, **options):
    return plot_folders([folder], PlotOptions(formats=(), **options)).sheets[0]


def figure_of(folder, **options):
    return compose(sheet_of(folder, metric="eval-det", interval="minmax", **options))


def texts(figure):
    """Every text that is not empty, with its place, as it is saved."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = {id(text) for axis in figure.axes if not axis.get_visible() for text in axis.findobj(Text)}
    outside = [
        text
        for axis in figure.axes
        for scale in (axis.xaxis, axis.yaxis)
        for text, place in zip(scale.get_ticklabels(), scale.get_ticklocs())
        if not min(scale.get_view_interval()) <= place <= max(scale.get_view_interval())
    ]
    shown = [text for text in found if id(text) not in hidden and not any(text is each for each in outside)]
    return [(text, text.get_window_extent(renderer)) for text in shown]


def said(figure):
    return [text.get_text() for text, _ in texts(figure)]


def overlaps(one, other):
    return one.x0 < other.x1 - 1 and other.x0 < one.x1 - 1 and one.y0 < other.y1 - 1 and other.y0 < one.y1 - 1


IDS = ("Hopper-v4", "Walker2d-v4", "InvertedDoublePendulum-v5", "Ant-v4", "a-company/AnEnvironmentWithALongName-v12")
LABELS = ("trpo", "ppo", "npg", "a2c", "cem", "cma-es", "a_label_that_is_far_too_long_for_any_legend_of_this_size")


def write_crowd(root, write_run, learning_curve, envs, labels, seeds=2):
    """One curve cut, one diverged."""
    for i, env in enumerate(envs):
        for k, label in enumerate(labels):
            for seed in range(seeds):
                short = {"until": 0.5} if (env, label, seed) == ("Hopper-v4", "ppo", 1) else {}
                status = "diverged" if (env, label, seed) == ("Hopper-v4", "npg", 0) else "finished"
                rows = learning_curve(seed + 10 * k, low=-1500 * (i == 1), high=[3000, 150, 9300, 12000, 1][i], **short)
                write_run(root, env, label, seed, rows=rows, status=status)
    return root


@pytest.fixture
def crowd(tmp_path, write_run, learning_curve):
    """Five environments, one with a long id; seven algorithms, one with a long label."""
    return write_crowd(tmp_path, write_run, learning_curve, IDS, LABELS)


@pytest.fixture
def few(tmp_path, write_run, learning_curve):
    """Two environments, three algorithms, whose names fit at the ends of lines."""
    return write_crowd(tmp_path, write_run, learning_curve, IDS[:2], LABELS[:3])


def assert_legible(figure):
    """No text overlaps another or is cut off. (The box around slanted text says nothing: such text is left out.)"""
    page = figure.bbox
    boxes = [(text.get_text(), box) for text, box in texts(figure) if text.get_rotation() in (0, 90)]
    for text, box in boxes:
        assert min(box.x0, box.y0) >= -2, text
        assert box.x1 <= page.x1 + 2, text
        assert box.y1 <= page.y1 + 2, text
    for i, (text, box) in enumerate(boxes):
        for other_text, other in boxes[i + 1 :]:
            assert not overlaps(box, other), (text, other_text)


@pytest.mark.parametrize("width", [None, 3.3])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overlaps_and_nothing_is_cut_off(few, kind, width):
    sheet = sheet_of(few, kind=kind)
    figure = compose(sheet, "light", width)
    assert_legible(figure)
    assert sheet.caption.split(".")[0] in " ".join(" ".join(said(figure)).split())
    if width:
        assert figure.get_size_inches()[0] == pytest.approx(width)


def test_a_long_name_of_an_axis_is_broken(few):
    figure = compose(sheet_of(few, kind="final", score="auc"), "light", 3.3)
    assert_legible(figure)
    assert "average evaluation return" in " ".join(said(figure))


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind == "curves" else pytest.mark.slow) for kind in KINDS]
)
def test_a_crowd_is_legible_too(crowd, kind):
    assert_legible(compose(sheet_of(crowd, kind=kind)))


def test_a_figure_says_what_is_drawn(crowd):
    words = said(figure_of(crowd))
    for text in ("simulator transitions per seed", "evaluation return, mean action", "Hopper-v4", "Walker2d-v4"):
        assert text in words
    assert " trpo" in words
    assert "npg: 1 diverged\nppo: to 500k of 1M" in words
    assert any("Line: mean over seeds, 2 seeds a curve." in text for text in words)


def test_few_lines_are_named_at_their_ends_and_many_in_a_legend(few, write_run, learning_curve):
    figure = figure_of(few)
    assert not figure.legends
    assert [text.get_text() for text in figure.axes[1].texts] == ["npg", "ppo", "trpo"]
    for i in range(8):
        write_run(few, "Walker2d-v4", f"other-{i}", rows=learning_curve(i))
    assert len(figure_of(few).legends) == 1


def test_a_line_that_ends_early_is_named_beside_its_end(few):
    axis = figure_of(few, envs=("Hopper-v4",)).axes[0]
    places = {text.get_text(): text.xy for text in axis.texts if hasattr(text, "xy")}
    right = axis.get_xlim()[1]
    assert places["ppo"][0] == 500_000
    assert places["trpo"][0] > right


def test_one_panel_has_its_remarks_below_the_title(tmp_path, write_run, learning_curve):
    write_run(tmp_path, seed=0)
    write_run(tmp_path, seed=1, rows=learning_curve(1, until=0.5))
    write_run(tmp_path, algorithm="_ppo", seed=0)
    figure = figure_of(tmp_path)
    assert "_ppo: n = 1\ntrpo: n = 2, to 500k of 1M" in said(figure)
    assert "_ppo" in said(figure)
    assert figure.get_supylabel() == "evaluation return, mean action"


def test_a_remark_that_many_panels_share_is_in_the_legend(few, write_run):
    write_run(few, "Hopper-v4", "trpo", 2)
    write_run(few, "Walker2d-v4", "trpo", 2)
    assert " trpo (n = 3)" in said(figure_of(few))


def named(axis):
    return [line for line in axis.lines if not line.get_label().startswith("_")]


def test_one_seed_is_a_line_without_a_band(tmp_path, write_run):
    write_run(tmp_path)
    axis = figure_of(tmp_path).axes[0]
    assert len(named(axis)) == 1
    assert len(axis.collections) == 0
    write_run(tmp_path, seed=1)
    assert len(figure_of(tmp_path).axes[0].collections) == 1


def test_the_line_is_the_curve(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([100, 200], [3, 5], "eval_return_det"))
    line = named(figure_of(tmp_path).axes[0])[0]
    np.testing.assert_array_equal(line.get_xydata(), [[100, 3], [200, 5]])


def test_rare_values_at_different_steps_are_a_flight_of_steps_and_the_caption_says_so(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([100, 200], [3, 5], "eval_return_det"))
    write_run(tmp_path, seed=1, rows=points([110, 190, 200], [3, 5, ""], "eval_return_det"))
    write_run(tmp_path, algorithm="ppo", seed=0, rows=points([100, 200], [3, 5], "eval_return_det"))
    sheet = sheet_of(tmp_path, metric="eval-det")
    assert [(line.name, line.stepped) for line in sheet.panels[0].lines] == [("ppo", False), ("trpo", True)]
    assert "Steps (trpo): seeds are measured rarely and at different places" in sheet.caption
    styles = {line.get_label(): line.get_drawstyle() for line in named(compose(sheet).axes[0])}
    assert styles == {"ppo": "default", "trpo": "steps-post"}


def test_seeds_of_which_one_ended_early_are_no_flight_of_steps(tmp_path, write_run, points):
    write_run(tmp_path, seed=0, rows=points([100, 200], [3, 5], "eval_return_det"))
    write_run(tmp_path, seed=1, rows=points([100], [3], "eval_return_det"), status="diverged")
    sheet = sheet_of(tmp_path, metric="eval-det")
    assert not sheet.panels[0].lines[0].stepped
    assert "×: a seed diverged." in sheet.caption


def test_bands_lie_below_every_line(few):
    for axis in figure_of(few).axes:
        bands = [artist.get_zorder() for artist in axis.collections]
        assert max(bands) < min(line.get_zorder() for line in named(axis))


def test_a_long_name_is_broken_where_a_word_begins():
    assert broken("InvertedDoublePendulum-v4", 18) == ["InvertedDouble", "Pendulum-v4"]
    assert broken("Hopper-v4", 18) == ["Hopper-v4"]
    assert broken("x" * 30, 10) == ["x" * 10] * 3
    assert broken("residual of conjugate gradient", 20) == ["residual of", "conjugate gradient"]


def test_no_marks_where_shares_are_all_or_nothing():
    y = np.array([1.0] * 20 + [0.5] * 3 + [0.0] * 20)
    line = Line("trpo", np.arange(43.0), y, y * np.nan, y * np.nan, stepped=True)
    axis = matplotlib.figure.Figure().subplots()
    LinePanel("x", [line], share=True).paint(axis, Hand(looks(["trpo"], THEMES["light"]), THEMES["light"], 5, 3))
    assert axis.lines[0].get_markevery() == [20, 21, 22]


@pytest.mark.parametrize(("width", "evaluations"), [(1.6, 4), (1.6, 5), (None, 11), (None, 12)])
def test_the_caption_says_so_where_points_have_no_mark(tmp_path, write_run, points, width, evaluations):
    """A narrow panel has fewer marks, and the caption is of the figure that is drawn."""
    rows = points([100 * (i + 1) for i in range(evaluations)], list(range(evaluations)), "eval_return_det")
    for seed in range(2):
        write_run(tmp_path, seed=seed, rows=rows)
    readings = read(Choice((tmp_path,)), {"return_mean"})
    [sheet], _ = curves.sheets(readings, PlotOptions(metric="eval-det"))
    figure = compose(sheet, width=width)
    [line] = [line for line in figure.axes[0].lines if line.get_label() == "trpo"]
    marked = len(line.get_markevery()) == evaluations
    told = " ".join(" ".join(said(figure)).split())
    assert ("not every measured point has one" in told) == (not marked)


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
