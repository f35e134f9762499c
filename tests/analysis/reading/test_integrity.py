"""Every kind of damage, done to a folder that is whole."""

import hashlib
import json
import os

import pytest

from rlbench.analysis.reading import integrity
from rlbench.analysis.reading.integrity import check_folders
from rlbench.errors import UserError

PROGRESS = """\
iteration,env_steps,episodes,return_mean,kl
1,100,2,3.5,0.01
2,200,0,,0.02
3,300,1,7.0,0.01
"""
TIMING = """\
iteration,env_steps,wall_time,collect_time,learn_time,eval_time
1,100,1.5,1.0,0.5,0.0
2,200,3.0,2.0,1.0,0.0
3,300,4.5,3.0,1.5,0.0
"""
EPISODES = """\
env_steps,world,return,length,end
40,0,2.0,10,terminated
80,1,5.0,20,terminated
300,0,7.0,65,truncated
"""
MEND = "restore it from a copy, or run the seed again with --fresh"
GO_ON = "if nothing is at work there, run the same command again"
KILLED = f"running or killed, not verified by checksum; {GO_ON}"


def seal(folder, **changes):
    """run.json as it is at the end of a run, with `changes`; None takes a word out."""
    tables = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    about = {
        "format": 1,
        "algorithm": folder.parent.name,
        "env": folder.parents[1].name,
        "seed": int(folder.name.removeprefix("seed-")),
        "status": "finished",
        "steps": 350,
        "env_steps": 300,
        "eval_every": 100,
        "settings": {},
        "versions": {},
        "iteration": 3,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in tables.items()
        },
        **changes,
    }
    (folder / "run.json").write_text(json.dumps({name: value for name, value in about.items() if value is not None}))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A whole run; the working directory is above it."""
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "results")


def make_run(results, seed=0):
    folder = results / "Hopper-v4" / "trpo" / f"seed-{seed}"
    folder.mkdir(parents=True)
    for name, text in (("progress", PROGRESS), ("timing", TIMING), ("episodes", EPISODES)):
        (folder / f"{name}.csv").write_text(text)
    (folder / "checkpoint.pt").write_bytes(b"PK\x03\x04 and so on")
    seal(folder)
    return folder


def check(run):
    return check_folders([run.parents[2]])


def replace(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def problems(run):
    """Without what all of them begin with."""
    begin = "results/Hopper-v4/trpo/seed-0/"
    found = check(run).problems
    assert all(line.startswith(begin) for line in found)
    return [line.removeprefix(begin) for line in found]


def test_a_whole_run_is_verified(run):
    report = check(run)
    assert (report.runs, report.verified, report.problems, report.notes) == (1, 1, [], [])


@pytest.mark.parametrize("status", ["diverged", "stopped"])
def test_so_is_one_that_ended_before_its_budget(run, status):
    seal(run, status=status, steps=10_000)
    report = check(run)
    assert (report.verified, report.problems, report.notes) == (1, [], [])


@pytest.mark.parametrize("name", ["progress.csv", "timing.csv", "episodes.csv"])
def test_a_changed_file_is_named(run, name):
    path = run / name
    text = path.read_text()
    path.write_text(text.replace("0.01", "0.03").replace("4.5", "4.6").replace("5.0", "6.0"))
    assert problems(run) == [
        f"{name}: it was changed after the run ended: its SHA-256 is not the one in run.json; {MEND}"
    ]
    path.write_text(text.replace("0.01", "0.013").replace("4.5", "4.55").replace("5.0", "5.01"))
    grown, was = len(path.read_text()), len(text)
    assert problems(run) == [
        f"{name}: it was changed after the run ended: {grown} bytes, and run.json has {was}; {MEND}"
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("progress.csv", "2,200,0,,0.02\n", "2,200,0,\n", "line 3: 4 cells, and the header has 5"),
        ("progress.csv", "kl\n", "kl\niteration,env_steps,episodes,return_mean,kl\n", "line 2: it is the header again"),
        ("progress.csv", "3,300,1,7.0,0.01\n", "3,300,1,7.0,0.0", "line 4: the file ends within it"),
        ("progress.csv", PROGRESS, "", "line 1: the file ends within it"),
        ("progress.csv", "2,200", "2,100", "line 3: env_steps 100 does not rise"),
        ("progress.csv", PROGRESS.partition("\n")[2], "", "it has no rows"),
        ("progress.csv", "3,300,1,7.0,0.01\n", "", "its last row has env_steps 200, and run.json 300"),
        ("progress.csv", "3,300", "4,300", "its last row has iteration 4, and run.json 3"),
        ("progress.csv", "1,100,2", "1,100,1", "3 rows, and progress.csv counts 2 episodes"),
        ("timing.csv", "2,200,3.0,2.0,1.0,0.0\n", "", "2 rows, the last at 300 steps; progress.csv has 3"),
        ("timing.csv", "3,300", "3,301", "3 rows, the last at 301 steps; progress.csv has 3, the last at 300"),
        ("timing.csv", "wall_time", "wall", "line 1: the header has no column wall_time"),
        ("episodes.csv", "80,1,5.0,20,terminated\n", "", "2 rows, and progress.csv counts 3 episodes"),
        ("episodes.csv", "80,1", "30,1", "line 3: env_steps 30 falls, it was 40"),
        ("episodes.csv", "300,0", "301,0", "its episodes have more steps than progress.csv, 300"),
        ("episodes.csv", ",65,", ",271,", "its episodes have more steps than progress.csv, 300"),
        ("episodes.csv", "truncated", "cut", "line 4: end is 'cut' and not terminated or truncated"),
    ],
)  # fmt: skip
def test_damage_is_named_even_where_checksums_were_made_to_agree(run, name, old, new, told):
    replace(run / name, old, new)
    seal(run)
    lines = problems(run)
    assert any(told in line for line in lines), lines
    assert all(line.endswith(f"; {MEND}") for line in lines)


def test_as_many_episodes_as_told_but_of_a_run_that_went_farther(run):
    replace(run / "progress.csv", "3,300,1,7.0,0.01\n", "3,300,1,7.0,0.01\n4,400,0,,0.01\n5,500,0,,0.01\n")
    replace(run / "timing.csv", "3,300,4.5,3.0,1.5,0.0\n", "3,300,4,3,1,0\n4,400,4,3,1,0\n5,500,5,3,1,0\n")
    seal(run, env_steps=500, iteration=5)
    assert problems(run) == [f"progress.csv: its last row is beyond the end of its budget, 350 steps; {MEND}"]
    seal(run, env_steps=500, iteration=5, steps=599)
    assert problems(run) == []


def test_a_batch_larger_than_the_one_before_may_go_beyond_the_budget(run):
    replace(run / "progress.csv", "3,300", "3,360")
    replace(run / "timing.csv", "3,300", "3,360")
    seal(run, env_steps=360)
    report = check(run)
    assert report.problems == []
    assert report.notes == [
        "results/Hopper-v4/trpo/seed-0: its last batch, larger than the one before, went beyond the budget"
    ]


def test_rows_of_several_iterations_are_no_batches(run):
    """Rows of 2, 2 and 1 iterations of 50 steps each, within 290 steps."""
    for name in ("progress.csv", "timing.csv"):
        text = (
            (run / name).read_text().replace("\n1,1", "\n2,1").replace("\n2,2", "\n4,2").replace("\n3,300", "\n5,250")
        )
        (run / name).write_text(text)
    replace(run / "episodes.csv", "300,0", "250,0")
    seal(run, env_steps=250, iteration=5, steps=290)
    assert problems(run) == []


def test_a_finished_run_has_spent_its_budget(run):
    seal(run, steps=400)
    assert problems(run) == [f"progress.csv: its last row has 300 steps, and the budget is 400; {MEND}"]


@pytest.mark.parametrize("name", ["progress.csv", "timing.csv", "episodes.csv"])
def test_a_missing_file_of_a_run_with_checksums(run, name):
    (run / name).unlink()
    assert problems(run) == [f"{name}: it is missing; {MEND}"]


@pytest.mark.parametrize("name", ["timing.csv", "episodes.csv"])
def test_a_file_without_a_checksum(run, name):
    text = (run / name).read_text()
    (run / name).unlink()
    seal(run)
    (run / name).write_text(text)
    assert problems(run) == [f"run.json: it has no checksum of {name}; {MEND}"]


def test_an_older_run_is_verified_by_its_rows(run):
    for name in ("episodes.csv", "checkpoint.pt"):
        (run / name).unlink()
    seal(run, files=None)
    report = check(run)
    assert (report.verified, report.problems) == (1, [])
    assert [note.removeprefix("results/Hopper-v4/trpo/seed-0: ") for note in report.notes] == [
        "run.json has no checksums, as it is of an earlier version; rows and counts were verified",
        "episodes.csv is not there, so nothing was compared with it",
        "checkpoint.pt is not there; curves do not need it",
    ]
    (run / "progress.csv").unlink()
    assert problems(run) == [f"progress.csv: it is missing; {MEND}"]


@pytest.mark.parametrize("files", [3, [], "none", {"progress.csv": "abc"}, {"../../secret": {}}])
def test_checksums_that_are_none(run, files):
    seal(run, files=files)
    assert problems(run)
    assert all(line.startswith("run.json: ") for line in problems(run))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "run.json: it is missing"),
        ("", "run.json: it is not valid JSON"),
        ('{"format": 1', "run.json: it is not valid JSON"),
        ("[" * 100_000, "run.json: it is not valid JSON"),
        (" " * (2 << 20), "run.json: it is too large: more than 1,048,576 bytes"),
        ("[1]", "run.json: it is not a JSON object"),
    ],
)
def test_an_unreadable_run_json_is_a_problem_and_rows_are_looked_at(run, text, told):
    (run / "run.json").unlink()
    if text is not None:
        (run / "run.json").write_text(text)
    replace(run / "progress.csv", "2,200", "2,100")
    assert problems(run) == [
        f"{told}; {MEND}",
        f"progress.csv: line 3: env_steps 100 does not rise, it was 100; {MEND}",
    ]
    assert check(run).notes == [
        "results/Hopper-v4/trpo/seed-0: rows were looked at, but without run.json there is nothing to compare them with"
    ]


def test_another_format(run):
    seal(run, format=2)
    assert problems(run) == ["run.json: format 2, and this rlbench knows 1; look with the rlbench that wrote it"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "done"}, "status is done, and not one of running, finished, diverged, stopped, imported, failed"),
        ({"status": None}, "status is missing, and not one of"),
        ({"status": ["finished"]}, "status is list, and not one of"),
        ({"steps": "1M"}, "steps is 1M, and not a whole number"),
        ({"steps": True}, "steps is True, and not a whole number"),
        ({"env_steps": None}, "env_steps is missing, and not a whole number"),
        ({"settings": 3}, "settings is 3, and not a table"),
        ({"versions": None}, "versions is missing, and not a table"),
        ({"algorithm": 7}, "algorithm is 7, and not a text"),
        ({"label": "trpo-wide"}, "it is of trpo-wide, and its folder of trpo"),
        ({"algorithm": "p\x1bpo"}, r"it is of p\x1bpo, and its folder of trpo"),
        ({"env": "Ant-v4"}, "it is of Ant-v4, and its folder of Hopper-v4"),
        ({"seed": 3}, "it is of seed 3, and its folder is seed-0"),
        ({"iteration": None}, "its last row has iteration 3, and run.json missing"),
    ],
)
def test_a_run_json_that_is_not_sane(run, changes, told):
    seal(run, **changes)
    lines = problems(run)
    assert any(told in line for line in lines), lines


def test_an_environment_whose_name_has_a_slash(tmp_path):
    folder = make_run(tmp_path)
    folder = folder.parents[1].rename(folder.parents[1].with_name("ALE-Hopper-v4")) / folder.parent.name / folder.name
    seal(folder, env="ALE/Hopper-v4")
    assert check_folders([tmp_path]).problems == []
    seal(folder, env="ELA/Hopper-v4")
    assert len(check_folders([tmp_path]).problems) == 1


def test_a_killed_run_is_noted(run):
    """Killed within the row of timing.csv, with an episode of a row that was not written."""
    seal(run, status="running", files=None, iteration=None, env_steps=0, steps=10_000)
    (run / "timing.csv").write_text(TIMING[:-5])
    (run / "episodes.csv").write_text(EPISODES + "310,1,3.0,5,terminated\n")
    (run / "checkpoint.pt").unlink()
    report = check(run)
    assert (report.verified, report.problems) == (1, [])
    assert [note.removeprefix("results/Hopper-v4/trpo/seed-0: ") for note in report.notes] == [
        KILLED,
        "timing.csv ends within a row, as a kill leaves it; run the same command again, and it is written whole",
    ]
    (run / "episodes.csv").write_text(EPISODES[: EPISODES.index("300")])
    assert problems(run) == [f"episodes.csv: 2 rows, and progress.csv counts 3 episodes; {MEND}"]


def test_a_run_without_a_row_yet(run):
    for path in run.glob("*.csv"):
        path.unlink()
    seal(run, status="running", files=None)
    report = check(run)
    assert (report.verified, report.problems) == (1, [])
    assert report.notes == [f"results/Hopper-v4/trpo/seed-0: no row yet; {GO_ON}"]


def test_runs_of_which_the_same_is_to_be_said_share_a_line(run):
    for seed in range(1, 6):
        make_run(run.parents[2], seed)
    for seed in range(6):
        seal(run.parent / f"seed-{seed}", status="running", files=None)
    folders = ", ".join(f"results/Hopper-v4/trpo/seed-{seed}" for seed in range(3))
    assert check(run).notes == [f"{folders} and 3 more: {KILLED}"]


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "it is empty"), (b"PK", "it is not a checkpoint"), (b"\x80\x02}q", "it is not a")]
)
def test_a_checkpoint_that_is_none(run, content, told):
    (run / "checkpoint.pt").write_bytes(content)
    [line] = problems(run)
    assert line.startswith(f"checkpoint.pt: {told}")


def test_a_stopped_run_needs_its_checkpoint(run):
    (run / "checkpoint.pt").unlink()
    assert check(run).notes == ["results/Hopper-v4/trpo/seed-0: checkpoint.pt is not there; curves do not need it"]
    seal(run, status="stopped")
    assert problems(run) == ["checkpoint.pt: it is missing, and the run cannot go on; run the seed again with --fresh"]


@pytest.mark.parametrize("name", ["progress.csv", "timing.csv", "episodes.csv", "checkpoint.pt"])
def test_pipes_links_and_folders_in_the_place_of_files(run, name):
    (run / name).unlink()
    os.mkfifo(run / name)
    assert problems(run) == [f"{name}: it is not a plain file; {MEND}"]
    (run / name).unlink()
    (run / name).symlink_to("/dev/zero")
    assert problems(run) == [f"{name}: it is not a plain file; {MEND}"]
    (run / name).unlink()
    (run / name).symlink_to("nowhere")
    assert problems(run) == [f"{name}: it is not a plain file; {MEND}"]


@pytest.mark.parametrize("name", ["run.json", "progress.csv", "checkpoint.pt"])
def test_a_file_that_may_not_be_read(run, monkeypatch, name):
    from pathlib import Path

    original = Path.open

    def refuse(path, *arguments, **more):
        if path.name == name:
            raise PermissionError(13, "Permission denied")
        return original(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
    assert problems(run) == [f"{name}: it cannot be read: Permission denied; look at its permissions"]


def test_a_loop_of_links_ends_and_a_run_is_counted_once(run):
    (run.parents[1] / "again").symlink_to(run.parents[2])
    assert check(run).runs == 1
    assert check_folders([run, run.parent, run.parents[2]]).runs == 1


def test_the_shipped_reference_is_looked_at_too(run):
    make_run(run.parents[2] / "reference")
    report = check(run)
    assert (report.runs, report.verified, report.notes) == (2, 2, [])


def test_names_of_strangers_cannot_reach_the_terminal(tmp_path):
    folder = make_run(tmp_path / "a\x1b[31m\nb")
    (folder / "progress.csv").unlink()
    [line] = check_folders([tmp_path]).problems
    assert r"a\x1b[31m\nb" in line
    assert line.isprintable()


def test_a_folder_that_cannot_be_listed_is_a_problem(run, monkeypatch):
    (run.parents[1] / "ppo").mkdir()
    original = os.listdir

    def refuse(path):
        if str(path).endswith("ppo"):
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(integrity.os, "listdir", refuse)
    report = check(run)
    assert report.verified == 1
    assert report.problems == [f"{run.parents[1] / 'ppo'} cannot be read: Permission denied"]


def test_no_folder_and_no_runs_are_the_users_mistake(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        check_folders([tmp_path / "nowhere"])
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is not a folder"):
        check_folders([tmp_path / "file"])
    with pytest.raises(UserError, match="No runs under"):
        check_folders([tmp_path])


IMPORT = "iteration,env_steps,episodes,return_mean,eval_return_det\n1,0,,,1.0\n2,100,,3.5,\n3,300,,7.0,\n"


@pytest.fixture
def imported(run):
    """A run of another tool: no budget, no checkpoint, no counts of episodes, and an evaluation before training."""
    for path in run.iterdir():
        path.unlink()
    (run / "progress.csv").write_text(IMPORT)
    seal(run, status="imported", steps=None, eval_every=None, imported={"tool": "CleanRL"})
    return run


def test_an_imported_run_is_known_as_such(imported, tmp_path):
    report = check_folders([tmp_path])
    assert (report.verified, report.problems) == (1, [])
    (note,) = report.notes
    assert note.endswith("imported from CleanRL; what the import wrote was verified, not the files it was made from")
    assert str(imported.name) in note


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text.replace("7.0", "9.0"), "it was changed after the run ended"),
        (lambda text: text[:-8], "line 4: the file ends within it"),
        (lambda text: text.replace("3,300", "3,50"), "env_steps 50 does not rise, it was 100"),
        (lambda text: text.replace("3.5", "x"), "return_mean is 'x' and not a number"),
        (lambda _: "", "line 1: the file ends within it"),
    ],
)
def test_a_damaged_import_is_a_problem(imported, tmp_path, damage, words):
    (imported / "progress.csv").write_text(damage(IMPORT))
    assert any(words in problem for problem in check_folders([tmp_path]).problems)


def test_an_import_that_ends_elsewhere_than_run_json_says(imported, tmp_path):
    seal(imported, status="imported", steps=None, env_steps=500, imported={"tool": "CleanRL"}, eval_every=None)
    (problem,) = check_folders([tmp_path]).problems
    assert "its last row has env_steps 300, and run.json 500" in problem


def test_a_missing_budget_is_a_fault_of_rlbenchs_own_runs_alone(run, tmp_path):
    seal(run, steps=None)
    assert any("steps is missing, and not a whole number" in problem for problem in check_folders([tmp_path]).problems)


def test_runs_of_one_algorithm_on_different_processors_are_named(run):
    for seed, name in enumerate(("B 2", "A 1", "B 2")):
        if seed:
            make_run(run.parents[2], seed)
        seal(run.parent / f"seed-{seed}", platform={"processor": name})
    [note] = check(run).notes
    assert note == (
        "results/Hopper-v4/trpo: made on different processors, so that last digits may differ: "
        "A 1 (seed-1); B 2 (seed-0, seed-2)"
    )


def test_where_a_run_was_changed_on_its_way_is_named(run):
    seal(run, changes=[{"what": ["processor A there, \x1b[B here"], "env_steps": 200}, {"what": 3}])
    assert check(run).notes == [
        "results/Hopper-v4/trpo/seed-0: made otherwise from step 200 on: processor A there, \\x1b[B here",
        "results/Hopper-v4/trpo/seed-0: made otherwise from step None on: what is not told",
    ]
