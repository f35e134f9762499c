"""All folders of a job are looked at before anything is changed; a refusal leaves every byte as it was."""

import json
import os
import shutil
import signal

import pytest
import torch

from rlbench.analysis.reading.integrity import check_folders
from rlbench.checkpoint_file import load_checkpoint
from rlbench.errors import UserError
from rlbench.training import run as run_module
from rlbench.training.checkpoint import save_checkpoint
from rlbench.training.job import Finished, Progress
from rlbench.training.run import run_job

SETTINGS = {"schedule": "constant", "num_envs": 2, "num_steps": 16, "update_epochs": 1, "hidden_sizes": (4,)}

pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


@pytest.fixture
def job(small_job):
    """Makes a job of two seeds that can be lengthened."""
    return lambda steps, **more: small_job(
        "ppo", seeds=(0, 1), steps=steps, env="InvertedPendulum-v4", **{**SETTINGS, **more}
    )


def run(job):
    events = []
    run_job(job, events.append)
    return [event for event in events if isinstance(event, Finished)]


def bytes_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stop(job):
    """As SIGTERM does, after the second row."""

    def terminate(event):
        if isinstance(event, Progress) and event.env_steps == 64:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit):
        run_job(job, terminate)


class Killed(Exception):
    """Stands for a kill: nothing more is written."""


