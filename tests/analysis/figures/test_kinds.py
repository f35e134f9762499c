"""Every kind of figure: its numbers are those of `compare` and `table`, and what it cannot draw it says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import rlbench
from rlbench.analysis.figures.plot import KINDS, plot_folders
from rlbench.analysis.figures.rows import depths
from rlbench.analysis.figures.sheet import balanced
from rlbench.analysis.options import PlotOptions
from rlbench.errors import UserError

ENVS = ("Hopper-v4", "Walker2d-v4")
SCORED = ("profile", "aggregate", "improvement", "final")


@pytest.fixture
def results(tmp_path, write_run, points):
    """Two environments, three algorithms, four seeds; kl and clocks in every run."""
    rng = np.random.default_rng(0)
    for env in ENVS:
        for place, algorithm in enumerate(("npg", "ppo", "trpo")):
            for seed in range(4):
                values = (1000 + 800 * place + 500 * rng.random(4)).tolist()
                rows = points([100, 200, 300, 400], values, "eval_return_det")
                rows = [row[:-1] + f",{0.008 + 0.001 * seed}" for row in rows]
                settings = {"target_kl": 0.01} if algorithm != "ppo" else {}
                folder = write_run(tmp_path / "results", env, algorithm, seed, rows=rows, settings=settings)
                clock = [f"{i},{100 * (i + 1)},{(i + 1) * (2 + place)},{i + 1}" for i in range(4)]
                lines = ["iteration,env_steps,wall_time,processor_time", *clock, ""]
                (folder / "timing.csv").write_text("\n".join(lines))
    return tmp_path / "results"


def test_diagnostics_are_calmed_and_name_what_has_no_room(tmp_path, write_run):
    """Noise is averaged over a fiftieth of 200 iterations, unless --smooth is given; 3 of 19 columns are left out."""
    names = [f"c{place:02}" for place in range(19)]
    header = ",".join(("iteration", "env_steps", "return_mean", *names))
    for seed in range(2):
        rows = [f"{i},{10 * (i + 1)},1{(',' + str(i % 4)) * 19}" for i in range(200)]
        write_run(tmp_path, seed=seed, header=header, rows=rows)
    made = drawn(tmp_path, kind="diagnostics")
    assert len(made.sheets[0].panels) == 16
    assert "No room for c16, c17, c18: --metric draws one of them." in made.caption
    assert "Smoothed: trailing mean over 1/50 of each seed's values." in made.caption
    assert made.sheets[0].panels[0].lines[0].y[3:].tolist() == [1.5] * 197
    raw = drawn(tmp_path, kind="diagnostics", smooth=1)
    assert raw.sheets[0].panels[0].lines[0].y[:4].tolist() == [0, 1, 2, 3]
    assert "Smoothed" not in raw.caption


@pytest.mark.parametrize("score", ["final", "best", "auc"])
def test_the_printed_table_has_the_score_that_is_drawn(results, score):
    made = drawn(results, kind="final", score=score, metric="eval-det")
    assert set(made.summary["score"]) == {score}
    table = rlbench.table(results, metrics="eval-det", scores=score).estimates
    shown = made.summary[made.summary["metric"] == "eval-det"]
    assert shown["value"].tolist() == table["value"].tolist()
    dots = made.numbers[made.numbers["what"] == "mean"]
    assert sorted(dots["value"]) == pytest.approx(sorted(table["value"]))


def drawn(folder, **options):
    return plot_folders([folder], PlotOptions(formats=(), **options))


@pytest.mark.parametrize("score", ["final", "auc"])
@pytest.mark.parametrize("statistic", ["mean", "iqm", "median"])
def test_aggregates_are_those_of_compare(results, statistic, score):
    theirs = rlbench.compare(results=results, statistic=statistic, score=score).aggregates
    numbers = drawn(results, kind="aggregate", score=score).numbers
    mine = numbers[numbers["statistic"] == statistic].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine[list(theirs)], theirs)
    assert set(numbers["statistic"]) == {"iqm", "median", "mean", "gap"}


@pytest.mark.parametrize("baseline", [None, "ppo"])
@pytest.mark.parametrize("envs", [ENVS, ENVS[:1]])
def test_improvements_are_those_of_compare(results, envs, baseline):
    made = rlbench.compare(results=results, envs=envs, baseline=baseline)
    theirs = made.aggregate_differences if len(envs) > 1 else made.differences
    numbers = drawn(results, kind="improvement", envs=envs, baseline=baseline).numbers
    columns = ["env", "a", "b", "n_a", "improvement", "improvement_low", "improvement_high"]
    pd.testing.assert_frame_equal(numbers[columns], theirs[columns])


@pytest.mark.parametrize("interval", ["auto", "minmax"])
def test_final_estimates_are_those_of_compare_and_dots_those_of_runs(results, interval):
    numbers = drawn(results, kind="final", interval=interval).numbers
    theirs = rlbench.compare(results=results, interval=interval)
    ours = numbers[numbers["what"] == "mean"]
    for column in ("value", "low", "high"):
        assert ours[column].astype(float).tolist() == theirs.estimates[column].tolist()
    assert numbers[numbers["what"] == "seed"]["value"].astype(float).tolist() == theirs.scores["final"].tolist()


def test_published_results_stand_beside_and_those_measured_otherwise_are_hollow(results):
    sheet = drawn(results, kind="final", envs=ENVS[:1]).sheets[0]
    theirs = rlbench.compare(results=results, envs=ENVS[:1], published=True).published
    marks = {row.name: sorted((mark.value, mark.alike) for mark in row.marks) for row in sheet.panels[0].rows}
    by_algorithm = theirs.groupby("algorithm")["published"].apply(sorted)
    assert {name: [value for value, _ in each] for name, each in marks.items()} == by_algorithm.to_dict()
    alike = {name: [value for value, alike in each if alike] for name, each in marks.items()}
    assert alike == {"npg": [], "ppo": [], "trpo": [3372]}  # sb3-contrib evaluates by the mean action
    assert "hollow where measured otherwise; line: standard deviation" in sheet.caption
    assert "▲ sb3-contrib: v3 of the tasks, 3 seeds" in sheet.caption or "■ sb3-contrib: v3" in sheet.caption
    assert "worked out from the standard error it publishes" in sheet.caption
    shapes = [mark.shape for row in sheet.panels[0].rows if row.name == "trpo" for mark in row.marks]
    assert len(set(shapes)) == len(shapes) > 1
    assert len(set(depths(len(shapes)))) == len(shapes)
    assert max(depths(len(shapes))) < 0.45  # clear of the next row


def test_a_profile_of_one_environment_counts_seeds(results):
    numbers = drawn(results, kind="profile", envs=ENVS[:1], algorithms=("trpo",)).numbers
    assert numbers["share"].tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert numbers["algorithm"].unique().tolist() == ["trpo"]


def test_efficiency_is_over_all_environments_and_returns_on_one(results):
    together, alone = drawn(results, kind="efficiency"), drawn(results, kind="efficiency", envs=ENVS[:1])
    theirs = rlbench.compare(results=results).aggregates.set_index("algorithm")["value"]
    last = together.numbers.groupby("algorithm").last()
    assert last["value"].to_dict() == pytest.approx(theirs.to_dict())
    assert set(together.numbers["env"]) == {"all"}
    assert "mean of normalised" in together.sheets[0].y_label
    assert alone.sheets[0].y_label == "evaluation return, mean action"


@pytest.mark.parametrize("kind", ["curves", "efficiency"])
def test_the_x_axis_is_a_clock(results, kind):
    wall, cpu = (drawn(results, kind=kind, x=x, envs=ENVS[:1]) for x in ("wall", "cpu"))
    assert wall.numbers.groupby("algorithm")["wall_time"].apply(list).to_dict() == {
        "npg": [2, 4, 6, 8],
        "ppo": [3, 6, 9, 12],
        "trpo": [4, 8, 12, 16],
    }
    assert cpu.numbers["processor_time"].tolist() == [1, 2, 3, 4] * 3
    assert (wall.sheets[0].x_label, cpu.sheets[0].x_label) == ("wall time / s", "processor time per seed / s")
    steps = drawn(results, kind=kind, envs=ENVS[:1])
    assert wall.numbers["value"].tolist() == steps.numbers["value"].tolist()


def test_diagnostics_have_limits_and_leave_out_what_nobody_has(results):
    made = drawn(results, kind="diagnostics")
    assert [sheet.name for sheet in made.sheets] == ["diagnostics_Hopper-v4", "diagnostics_Walker2d-v4"]
    panels = made.sheets[0].panels
    assert [panel.title for panel in panels] == ["KL divergence of an update"]
    assert [(level.y, level.name) for level in panels[0].levels] == [(0.01, "")]
    assert "target_kl, the largest KL divergence of an update, as set for npg, trpo." in made.caption
    limits = made.numbers.groupby("algorithm")["limit"].first()
    assert limits.dropna().to_dict() == {"npg": 0.01, "trpo": 0.01}
    other = drawn(results, kind="diagnostics", algorithms=("ppo",)).sheets[0]
    assert other.panels[0].levels == []
    assert "Dotted" not in other.caption


def test_columns_of_a_plug_in_have_panels_too(results, write_run):
    header = "iteration,env_steps,return_mean,kl,my_column"
    for env in ENVS:
        write_run(
            results, env, "mine", rows=["1,100,1,0.5,7", "2,200,1,0.5,9"], header=header, settings={"target_kl": 0.2}
        )
    panels = drawn(results, kind="diagnostics").sheets[0].panels
    assert [panel.title for panel in panels] == ["KL divergence of an update", "my_column"]
    assert panels[1].lines[0].y.tolist() == [7, 9]
    assert sorted((level.y, level.name) for level in panels[0].levels) == [(0.01, "npg"), (0.01, "trpo"), (0.2, "mine")]
    alone = drawn(results, kind="diagnostics", metric="my_column")
    assert [sheet.name for sheet in alone.sheets] == [
        "diagnostics_Hopper-v4_my_column",
        "diagnostics_Walker2d-v4_my_column",
    ]


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_in_a_file_beside_the_figure(results, kind, tmp_path):
    made = plot_folders([results], PlotOptions(kind=kind, formats=("svg",), out=tmp_path / "out"))
    names = [path.name for path in made.paths]
    assert names == [*(f"{sheet.name}.{end}" for sheet in made.sheets for end in ("svg", "csv")), "summary.csv"]
    written = pd.read_csv(tmp_path / "out" / f"{made.sheets[0].name}.csv")
    pd.testing.assert_frame_equal(written, made.numbers, check_dtype=False)
    for words in ("Budget: 1M transitions a seed.", "Physics: mujoco.batch (CPU, float64)."):
        assert words in made.caption


def test_scores_and_axes_have_files_of_their_own(results):
    assert drawn(results, kind="profile", score="best").sheets[0].name == "profile_best_eval_return_det"
    assert drawn(results, kind="efficiency", x="wall").sheets[0].name == "efficiency_eval_return_det_wall"


@pytest.mark.parametrize("kind", KINDS)
def test_trouble_is_drawn_or_said(results, kind, write_run, points):
    """One seed; one evaluation; a seed that diverged; one without a value; an algorithm missing on an environment."""
    for env in ENVS:
        write_run(results, env, "lonely", 0, rows=points([400], [500], "eval_return_det"))
    rows = points([100], [900], "eval_return_det")
    write_run(results, "Hopper-v4", "npg", 3, rows=rows, status="diverged", settings={"target_kl": 0.01})
    write_run(results, "Ant-v4", "trpo", 0, rows=points([400], [500], "eval_return_det"))
    write_run(results, "Ant-v4", "ppo", 0, rows=points([400], ["nan"], "eval_return_det"))
    made = drawn(results, kind=kind, metric=None if kind == "diagnostics" else "eval-det")
    made.figure.canvas.draw()
    told = " ".join([*made.notes, made.caption, *(panel.note for sheet in made.sheets for panel in sheet.panels)])
    if kind == "curves":
        assert "no curve: lonely, npg, ppo" in told
        assert "none where n = 1" in told
        assert "diverged" in told
    if kind in ("profile", "aggregate", "improvement", "efficiency"):
        assert "left out" in told
        assert "Ant-v4" in made.caption.partition("eft out")[2].partition(".")[0]
        assert "Physics: mujoco.batch (CPU, float64)." in made.caption
    if kind == "improvement":
        assert "one seed: lonely" in told
    if kind == "final":
        assert "ppo: no value of 1 of 1 seeds" in told
        assert "no runs: " in told
        assert "×: one that diverged" in told


@pytest.mark.parametrize("kind", KINDS)
def test_one_seed_of_one_algorithm(tmp_path, write_run, points, kind):
    rows = [row[:-1] + ",0.01" for row in points([100], [900], "eval_return_det")]
    write_run(tmp_path, rows=rows)
    if kind == "improvement":
        with pytest.raises(UserError, match="takes two algorithms, and there is one: trpo"):
            drawn(tmp_path, kind=kind)
        return
    made = drawn(tmp_path, kind=kind, metric="kl" if kind == "diagnostics" else "eval-det")
    made.figure.canvas.draw()
    assert "One seed" in made.caption or "one seed" in made.caption


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "profiles"}, r"No --kind 'profiles'\. Did you mean profile\?"),
        (
            {"kind": "profile", "smooth": 2},
            "--smooth belongs to --kind curves, efficiency, diagnostics, not",
        ),
        ({"score": "best"}, "--score belongs to --kind profile"),
        ({"kind": "final", "x": "wall"}, "--x belongs to --kind curves, efficiency"),
        ({"kind": "improvement", "baseline": "tpo"}, r"No 'tpo' is compared\. Did you mean trpo\?"),
        ({"kind": "aggregate", "metric": "kl"}, r"No --metric 'kl'\."),
        ({"width": 1}, "--width is a number of inches from 2.5 to 40"),
        ({"width": float("nan")}, "--width is a number of inches"),
        ({"theme": "drak"}, r"Did you mean dark\?"),
        ({"kind": "diagnostics", "metric": "kll"}, r"Did you mean kl\?"),
    ],
)
def test_wrong_choices_are_one_line(results, options, message):
    with pytest.raises(UserError, match=message) as error:
        drawn(results, **options)
    assert "\n" not in str(error.value)


def test_environments_without_a_scale_are_told_of(tmp_path, write_run, points):
    for env in ("A-v0", "B-v0"):
        write_run(tmp_path, env, rows=points([100], [1], "eval_return_det"))
    for kind in ("profile", "aggregate", "efficiency"):
        with pytest.raises(UserError, match=r"no scale is defined: A-v0, B-v0\)\. Choose one with --envs"):
            drawn(tmp_path, kind=kind, metric="eval-det")
        assert drawn(tmp_path, kind=kind, metric="eval-det", envs=("A-v0",)).sheets
    aggregate = drawn(tmp_path, kind="aggregate", metric="eval-det", envs=("A-v0",))
    assert set(aggregate.numbers["statistic"]) == {"iqm", "median", "mean"}  # there is nothing to fall short of


def test_many_pairs_are_a_matrix(results, write_run, points):
    for place in range(4):
        for env in ENVS:
            for seed in range(3):
                write_run(results, env, f"other-{place}", seed, rows=points([400], [place], "eval_return_det"))
    made = drawn(results, kind="improvement", metric="eval-det")
    panel = made.sheets[0].panels[0]
    pairs = {(row["a"], row["b"]): row["improvement"] for row in made.numbers.to_dict("records")}
    for (a, b), chance in pairs.items():
        i, j = panel.names.index(a), panel.names.index(b)
        assert (panel.numbers[i, j], panel.numbers[j, i]) == pytest.approx((chance, 1 - chance))
    assert panel.names[-1] == "other-0"
    told = rlbench.compare(results=results, metric="eval-det").aggregate_differences.query("better != ''")
    assert len(told) < len(made.numbers)
    assert panel.sure.sum() == 2 * len(told)
    assert "corrected for 21 pairs" in made.caption
    made.figure.canvas.draw()


def test_a_clock_that_nobody_has_is_one_line(tmp_path, write_run):
    write_run(tmp_path)
    for kind in ("curves", "efficiency"):
        with pytest.raises(UserError, match=r"No run tells its wall time in timing\.csv\. Choose another --x\."):
            drawn(tmp_path, kind=kind, x="wall")


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_of_ones_own_can_hold_ours(results, kind):
    figure = Figure()
    axes = figure.subplots(1, 2)
    one = {"statistic": "iqm"} if kind == "aggregate" else {}
    metric = "kl" if kind == "diagnostics" else None
    made = rlbench.plot(results, kind=kind, envs="Hopper-v4", metric=metric, ax=axes[1], **one)
    assert made.figure is figure
    assert made.paths == []
    assert not (results / "plots").exists()
    assert axes[1].get_title()
    assert axes[1].has_data()
    assert not axes[0].has_data()
    figure.savefig(results / "mine.png")
    assert made.numbers is not None
    assert made.caption


def test_several_panels_do_not_fit_into_one_axes(results):
    with pytest.raises(UserError, match="ax holds one panel, and there are 2"):
        rlbench.plot(results, ax=Figure().subplots(), kind="final")


def test_curves_of_two_environments_do_not_fit_either(results):
    with pytest.raises(UserError, match="ax holds one panel, and there are 2"):
        rlbench.plot(results, ax=Figure().subplots())


def test_diagnostics_of_two_environments_do_not_fit_either(results):
    with pytest.raises(UserError, match="ax holds one panel, and there are 2"):
        rlbench.plot(results, ax=Figure().subplots(), kind="diagnostics", metric="kl")


def test_a_line_below_an_equal_one_is_told_of(tmp_path, write_run, points):
    for name in ("a", "b"):
        write_run(tmp_path, algorithm=name, rows=points([100], [7], "eval_return_det"))
    caption = drawn(tmp_path, kind="profile", metric="eval-det").caption
    assert "as their shares are equal: a, b." in caption
    assert "There is no band to see" in caption


def test_a_single_evaluation_is_told_of(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([100], [7], "eval_return_det"))
    assert "A mark without a line (trpo)" in drawn(tmp_path, metric="eval-det").caption


def test_no_word_of_an_axis_stands_alone():
    assert balanced("interquartile mean of normalised evaluation return, mean action", 56) == [
        "interquartile mean of normalised",
        "evaluation return, mean action",
    ]


def test_the_summary_has_the_metric_that_is_drawn(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([100, 200], [3, 5], "return_mean"))
    for kind in ("final", "curves"):
        summary = drawn(tmp_path, kind=kind, metric="return").summary.set_index("metric")
        assert summary.loc["return", "value"] == 5
        assert {"eval-det", "eval-stoch"} < set(summary.index)


def test_plot_in_python_does_what_the_command_does(results):
    made = rlbench.plot(results, envs="Hopper-v4", formats="png", theme="dark", width=3.3)
    assert [path.name for path in made.paths] == [
        "Hopper-v4_eval_return_det.png",
        "Hopper-v4_eval_return_det.csv",
        "summary.csv",
    ]
    assert made._repr_png_().startswith(b"\x89PNG")
    assert made.figure.get_size_inches()[0] == pytest.approx(3.3)
    pd.testing.assert_frame_equal(made.summary, rlbench.table(results, envs="Hopper-v4").estimates)
