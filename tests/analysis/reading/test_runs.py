import json
import os
import shutil

import pytest

from rlbench.analysis.reading.progress import read_logs
from rlbench.analysis.reading.runs import find_runs
from rlbench.errors import UserError
from rlbench.layout import SUITE_FILE


def names(runs):
    return [(run.env, run.algorithm, run.seed) for run in runs]


def test_runs_are_found_and_sorted_at_any_depth(tmp_path, write_run):
    write_run(tmp_path, "Walker2d-v4", "ppo", 10)
    write_run(tmp_path, "Walker2d-v4", "ppo", 2)
    write_run(tmp_path, "ALE/Pong-v5", "my label", 0)
    runs, notes = find_runs([tmp_path])
    expected = [("ALE/Pong-v5", "my label", 0), ("Walker2d-v4", "ppo", 2), ("Walker2d-v4", "ppo", 10)]
    assert names(runs) == expected
    assert notes == []
    assert names(find_runs([tmp_path / "Walker2d-v4"])[0]) == expected[1:]
    assert names(find_runs([tmp_path / "Walker2d-v4/ppo/seed-2"])[0]) == expected[1:2]
    assert names(find_runs([tmp_path, tmp_path / "Walker2d-v4"])[0]) == expected  # no run twice


def test_what_run_json_says(tmp_path, write_run):
    write_run(tmp_path, status="diverged", settings={"gamma": 0.9, "policy": {"hidden": [64]}})
    run = find_runs([tmp_path])[0][0]
    assert run.status == "diverged"
    assert run.origin == {
        "mujoco": "4.0.0",
        "gymnasium": "1.4.0",
        "physics": "mujoco.batch (CPU, float64)",
        "budget": "1,000,000 steps",
    }
    assert run.settings == {"gamma": "0.9", "policy.hidden": "[64]"}


@pytest.mark.parametrize("text", [None, "", "[1]", '{"env": 3', "[" * 100_000, " " * (2 << 20)])
def test_a_run_without_a_readable_run_json_is_named_by_its_folders(tmp_path, write_run, text):
    about = write_run(tmp_path, seed=4) / "run.json"
    about.unlink()
    if text is not None:
        about.write_text(text)
    runs, notes = find_runs([tmp_path])
    assert names(runs) == [("Hopper-v4", "trpo", 4)]
    assert runs[0].status == "unknown"
    assert len(notes) == 1
    assert "versions and settings are unknown" in notes[0]


def test_values_of_the_wrong_kind_are_unknown(tmp_path, write_run):
    write_run(tmp_path, env="X-v0", status=["finished"], versions=7, settings="none", physics={"a": 1}, steps="1M")
    run = find_runs([tmp_path])[0][0]
    assert (run.status, run.settings) == ("unknown", {})
    assert run.origin == {"mujoco": "unknown", "gymnasium": "unknown", "physics": '{"a": 1}', "budget": "unknown"}


def test_a_later_format_is_left_out(tmp_path, write_run):
    write_run(tmp_path, seed=0)
    write_run(tmp_path, seed=1, format=2)
    runs, notes = find_runs([tmp_path])
    assert names(runs) == [("Hopper-v4", "trpo", 0)]
    assert "format this rlbench does not know" in notes[0]


def test_foreign_files_are_left_out_with_a_word(tmp_path, write_run):
    write_run(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "Hopper-v4" / "a.zip").write_text("x")
    (tmp_path / "README.md").write_text("x")  # worth no word
    for ours in ("plots", "logs"):
        (tmp_path / ours).mkdir()
        (tmp_path / ours / "all.png").write_text("x")
    (tmp_path / "Hopper-v4" / "trpo" / "seed-1").mkdir()
    (tmp_path / "Hopper-v4" / "trpo" / "seed-x").mkdir()
    runs, notes = find_runs([tmp_path])
    assert len(runs) == 1
    assert len(notes) == 2
    assert notes[0].endswith("seed-1 is ignored: no progress.csv and no run.json")
    assert notes[1] == "not part of any run, and ignored: a.zip, notes.txt"


def test_a_copy_of_a_run_is_no_further_seed(tmp_path, write_run):
    shutil.copytree(write_run(tmp_path, seed=0), tmp_path / "Hopper-v4" / "trpo" / "seed-7")
    runs, [note] = find_runs([tmp_path])
    assert [run.seed for run in runs] == [0]
    assert note.endswith("seed-7 is ignored: its run.json is of seed 0, not 7")


