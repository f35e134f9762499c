import numpy as np
import pytest

from rlbench.analysis.reading import progress
from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import find_runs

WANTED = {"return_mean", "eval_return_det"}


def read(folder, columns=WANTED):
    runs, _ = find_runs([folder])
    return read_logs(runs, columns)


def test_measured_points_and_the_range_of_the_run(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([100, 200, 300, 400], ["", 5, "", ""]))
    logs, notes = read(tmp_path)
    assert notes == []
    series = logs[0].series["return_mean"]
    assert (series.steps.tolist(), series.values.tolist(), series.reach) == ([200], [5], 400)
    assert logs[0].end == 400
    assert "eval_return_det" not in logs[0].series
    assert logs[0].columns[-1] == "kl"


@pytest.mark.parametrize("tear", ["3,40", "3,400,,12.5", "3,400,,7,,,,,,,,,0.0", "\0\0\0"])
def test_a_torn_last_row_is_dropped(tmp_path, write_run, points, tear):
    path = write_run(tmp_path, rows=points([100, 200], [1, 2])) / "progress.csv"
    path.write_text(path.read_text() + tear)
    log = read(tmp_path)[0][0]
    assert log.series["return_mean"].values.tolist() == [1, 2]
    assert log.end == 200


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no complete row yet"),
        ("iteration,env_steps,return_mean", "no complete row yet"),
        ("iteration,env_steps,return_mean\n", "no complete row yet"),
        ("iteration,env_steps,return_mean\n0,", "no complete row yet"),
        ("a,b,c\n1,2,3\n", "has not the columns of a run"),
        ("env_steps,env_steps\n1,2\n", "has not the columns of a run"),
        ("iteration,env_steps,return_mean\n0,1,high\n", "is not a number"),
        ("iteration,env_steps,return_mean\n0,1,2\n1,2,3,2,3,4\n", "not as many cells as the header"),
        ("iteration,env_steps,return_mean\n0,1,2\n1,2\n", "not as many cells as the header"),
        ("iteration,env_steps,return_mean\n0,200,2\n1,100,2\n", "env_steps goes backwards"),
        ("x" * 100_000, "is no table"),
    ],
)
def test_what_is_no_progress_file_is_left_out_with_a_word(tmp_path, write_run, text, why):
    write_run(tmp_path, seed=0)
    (write_run(tmp_path, seed=1) / "progress.csv").write_text(text)
    logs, notes = read(tmp_path)
    assert [log.run.seed for log in logs] == [0]
    assert len(notes) == 1
    assert why in notes[0]


def test_bytes_that_are_no_text_in_other_columns_do_no_harm(tmp_path, write_run):
    (write_run(tmp_path) / "progress.csv").write_bytes(
        b'env_steps,note,return_mean\r\n5,\xff"\xfe,1\r\n6,\x1b[2J,2\r\n'
    )
    assert read(tmp_path)[0][0].series["return_mean"].values.tolist() == [1, 2]


def test_a_column_the_file_has_not_is_not_in_the_log(tmp_path, write_run):
    (write_run(tmp_path) / "progress.csv").write_text("env_steps,return_mean\n5,1\n")
    assert set(read(tmp_path, {"return_mean", "kl"})[0][0].series) == {"return_mean"}


def test_blocks_join_without_a_seam(tmp_path, write_run, learning_curve, monkeypatch):
    write_run(tmp_path, rows=learning_curve(0))
    whole = read(tmp_path)[0][0]
    monkeypatch.setattr(progress, "BLOCK_BYTES", 1000)
    small = read(tmp_path)[0][0]
    for name in WANTED:
        np.testing.assert_array_equal(whole.series[name].steps, small.series[name].steps)
        np.testing.assert_array_equal(whole.series[name].values, small.series[name].values)
    assert whole.end == small.end


def test_a_line_without_end_is_given_up(tmp_path, write_run, monkeypatch):
    monkeypatch.setattr(progress, "BLOCK_BYTES", 1000)
    (write_run(tmp_path) / "progress.csv").write_text("env_steps,return_mean\n" + "1" * 5000)
    assert "is no table" in read(tmp_path)[1][0]


@pytest.mark.parametrize("block", [1000, 8 << 20])
def test_a_long_run_is_thinned_evenly_and_keeps_its_last_point(tmp_path, write_run, monkeypatch, block):
    monkeypatch.setattr(progress, "MOST_POINTS", 100)
    monkeypatch.setattr(progress, "BLOCK_BYTES", block)
    folder = write_run(tmp_path)
    (folder / "progress.csv").write_text("env_steps,return_mean\n" + "".join(f"{i},{i}\n" for i in range(1000)))
    steps = read(tmp_path)[0][0].series["return_mean"].steps
    assert steps.tolist() == [*range(0, 1000, 16), 999]


def test_a_diverged_run_reaches_to_its_last_finite_value(tmp_path, write_run, points):
    rows = points([100, 200, 300, 400], [1, 2, "nan", ""])
    write_run(tmp_path, seed=0, rows=rows, status="diverged")
    write_run(tmp_path, seed=1, rows=rows)
    reaches = [log.series["return_mean"].reach for log in read(tmp_path)[0]]
    assert reaches == [200, 400]


def test_rows_without_a_sensible_step_are_left_out(tmp_path, write_run, points):
    write_run(tmp_path, rows=points([0, 5, 1e30], [1, 2, 3]))
    assert read(tmp_path)[0][0].end == 5
    write_run(tmp_path, rows=points([-5, -3], [1, 2]))
    assert "no complete row yet" in read(tmp_path)[1][0]


@pytest.mark.parametrize("wild", ["inf", "-inf", "1e300"])
def test_a_series_ends_where_it_is_no_longer_finite(tmp_path, write_run, points, wild):
    write_run(tmp_path, rows=points([100, 200, 300, 400], [1, 2, wild, 4]))
    series = read(tmp_path)[0][0].series["return_mean"]
    assert (series.values.tolist(), series.reach) == ([1, 2], 200)
