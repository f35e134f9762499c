"""`rlbench status` reads files alone, and names what is running where, what failed, and whose process is gone."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace

import pytest

import rlbench
from rlbench.claim_file import HEARTBEAT_FILE, held_folder, this_process, write_owner
from rlbench.sweep.launchers.contract import Done, Failed, Handed
from rlbench.sweep.record import keep_record
from rlbench.sweep.state import JobState
from rlbench.training.job import Job, Progress


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def run_of(results, seed, status="running", steps=1000, rows=((100, 1.0), (300, 3.0)), label="trpo"):
    folder = results / "Hopper-v4" / label / f"seed-{seed}"
    folder.mkdir(parents=True)
    about = {"format": 1, "env": "Hopper-v4", "algorithm": label, "seed": seed, "status": status, "steps": steps}
    (folder / "run.json").write_text(json.dumps({**about, "env_steps": steps if status == "finished" else 0}))
    lines = ["iteration,env_steps,wall_time", *(f"1,{done},{seconds}" for done, seconds in rows)]
    (folder / "timing.csv").write_text("\n".join(lines) + "\n")
    return folder


def claimed(folder, silent=0.0, **differences):
    held = held_folder(folder)
    held.mkdir(parents=True)
    write_owner(held, replace(this_process("t"), **differences))
    then = (held / HEARTBEAT_FILE).stat().st_mtime - silent
    os.utime(held / HEARTBEAT_FILE, (then, then))


def job_of(results, label, seeds=(0, 1)):
    return Job(label, "Hopper-v4", seeds, 1000, {}, 0, results, provenance={"command": ["rlbench", "run", label]})


def ended_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_what_is_running_where_and_how_fast(results, cli):
    run_of(results, 0, "finished")
    for seed in (1, 2):
        claimed(run_of(results, seed), host="n1", process=7, system="elsewhere", job="Slurm job 3_1")
    told = cli("status", "results")
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == [
        "environment  algorithm  seeds  state     done  steps/s  left  where",
        "Hopper-v4    trpo       1-2    running   30%   200      0:07  process 7 on n1 (Slurm job 3_1)",
        "Hopper-v4    trpo       0      finished  100%",
        "3 runs, 2 running, 1 finished, 200 steps/s, 0:07 left",
    ]


def test_dead_owners_are_named(results, cli):
    claimed(run_of(results, 0), host="n1", process=7, system="elsewhere", silent=200)
    claimed(run_of(results, 1), process=(dead := ended_process()))
    run_of(results, 2)
    run_of(results, 3, "stopped")
    told = cli("status", "results")
    assert told.status == 1
    assert re.search(
        r"trpo 0: process 7 on n1 is gone, last heard of 3:[2-5]\d ago; the same command goes on", told.out
    )
    assert f"trpo 1: process {dead} on " in told.out
    assert "trpo 2: nobody is at work on it, and it has not ended" in told.out
    assert told.out.splitlines()[-1] == "4 runs, 3 dead, 1 stopped"


def test_a_sweep_tells_what_waits_and_what_failed(results, cli):
    results.mkdir()
    states = [JobState(job_of(results, label)) for label in ("trpo", "ppo", "cem")]
    with keep_record(states) as record:
        states[0].apply(Failed("ValueError: no"), 1.0)
        states[1].apply(Progress(10, (None, None)), 1.0)
        record.update()
        (results / "logs").mkdir()
        (results / "logs" / "Hopper-v4--trpo--seed-0-1.log").write_text("Traceback")
        claimed(run_of(results, 0, label="ppo"))
        claimed(run_of(results, 1, label="ppo"))
        told = cli("status", "results")
        lines = told.out.splitlines()
        assert told.status == 1
        assert [line.split()[1:4] for line in lines[2:4]] == [["cem", "0-1", "waiting"], ["trpo", "0-1", "failed"]]
        log = results / "logs" / "Hopper-v4--trpo--seed-0-1.log"
        assert f"failed: Hopper-v4 trpo 0-1: ValueError: no; its log: {log}" in lines
        assert f"at work: process {os.getpid()} on " in told.out
        assert lines[-1].startswith("6 runs, 2 running, 2 waiting, 2 failed, 200 steps/s, ")
        states[2].apply(Done(), 1.0)
        held_folder(results / "Hopper-v4" / "ppo" / "seed-0").rename(results / "x")
    assert not list((results / "sweeps").glob("*.new"))
    counts = rlbench.status(results).counts
    assert counts == {"failed": 2, "dead": 1, "running": 1, "not begun": 2}


def test_a_failure_that_was_mended_is_forgotten(results):
    state = JobState(job_of(results, "trpo", (0,)))
    run_of(results, 0, "finished")
    with keep_record([state]):
        state.apply(Failed("no"), 1.0)
    assert rlbench.status(results).counts == {"finished": 1}


def test_for_programs(results, cli):
    claimed(run_of(results, 5))
    for option in (["--json"], ["--format", "json"]):
        told = json.loads(cli("status", "results", *option).out)
        assert (told["counts"], told["rate"], told["seconds_left"]) == ({"running": 1}, 100.0, 7.0)
        expected = asdict(rlbench.status("results").seeds[0])
        assert [{**run, "silent": 0} for run in told["runs"]] == [{**expected, "silent": 0}]
        assert (told["groups"][0]["process"], told["groups"][0]["seeds"]) == (os.getpid(), [5])


def test_nothing_is_changed(results):
    claimed(run_of(results, 0), process=ended_process())
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*")}
    rlbench.status(results)
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*")} == before


@pytest.mark.parametrize("name", ["nowhere", "file", "empty"])
def test_nonsense_is_one_line(results, cli, name):
    results.mkdir()
    (results / "file").touch()
    (results / "empty").mkdir()
    told = cli("status", str(results / name))
    assert (told.status, told.out, told.err.count("\n")) == (2, "", 1)
    assert told.err.startswith("rlbench: ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"format": 1, "owner": {}, "jobs": []}',
        b'{"format": true}',
        "wild",
    ],
    ids=range(8),
)
def test_strangers_records_are_notes(results, cli, content):
    run_of(results, 0, "finished")
    (results / "sweeps").mkdir()
    if content == "wild":
        owner = asdict(this_process(""))
        jobs = [{"env": "E\x1b[31m", "label": "../..", "seeds": [0], "steps": 1, "stage": "x", "reason": "", "log": ""}]
        content = json.dumps({"format": 1, "owner": owner, "began": "", "ended": "", "command": [], "jobs": jobs})
        content = content.encode()
    (results / "sweeps" / "a.json").write_bytes(content)
    (results / "sweeps" / "b.json").mkdir()
    told = cli("status", "results")
    assert told.status == 0
    assert "a.json is ignored: it is not the record of a sweep" in told.err
    assert "1 run, 1 finished" in told.out


@pytest.mark.parametrize("text", ["", "x", "env_steps,wall_time\n", "env_steps,wall_time\na,b\n", "\0" * 99, "é\n1\n"])
def test_a_strangers_timing_is_no_rate(results, text):
    folder = run_of(results, 0)
    claimed(folder)
    (folder / "timing.csv").write_text(text)
    [run] = rlbench.status(results).seeds
    assert (run.env_steps, run.rate, run.state) == (0, None, "running")


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Makes a stand-in for Slurm's command."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    def make(text):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / "squeue").write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / "squeue").chmod(0o755)

    return make


def submit(results, content=b"31\n"):
    with keep_record([JobState(job_of(results, "trpo"))]) as record:
        record._states[0].apply(Handed(results / "x.sh", "31", "logs/x.log"), 1.0)
        record.update()
    (results / "sweeps" / "x.job").write_bytes(content)


def test_arrays_of_slurm_are_told(results, cli, squeue):
    results.mkdir()
    submit(results)
    squeue('[ "$3" = --job=31 ] && printf "RUNNING None\\nPENDING Priority\\nPENDING Priority\\n"')
    told = cli("status", "results")
    assert "at work: Slurm job 31: 1 running, 2 pending (Priority)" in told.out
    assert "no longer has" not in told.out


@pytest.mark.parametrize("answer", ["true", "echo slurm_load_jobs error: Invalid job id specified >&2; exit 1"])
def test_an_array_that_was_withdrawn_is_noted(results, cli, squeue, answer):
    results.mkdir()
    submit(results)
    squeue(answer)
    told = cli("status", "results")
    assert "note: Slurm no longer has job 31; the same command queues again what was not begun" in told.err


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        ("echo cannot connect >&2; exit 1", b"31\n"),
        ("exec touch asked", b"--help"),
        ("exec touch asked", "３１".encode()),
        ("exec touch asked", b"\xff"),
    ],
)
def test_what_slurm_does_not_tell_is_not_told(results, cli, squeue, answer, content):
    results.mkdir()
    submit(results, content)
    squeue(answer)
    told = cli("status", "results")
    assert told.status == 0
    assert "Slurm job" not in told.out
    assert "no longer has" not in told.out
    assert not (results.parent / "asked").exists()
