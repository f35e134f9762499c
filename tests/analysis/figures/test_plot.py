import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from rlbench.analysis.figures.plot import plot_folders
from rlbench.analysis.options import PlotOptions
from rlbench.analysis.reading.choice import Choice
from rlbench.analysis.report.table import caption, grid, make_table
from rlbench.errors import UserError

PNG = PlotOptions(formats=("png",))


@pytest.fixture
def results(tmp_path, write_run):
    """Two environments, two algorithms, three seeds."""
    for env in ("Hopper-v4", "Walker2d-v4"):
        for algorithm in ("ppo", "trpo"):
            for seed in range(3):
                write_run(tmp_path / "results", env, algorithm, seed)
    return tmp_path / "results"


def test_a_figure_of_all_and_one_each_with_their_numbers(results):
    report = plot_folders([results])
    stems = ["all_eval_return_det", "Hopper-v4_eval_return_det", "Walker2d-v4_eval_return_det"]
    names = [f"{stem}.{kind}" for stem in stems for kind in ("png", "pdf", "csv")]
    assert [path.name for path in report.paths] == [*names, "summary.csv"]
    assert sorted(path.name for path in (results / "plots").iterdir()) == sorted([*names, "summary.csv"])
    assert report.notes == []
    assert (results / "plots" / "all_eval_return_det.png").read_bytes().startswith(b"\x89PNG")
    assert (results / "plots" / "all_eval_return_det.pdf").read_bytes().startswith(b"%PDF")
    numbers = pd.read_csv(results / "plots" / "all_eval_return_det.csv")
    assert len(numbers) == 4 * 20
    assert (numbers.low <= numbers.value).all()
    assert (numbers.value <= numbers.high).all()
    one = pd.read_csv(results / "plots" / "Hopper-v4_eval_return_det.csv")
    pd.testing.assert_frame_equal(one, numbers[numbers.env == "Hopper-v4"].reset_index(drop=True))
    pd.testing.assert_frame_equal(pd.read_csv(results / "plots" / "summary.csv"), report.summary)


@pytest.mark.usefixtures("blank_figures")
def test_one_environment_is_one_figure(results):
    report = plot_folders([results], PlotOptions(envs=("Hopper-v4",), formats=("svg",)))
    assert [path.name for path in report.paths] == [
        "Hopper-v4_eval_return_det.svg",
        "Hopper-v4_eval_return_det.csv",
        "summary.csv",
    ]


def test_drawing_again_gives_the_same_numbers_and_does_not_read_its_own_figures(results):
    one = PlotOptions(envs=("Hopper-v4",), formats=("png",))
    first = [path.read_bytes() for path in plot_folders([results], one).paths]
    again = plot_folders([results], one)
    assert [path.read_bytes() for path in again.paths] == first
    assert again.notes == []


@pytest.mark.usefixtures("blank_figures")
def test_evaluations_are_drawn_where_every_run_has_a_few(results, write_run, learning_curve):
    assert plot_folders([results], PNG).sheets[0].says == "evaluation return, mean action"
    write_run(results, seed=0, rows=learning_curve(0, eval_every=40))  # three evaluations
    assert plot_folders([results], PNG).sheets[0].says == "training return, sampled actions"


@pytest.mark.parametrize(
    ("metric", "column"),
    [
        ("return", "return_mean"),
        ("eval-det", "eval_return_det"),
        ("eval-stoch", "eval_return_stoch"),
        ("kl", "kl"),
        ("eval_length_det", "eval_length_det"),
    ],
)
@pytest.mark.usefixtures("blank_figures")
def test_a_metric_is_an_alias_or_a_column(results, metric, column):
    report = plot_folders([results], PlotOptions(metric=metric, envs=("Hopper-v4",), formats=("png",)))
    assert report.paths[0].name == f"Hopper-v4_{column}.png"
    assert set(pd.read_csv(report.paths[1]).metric) == {column}