def test_a_pipe_in_place_of_a_file_does_not_block(tmp_path, write_run):
    write_run(tmp_path, seed=0)
    (write_run(tmp_path, seed=1) / "progress.csv").unlink()
    os.mkfifo(tmp_path / "Hopper-v4/trpo/seed-1/progress.csv")
    (tmp_path / "Hopper-v4/trpo/seed-0/run.json").unlink()
    os.mkfifo(tmp_path / "Hopper-v4/trpo/seed-0/run.json")
    runs, notes = find_runs([tmp_path])
    assert len(notes) == 1
    logs, more = read_logs(runs, {"return_mean"})
    assert [log.run.seed for log in logs] == [0]
    assert more[0].endswith("seed-1 is ignored: no progress.csv")


def test_loops_of_links_end_and_links_to_runs_are_followed(tmp_path, write_run):
    write_run(tmp_path / "elsewhere", "Ant-v4", "ppo", 0)
    results = tmp_path / "results"
    write_run(results)
    (results / "Hopper-v4" / "loop").symlink_to(results)
    (results / "self").symlink_to(results / "self")
    (results / "Ant-v4").symlink_to(tmp_path / "elsewhere" / "Ant-v4")
    runs, _ = find_runs([results])
    assert names(runs) == [("Ant-v4", "ppo", 0), ("Hopper-v4", "trpo", 0)]


def test_a_shipped_reference_is_drawn_only_by_name(tmp_path, write_run):
    write_run(tmp_path)
    write_run(tmp_path / "reference")
    runs, notes = find_runs([tmp_path])
    assert len(runs) == 1
    assert notes[0] == "left out: the runs in reference, a folder that was not named itself"
    both, _ = find_runs([tmp_path, tmp_path / "reference"])
    assert {run.algorithm for run in both} == {f"trpo [{tmp_path.name}]", "trpo [reference]"}


def test_a_suites_folder_is_drawn_only_by_name(tmp_path, write_run):
    write_run(tmp_path)
    write_run(tmp_path / "mine", algorithm="ppo")
    (tmp_path / "mine" / SUITE_FILE).write_text("{}")
    runs, notes = find_runs([tmp_path])
    assert {run.algorithm for run in runs} == {"trpo"}
    assert notes == ["left out: the runs in mine, a folder that was not named itself"]
    runs, notes = find_runs([tmp_path / "mine"])
    assert ({run.algorithm for run in runs}, notes) == ({"ppo"}, [])


def test_the_same_seed_of_two_folders_makes_two_curves_and_other_seeds_one(tmp_path, write_run):
    write_run(tmp_path / "a", seed=0)
    write_run(tmp_path / "b", seed=0)
    write_run(tmp_path / "a", algorithm="ppo", seed=0)
    write_run(tmp_path / "b", algorithm="ppo", seed=1)
    runs, notes = find_runs([tmp_path / "a", tmp_path / "b"])
    assert [run.algorithm for run in runs] == ["ppo", "ppo", "trpo [a]", "trpo [b]"]
    assert notes == ["Hopper-v4 trpo: the same seeds are in several folders, which are drawn apart"]


def test_folders_of_one_name_are_told_apart_by_their_paths(tmp_path, write_run):
    write_run(tmp_path / "x" / "results")
    write_run(tmp_path / "y" / "results")
    runs, _ = find_runs([tmp_path / "x" / "results", tmp_path / "y" / "results"])
    assert [run.algorithm for run in runs] == [f"trpo [{tmp_path / at / 'results'}]" for at in "xy"]


def test_folders_that_hold_nothing(tmp_path):
    with pytest.raises(
        UserError, match=r"does not exist\. Make a run with: rlbench run trpo --env Hopper-v4 --seeds 5"
    ):
        find_runs([tmp_path / "nowhere"])
    with pytest.raises(UserError, match=r"^No runs under .*Make a run with: rlbench run"):
        find_runs([tmp_path])
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not a folder"):
        find_runs([tmp_path / "file"])
    with pytest.raises(UserError, match="not part of any run, and ignored: file"):
        find_runs([tmp_path])


def test_an_absurd_run_json_is_kept_short(tmp_path, write_run):
    folder = write_run(tmp_path)
    settings = {f"s{i}": "x" * 1000 for i in range(900)}
    (folder / "run.json").write_text(json.dumps({"format": 1, "settings": settings, "env": "E" * 5000}))
    run = find_runs([tmp_path])[0][0]
    assert run.env == "Hopper-v4"
    assert len(run.settings) == 200
    assert all(len(value) <= 80 for value in run.settings.values())