def kill(job, monkeypatch):
    """After the third row, with a checkpoint of the second."""
    monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", 0.0)

    def die(event):
        if isinstance(event, Progress) and event.env_steps == 96:
            raise Killed

    with pytest.raises(Killed):
        run_job(job, die)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Folders of jobs that were trained once, by how they ended."""
    return {}, tmp_path_factory.mktemp("kept")


@pytest.fixture
def made(job, kept, tmp_path, monkeypatch):
    """Makes the folders of a job of 128 steps that was finished, stopped or killed."""
    ends, place = kept

    def make(state):
        if state in ends:
            shutil.copytree(ends[state], tmp_path, dirs_exist_ok=True)
        else:
            {"finished": run, "stopped": stop, "killed": lambda each: kill(each, monkeypatch)}[state](job(128))
            ends[state] = shutil.copytree(tmp_path, place / state)
        return job(128)

    return make


def another_digit(path):
    """In the second row."""
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:-1] + (b"1" if lines[1][-1:] != b"1" else b"2")
    path.write_bytes(b"\n".join(lines))


def zeros(path):
    """As long as it was, as a file system may leave a file after a power cut."""
    path.write_bytes(bytes(path.stat().st_size))


def shorter(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("change", [another_digit, zeros, shorter])
@pytest.mark.parametrize("name", ["progress.csv", "timing.csv", "episodes.csv"])
@pytest.mark.parametrize("state", ["finished", "stopped", "killed"])
def test_a_changed_file_is_not_gone_on_with(job, made, tmp_path, state, name, change):
    path = made(state).folder(1) / name
    if state == "killed" and change is shorter:  # rows after the checkpoint are no loss
        path.write_bytes(path.read_bytes()[:60])
    change(path)
    before = bytes_of(tmp_path)
    for asked in (128, 256) if state != "finished" else (256,):
        with pytest.raises(UserError, match=rf"seed-1/{name} is (shorter|not what its run wrote)") as error:
            run(job(asked))
        assert "\n" not in str(error.value)
        assert bytes_of(tmp_path) == before


def test_a_refusal_of_one_seed_changes_no_other(job, made, tmp_path):
    """The first one could be lengthened."""
    made("finished")
    shorter(job(128).folder(1) / "progress.csv")
    before = bytes_of(tmp_path)
    with pytest.raises(UserError, match=r"seed-1/progress\.csv"):
        run(job(256))
    assert bytes_of(tmp_path) == before
    assert check_folders([tmp_path]).problems
    with pytest.raises(UserError, match=r"seed-1/progress\.csv"):
        run(job(128))  # nothing is left to train, and yet its results are not what they were
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize(
    ("take", "told"),
    [
        (lambda path: path.unlink(), "A file was deleted or moved while its run was at work"),
        (
            lambda path: path.rename(path.with_name("moved")),
            "A file was deleted or moved while its run was at work",
        ),
        (shorter, "A file was changed while its run was at work"),
        (another_digit, "A file was changed while its run was at work"),
        (lambda path: shutil.rmtree(path.parent), "A file was deleted or moved while its run was at work"),
        (lambda path: os.replace(shutil.copy(path, path.with_name("copy")), path), "A file was replaced by another"),
    ],
)
@pytest.mark.parametrize("name", ["progress.csv", "timing.csv", "episodes.csv"])
@pytest.mark.parametrize("at", [64, 96, 128])
def test_a_file_that_is_taken_away_from_a_run_at_work_ends_it(job, name, take, told, at):
    def take_away(event):
        if isinstance(event, Progress) and event.env_steps == at:
            take(job(128).folder(1) / name)

    with pytest.raises(OSError, match=told) as error:
        run_job(job(128), take_away)
    assert error.value.filename in (str(job(128).folder(1) / name), str(job(128).folder(1) / "progress.csv"))
    about = job(128).folder(1) / "run.json"
    assert not about.exists() or json.loads(about.read_text())["status"] == "running"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", "128"), ("steps", None), ("steps", True), ("steps", 128.0), ("steps", -1),
        ("status", None), ("status", "done"), ("status", ["finished"]), ("settings", None), ("settings", []),
        ("evaluation", 3), ("evaluation", {"eval_return_det": "high"}), ("env_steps", None), ("env_steps", "64"),
        ("lengthened", {}), ("lengthened", [1]), ("versions", None), ("versions", "all"), ("files", []),
        ("files", {"progress.csv": None}), ("algorithm", 1), ("env", None), ("seed", "0"), ("eval_every", None),
        ("iteration", "2"), ("command", "rlbench"), ("physics", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("asked", [128, 256])
def test_a_run_json_that_is_not_ours_is_refused_with_the_field(job, made, tmp_path, field, value, asked):
    made("finished")
    path = job(128).folder(0) / "run.json"
    about = json.loads(path.read_text())
    for changed in ({**about, field: value}, {name: about[name] for name in about if name != field}):
        if changed is not about and field not in changed and value is not None and field in OPTIONAL:
            continue
        path.write_text(json.dumps(changed))
        before = bytes_of(tmp_path)
        with pytest.raises(UserError, match=rf"run\.json: {field} is ") as error:
            run(job(asked))
        assert "\n" not in str(error.value)
        assert bytes_of(tmp_path) == before
        assert any(f"run.json: {field} is " in problem for problem in check_folders([tmp_path]).problems)


OPTIONAL = ("evaluation", "lengthened", "files", "iteration", "command", "physics")


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000, '{"format": 1, "seed": ' + 6000 * "9" + "}"])
def test_what_is_no_run_json_is_refused(job, made, text):
    made("finished")
    (job(128).folder(0) / "run.json").write_text(text)
    with pytest.raises(UserError, match=r"run\.json cannot be used: .*move its folder away") as error:
        run(job(128))
    assert "\n" not in str(error.value)


def test_other_versions_are_refused_where_a_run_would_go_on(job, made, tmp_path):
    made("stopped")
    path = job(128).folder(0) / "run.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "versions": dict.fromkeys(about["versions"], "0.0.1")}))
    before = bytes_of(tmp_path)
    with pytest.raises(UserError, match=r"made with other code: rlbench 0\.0\.1 there, .*torch 0\.0\.1 there"):
        run(job(128))
    assert bytes_of(tmp_path) == before


KEYS = ("iteration", "env_steps", "steps", "ended", "scores", "times", "files", "algorithm", "sampler", "before")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [None, "text", [1], {"a": 1}, torch.ones(3)], ids=str)
def test_a_checkpoint_whose_fields_are_not_ours_is_refused_with_the_field(job, made, tmp_path, key, value):
    made("stopped")
    path = job(128).folder(0) / "checkpoint.pt"
    content = load_checkpoint(path)
    changed = [{name: content[name] for name in content if name != key}]
    if (key, value) != ("before", None):
        changed.append({**content, key: value})
    for each in changed:
        save_checkpoint(path, each)
        before = bytes_of(tmp_path)
        with pytest.raises(
            UserError, match=rf"checkpoint\.pt: (before\.)?{key if each is changed[0] else ''}"
        ) as error:
            run(job(256))
        assert "\n" not in str(error.value)
        assert bytes_of(tmp_path) == before


@pytest.mark.parametrize(
    ("part", "name", "value", "told"),
    [
        ("algorithm", "theta", None, "is of another version of rlbench: it has no algorithm.theta"),
        ("algorithm", "theta", torch.ones(1, 3), "algorithm.theta is a tensor of 3 float32"),
        ("algorithm", "theta", torch.ones(2, 3), "algorithm is dict, and not a table of tensors"),
        ("sampler", "draws", torch.ones(1, 2), "sampler.draws is a tensor of 2 float32"),
        ("sampler", "env", None, "is of another version of rlbench: it has no sampler.env"),
    ],
)
def test_a_checkpoint_with_other_tensors_is_refused(job, made, tmp_path, part, name, value, told):
    made("stopped")
    path = job(128).folder(0) / "checkpoint.pt"
    content = load_checkpoint(path)
    content[part].pop(name)
    if value is not None:
        content[part][name] = value
    save_checkpoint(path, content)
    before = bytes_of(tmp_path)
    with pytest.raises(UserError, match=rf"checkpoint\.pt:? {told}"):
        run(job(128))
    assert bytes_of(tmp_path) == before


def test_a_run_that_has_not_written_a_row_is_no_run(job, made):
    """Its settings are not in the way of other ones."""
    whole = job(128)
    made("finished")
    for path in (path for seed in whole.seeds for path in whole.folder(seed).iterdir() if path.name != "run.json"):
        path.unlink()
    for seed in whole.seeds:
        about = whole.folder(seed) / "run.json"
        about.write_text(json.dumps({**json.loads(about.read_text()), "status": "running", "files": None}))
    assert len(run(job(64, gamma=0.9))) == 2


def test_an_imported_run_is_not_gone_on_with(job):
    folder = job(64).folder(0)
    folder.mkdir(parents=True)
    about = {"format": 1, "algorithm": "x", "env": "y", "seed": 0, "status": "imported", "steps": None, "env_steps": 9}
    about |= {"eval_every": None, "settings": {}, "versions": {}, "imported": {"tool": "CleanRL"}}
    (folder / "run.json").write_text(json.dumps(about))
    before = bytes_of(folder)
    with pytest.raises(UserError, match=r"holds results imported from CleanRL\. Choose another --name or --out"):
        run(job(64))
    assert bytes_of(folder) == before


@pytest.mark.parametrize("state", ["stopped", "killed"])
def test_another_processor_is_said_at_once_and_kept(made, tmp_path, state, monkeypatch):
    work = made(state)
    for seed in work.seeds:
        path = work.folder(seed) / "run.json"
        about = json.loads(path.read_text())
        path.write_text(json.dumps({**about, "platform": {**about["platform"], "processor": "An Older One"}}))
    here = about["platform"]["processor"]
    told = []
    run_job(work, lambda event: told.append(event.warnings) if isinstance(event, Progress) else None)
    what = f"processor An Older One there, {here} here"
    assert told[0] == tuple(
        f"seed {seed}: goes on on another processor, and may end in other bytes: {what}" for seed in work.seeds
    )
    assert not any(told[1:])
    after = json.loads((work.folder(1) / "run.json").read_text())
    assert after["platform"]["processor"] == here
    [change] = after["changes"]
    assert (change["what"], change["env_steps"]) == ([what], 64)
    monkeypatch.chdir(tmp_path)
    [note] = check_folders([work.out]).notes
    assert note.endswith(f"made otherwise from step 64 on: {what}")


def test_a_run_that_begins_anew_has_always_been_on_this_processor(small_job):
    work = small_job("ppo", seeds=(0,), steps=64, env="InvertedPendulum-v4", **SETTINGS)
    kill_at_once(work)
    path = work.folder(0) / "run.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "platform": {**about["platform"], "processor": "An Older One"}}))
    told = []
    run_job(work, lambda event: told.append(event.warnings) if isinstance(event, Progress) else None)
    after = json.loads(path.read_text())
    assert after["platform"] == about["platform"]
    assert "changes" not in after
    assert not any(told)


def kill_at_once(job):
    """After the first row, before any checkpoint."""

    def die(_):
        raise Killed

    with pytest.raises(Killed):
        run_job(job, die)