@pytest.mark.usefixtures("blank_figures")
def test_filters_and_unequal_counts(results, write_run):
    write_run(results, algorithm="ppo", seed=9)
    report = plot_folders([results], PNG)
    assert report.notes == ["Hopper-v4: numbers of seeds differ: ppo 4, trpo 3"]
    alone = plot_folders([results], PlotOptions(envs=("Hopper-v4",), algorithms=("trpo",), formats=("png",)))
    assert alone.notes == []
    assert set(alone.summary.algorithm) == {"trpo"}


def typed_in(folder):
    """Another number in a run's last row, and the file as long as before."""
    path = folder / "progress.csv"
    content = path.read_bytes()
    path.write_bytes(content[:-2] + (b"1\n" if content[-2:-1] == b"0" else b"0\n"))


@pytest.mark.parametrize("status", ["finished", "diverged", "stopped"])
def test_a_changed_file_is_told_of_in_a_note_the_figure_and_the_table(tmp_path, write_run, status):
    folders = [write_run(tmp_path, seed=seed, fingerprint=True, status=status) for seed in range(2)]
    only = PlotOptions(formats=("svg",))
    before = plot_folders([tmp_path], only)
    assert not any("changed" in note for note in before.notes)
    assert "hanged" not in before.paths[0].read_text()
    assert set(before.summary.changed) == {0}

    typed_in(folders[1])
    told = "progress.csv was changed after the run ended: Hopper-v4 trpo seed 1; rlbench check says how"
    report = plot_folders([tmp_path], only)
    assert told in report.notes
    assert set(report.summary.changed) == {1}
    figure = report.paths[0].read_text()
    assert "1 changed" in figure
    assert "Changed: a seed" in figure
    table = make_table(Choice((tmp_path,)))
    assert told in table.notes
    assert grid(table.estimates).rows[0][2] == ("2 (2 ×, 1 !)" if status == "diverged" else "2 (1 !)")
    assert "!: progress.csv was changed" in caption(table.estimates)


@pytest.mark.parametrize("files", [None, 3, {}, {"progress.csv": 1}, {"progress.csv": {"bytes": "1", "sha256": 2}}])
def test_nothing_is_said_of_files_whose_fingerprint_is_not_known_or_still_to_come(tmp_path, write_run, files):
    write_run(tmp_path, seed=0, files=files)
    typed_in(write_run(tmp_path, seed=1, fingerprint=True, status="running"))
    table = make_table(Choice((tmp_path,)))
    assert set(table.estimates.changed) == {0}
    assert not any("changed" in note for note in table.notes)


def test_an_algorithm_without_a_curve_is_missed_in_the_panel(results, write_run):
    """It has runs there, or it is in the legend for the sake of another panel."""
    write_run(results, "Hopper-v4", "npg", rows=[])
    write_run(results, "Hopper-v4", "a2c").joinpath("progress.csv").unlink()
    write_run(results, "Walker2d-v4", "cem", 0)
    paths = {path.name: path for path in plot_folders([results], PlotOptions(formats=("svg",))).paths}
    hopper, walker, both = (
        paths[f"{name}_eval_return_det.svg"].read_text() for name in ("Hopper-v4", "Walker2d-v4", "all")
    )
    assert "no curve: a2c, npg" in hopper
    assert "no curve" not in walker
    assert "no curve: a2c, cem, npg" in both
    assert both.count("no curve") == 1


@pytest.mark.usefixtures("blank_figures")
def test_no_interval_leaves_its_cells_empty(results):
    numbers = pd.read_csv(plot_folders([results], PlotOptions(interval="none", formats=("png",))).paths[1])
    assert np.isnan(numbers[["low", "high"]]).all(axis=None)


