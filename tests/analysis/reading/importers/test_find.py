"""Which runs are in a folder: kinds of files told apart, files of one run brought together, the rest said."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from event_files import write_events

from rlbench.analysis.reading.importers.contract import Columns
from rlbench.analysis.reading.importers.find import find_foreign_runs
from rlbench.errors import UserError


def find(*paths):
    return find_foreign_runs(paths, Columns(), Path("nowhere"))


def test_every_sample_is_taken_for_what_it_is(samples):
    found = find(samples)
    assert found.left_out == []
    assert {(run.path.relative_to(samples).parts[0], run.tool) for run in found.runs} == {
        ("cleanrl", "CleanRL"),
        ("rsl_rl", "rsl_rl"),
        ("sb3", "Stable-Baselines3"),
        ("sb3-events", "Stable-Baselines3"),
        ("spinningup", "Spinning Up"),
        ("tianshou", "Tianshou"),
    }
    assert len(found.runs) == 16


def evaluations(folder):
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "evaluations.npz", timesteps=[10], results=[[5.0]])


def test_evaluations_and_events_below_monitor_files_are_of_the_same_run(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    evaluations(run / "eval")
    write_events(run / "tb" / "PPO_1", [(10, "rollout/ep_rew_mean", 3.0), (10, "eval/mean_reward", 4.0)])
    (found,) = find(tmp_path).runs
    assert (found.path, len(found.files)) == (run, 2)
    assert (found.training.returns.tolist(), found.evaluations.mean.tolist()) == ([1.0], [5.0])
    assert any("left out, as other files tell the same" in note for note in found.notes)


def test_evaluations_of_two_kinds_below_one_run_are_not_guessed(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    evaluations(run / "eval-a")
    evaluations(run / "eval-b")
    assert [each.evaluations is None for each in find(tmp_path).runs] == [True, False, False]


def test_two_event_folders_below_monitor_files_are_runs_of_their_own(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    for name in ("PPO_1", "PPO_2"):
        write_events(run / "tb" / name, [(10, "rollout/ep_rew_mean", 3.0)])
    assert [each.path.name for each in find(tmp_path).runs] == ["run", "PPO_1", "PPO_2"]


def test_monitor_files_of_evaluations_are_no_training(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    shutil.copy(run / "0.monitor.csv", run / "eval.monitor.csv")
    monitors([(9.0, 10)], folder="run/eval_env")
    found = find(tmp_path)
    assert [each.training.returns.tolist() for each in found.runs] == [[1.0]]
    assert [note.split(" ")[0].removeprefix(str(tmp_path)) for note in found.notes] == [
        "/run/eval.monitor.csv",
        "/run/eval_env/0.monitor.csv",
    ]


def test_monitor_files_that_are_named_for_seeds_are_a_run_each(monitors, tmp_path):
    run = monitors([(1.0, 10)], [(2.0, 10)])
    for number in range(2):
        (run / f"{number}.monitor.csv").rename(run / f"seed{number}.monitor.csv")
    assert [each.path.name for each in find(tmp_path).runs] == ["seed0.monitor.csv", "seed1.monitor.csv"]


def test_one_world_of_several_is_no_run(monitors):
    run = monitors([(1.0, 10)], [(1.0, 10)])
    with pytest.raises(UserError, match=r"0\.monitor\.csv is one of 2 Monitor files, .* Name their folder"):
        find(run / "0.monitor.csv")
    (run / "1.monitor.csv").unlink()
    assert len(find(run / "0.monitor.csv").runs) == 1


def test_tables_beside_logs_are_not_read_unless_they_are_named(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    (run / "progress.csv").write_text("step,return\n5,2\n")
    found = find(tmp_path)
    assert [each.training.returns.tolist() for each in found.runs] == [[1.0]]
    assert found.notes == [f"{run}: progress.csv not read, as other logs are beside it"]
    (alone,) = find(run / "progress.csv").runs
    assert alone.training.returns.tolist() == [2]


def test_a_folder_of_tables_is_a_run_each_and_what_is_none_is_said(tmp_path):
    (tmp_path / "a.csv").write_text("step,return\n5,2\n")
    (tmp_path / "b.tsv").write_text("step\treturn\n5\t3\n")
    (tmp_path / "c.csv").write_text("name,age\nx,3\n")
    (tmp_path / "d.txt").write_text("nothing")
    found = find(tmp_path)
    assert [each.training.returns.tolist() for each in found.runs] == [[2], [3]]
    assert found.left_out == [
        f"{tmp_path}/c.csv: none of its columns (name, age) is known to count transitions; "
        "name it with --column steps=NAME"
    ]


def test_rlbenchs_own_runs_are_passed_by(write_run, tmp_path):
    write_run(tmp_path)
    found = find(tmp_path)
    assert (found.runs, found.left_out) == ([], [])
    (note,) = found.notes
    assert note.startswith(f"{tmp_path}/Hopper-v4/trpo/seed-0 is a run of rlbench already")
    write_run(tmp_path, seed=1)
    (note,) = find(tmp_path).notes
    assert "seed-0 and 1 more are runs of rlbench already" in note


def test_a_circle_of_links_ends_and_no_folder_is_read_twice(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    (run / "back").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(run)
    assert len(find(tmp_path, run).runs) == 1


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    (tmp_path / "b.csv").symlink_to("/dev/zero")
    (tmp_path / "c.csv").symlink_to(tmp_path / "nowhere")
    found = find(tmp_path)
    assert (found.runs, found.left_out) == ([], [])
    with pytest.raises(UserError, match="neither a folder nor a plain file"):
        find(tmp_path / "a.csv")


def test_contradicting_files_are_no_run(monitors, tmp_path):
    run = monitors([(1.0, 10)])
    table = "|param|value|\n|-|-|\n|env_id|Ant-v4|"
    write_events(run, [(10, "charts/episodic_return", 3.0)], texts=[("hyperparameters", table)])
    found = find(tmp_path)
    assert found.runs == []
    assert found.left_out == [
        f"{run}: its files are of several runs: env Hopper-v4 and Ant-v4; put each into its own folder"
    ]


def test_folders_without_number(monitors, tmp_path, monkeypatch):
    monkeypatch.setattr("rlbench.analysis.reading.importers.find.MOST_FOLDERS", 3)
    for name in "ab":
        monitors([(1.0, 10)], folder=name)
    with pytest.raises(UserError, match=r"3 folders and more are to be looked into\. Name the folders that have logs"):
        find(tmp_path)


def test_folders_beyond_any_depth(monitors, tmp_path):
    monitors([(1.0, 10)], folder="/".join("abcdefghijklmnopq"))
    found = find(tmp_path)
    assert found.runs == []
    assert len(found.left_out) == 1
    assert "lies too deep" in found.left_out[0]