@pytest.mark.usefixtures("blank_figures")
def test_environments_whose_file_names_agree_have_files_of_their_own(tmp_path, write_run):
    write_run(tmp_path, env="A/B-v0")
    write_run(tmp_path, env="A B-v0")
    names = [path.name for path in plot_folders([tmp_path], PNG).paths]
    assert len(set(names)) == len(names) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "evl-det"}, r"No run has a metric 'evl-det'\. Did you mean eval-det\?"),
        ({"metric": "kll"}, r"Did you mean kl\?"),
        ({"envs": ("hopper-v4",)}, r"No run of environment 'hopper-v4'\. Did you mean Hopper-v4\?"),
        ({"algorithms": ("tpo",)}, r"No run of algorithm 'tpo'\. Did you mean trpo\? There are: ppo, trpo\."),
        ({"formats": ("jpg",)}, r"No format 'jpg'\..*Choose of png, pdf, svg\."),
        ({"statistic": "iqm", "interval": "t"}, "belongs to the mean"),
        ({"metric": "length_mean"}, r"No run has a value of training episode length, sampled actions to draw yet\."),
    ],
)
def test_wrong_choices_are_one_line(results, options, message):
    with pytest.raises(UserError, match=message) as error:
        plot_folders([results], PlotOptions(**options))
    assert "\n" not in str(error.value)
    assert not (results / "plots").exists()


def test_filters_that_exclude_each_other(results, write_run):
    write_run(results, env="Ant-v4", algorithm="npg")
    with pytest.raises(UserError, match="No run is of these environments and these algorithms both"):
        plot_folders([results], PlotOptions(envs=("Ant-v4",), algorithms=("ppo",)))


def test_runs_without_a_row_yet(tmp_path, write_run):
    write_run(tmp_path, rows=[])
    with pytest.raises(UserError, match=r"None of the 1 runs has a complete row yet.*Try again later\."):
        plot_folders([tmp_path])


@pytest.mark.usefixtures("blank_figures")
def test_a_place_that_cannot_be_written(results, tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(UserError, match=r"^Cannot write to .*Name another folder with --out\.$"):
            plot_folders([results], PlotOptions(out=out))
    blocked = tmp_path / "out" / "summary.csv"
    blocked.mkdir(parents=True)
    with pytest.raises(UserError, match=r"^Cannot write to .*directory"):
        plot_folders([results], PlotOptions(out=tmp_path / "out", formats=("png",)))


@pytest.mark.usefixtures("blank_figures")
def test_a_planted_link_is_not_written_through(results, tmp_path):
    (tmp_path / "precious").mkdir()
    (results / "plots").symlink_to(tmp_path / "precious")
    with pytest.raises(UserError, match="is a link to another place"):
        plot_folders([results])
    assert list((tmp_path / "precious").iterdir()) == []
    assert plot_folders([results], PlotOptions(out=results / "plots", formats=("png",))).paths


@pytest.mark.usefixtures("blank_figures")
def test_too_many_environments_have_a_figure_each(tmp_path, write_run, points, monkeypatch):
    monkeypatch.setattr("rlbench.analysis.figures.curves.MOST_PANELS", 2)
    for i in range(3):
        write_run(tmp_path, env=f"E{i}-v0", rows=points([1], [1]))
    report = plot_folders([tmp_path], PNG)
    assert [path.name for path in report.paths[:2]] == ["E0-v0_return_mean.png", "E0-v0_return_mean.csv"]
    assert report.notes == ["3 environments are too many for one figure: each has its own alone"]


def test_analysis_imports_neither_torch_nor_the_rest_of_the_house():
    code = (
        "import sys, rlbench.analysis.figures.plot; "
        "print([m for m in sys.modules if m.split('.')[0] in ('torch', 'mujoco', 'gymnasium') "
        "or m.startswith('rlbench.') and not "
        "m.startswith(('rlbench.analysis', 'rlbench.errors', 'rlbench.layout', 'rlbench.run_file', "
        "'rlbench.json_file', 'rlbench.suite_file'))]); "
        "print('matplotlib.pyplot' in sys.modules and sys.modules['matplotlib'].rcParams._get_backend_or_none())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[0] == "[]"
    assert out.splitlines()[1] in ("None", "False")  # no window system was asked for
