"""Scripts for Slurm, without one: what they say, and that their lines mean the jobs they were made of."""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.sweep.jobs import make_jobs
from rlbench.sweep.launchers import slurm
from rlbench.sweep.launchers.contract import Done, Handed
from rlbench.sweep.launchers.needs import EMPTY_TASK, bytes_of
from rlbench.sweep.launchers.options import Launching
from rlbench.sweep.launchers.slurm_script import make_script, words_of
from rlbench.sweep.lookup import here, look_up
from rlbench.sweep.raw_options import RawOptions
from rlbench.sweep.record import keep_record
from rlbench.sweep.request import read_assignments, read_request
from rlbench.sweep.state import JobState
from rlbench.sweep.sweep import prepare

SETTINGS = {
    "ppo.hidden_sizes": "32/64,32",
    "ppo.learning_rate": "0.00012345678901234567",
    "ppo.target_kl": "0.02",
    "trpo.damping": "0.1,0.3",
}


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """A folder of stand-ins for Slurm's commands, first on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(name, text):
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)

    return make


def jobs_of(words):
    request = read_request(words, None)
    return make_jobs(request, look_up(request, here))


def read_line(line):
    """The options in a line of a script, as the command line reads them."""
    words = iter(line)
    algorithm, given, settings = next(words), {}, []
    for word in words:
        if word == "--set":
            settings.append(next(words))
        else:
            given[word.removeprefix("--").replace("-", "_")] = next(words)
    given |= {"algorithms": [algorithm], "env": [given["env"]], "workers": "1"}
    return RawOptions(**given, settings=read_assignments(settings))


def test_the_lines_of_a_script_mean_the_jobs_they_were_made_of(tmp_path):
    words = RawOptions(
        ["ppo", "trpo"], ["CartPole-v1"], seeds="0,2,3", steps="50k", out=str(tmp_path), workers="8", settings=SETTINGS
    )
    jobs = jobs_of(words)
    assert len({job.label for job in jobs}) == 4
    for job in jobs:
        [read] = jobs_of(read_line(words_of(job, tmp_path)))
        known = ("algorithm", "label", "env", "seeds", "steps", "settings", "eval_every", "out")
        assert [getattr(read, name) for name in known] == [getattr(job, name) for name in known]


def test_every_bash_reads_the_script(tmp_path, make_job):
    stem = tmp_path / 'it\'s "my" $out' / "sweeps" / "s"
    launching = Launching("slurm", "gpu,cpu", "me", "12:00:00", tasks=3)
    text = make_script([[make_job()], [make_job("ppo", seeds=(3,)), make_job("cem")]], launching, stem, "900M")
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert "#SBATCH --array=0-1%3\n#SBATCH --partition=gpu,cpu\n#SBATCH --account=me\n#SBATCH --time=12:00:00\n" in text
    assert "#SBATCH --mem=900M\n#SBATCH --signal=B:TERM@120\n#SBATCH --open-mode=append\n" in text
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith("  rlbench_run ")]
    assert [line[1] for line in lines] == ["trpo", "ppo", "cem"]
    assert lines[1][lines[1].index("--seeds") + 1] == "3,"
    assert all(str(stem.parent.parent) in line for line in lines)


def run_task(tmp_path, make_job, python, signals=()):
    """Run a script's task with a stand-in for Python."""
    stem = tmp_path / "out" / "sweeps" / "s"
    (tmp_path / "out" / "logs").mkdir(parents=True, exist_ok=True)
    program = tmp_path / "python"
    program.write_text(f"#!/bin/bash\n{python}\n")
    program.chmod(0o755)
    text = make_script([[make_job(), make_job("ppo")]], Launching("slurm"), stem, "1G")
    text = text.replace(shlex.quote(sys.executable), str(program)).replace("sleep 60", "sleep 0")
    environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "0", "SLURM_JOB_ID": "77"}
    with subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as shell:
        shell.stdin.write(text)
        shell.stdin.close()
        for number in signals:
            assert shell.stdout.readline() == "begun\n"
            shell.send_signal(number)
        output = shell.stdout.read()
    return shell.returncode, output, tmp_path / "out" / "logs" / "s-0.failed"


def test_a_task_that_fails_says_so_to_slurm_and_to_the_status(tmp_path, make_job):
    for bad in ("trpo", "ppo"):
        status, output, failed = run_task(tmp_path, make_job, f'echo "$4"; [ "$4" != {bad} ] || exit 2')
        assert (status, output.split(), failed.read_text()) == (2, ["trpo", "ppo"], "2\n")
    status, _, failed = run_task(tmp_path, make_job, "exit 0")
    assert (status, failed.exists()) == (0, False)


@pytest.mark.parametrize(("state", "queued_again"), [("RUNNING", True), ("COMPLETING", False), ("", False)])
def test_at_the_signal_a_task_ends_in_order_and_is_queued_again(tmp_path, make_job, commands, state, queued_again):
    commands("squeue", f"echo {state}")
    commands("scontrol", f'echo "$@" >>{tmp_path}/asked')
    trap = 'trap "echo checkpoint; exit 143" TERM; echo begun; for i in {1..200}; do sleep 0.05; done; echo no'
    status, output, failed = run_task(tmp_path, make_job, trap, signals=(15,))
    assert (status, "checkpoint" in output, "no" in output.split()) == (143, True, False)
    assert (tmp_path / "asked").exists() == queued_again
    assert not queued_again or (tmp_path / "asked").read_text() == "requeue 77\n"
    assert not failed.exists()


class Pool:
    def ask(self, function, *arguments, parts=frozenset()):  # noqa: ARG002
        return function(*arguments)


def launched(jobs, **options):
    return list(slurm.Slurm(Launching("slurm", **options), Pool()).run(jobs))


def test_jobs_are_handed_over_submitted_and_not_queued_twice(tmp_path, commands):
    commands("sbatch", "echo '12;cluster'")
    commands("squeue", "echo PENDING; echo RUNNING; echo PENDING")
    jobs = jobs_of(RawOptions(["cem", "ppo"], ["CartPole-v1"], seeds="2", steps="10k", out=str(tmp_path / "o")))
    events = launched(jobs, submit=True)
    assert [event.number for _, event in events] == ["12"] * len(jobs)
    script = events[0][1].script
    assert script.stat().st_mode & stat.S_IXUSR
    assert [event.log for _, event in events] == [f"logs/{script.stem}-{place}.log" for place in range(len(jobs))]
    with pytest.raises(UserError, match=r"queued already as Slurm job 12 \(2 pending, 1 running\).*scancel 12"):
        launched(jobs)
    commands("squeue", "exit 1")
    assert all(isinstance(event, Handed) and not event.number for _, event in launched(jobs))


def test_what_is_finished_is_not_queued(make_job):
    job = make_job(seeds=(0,))
    job.folder(0).mkdir(parents=True)
    (job.folder(0) / "run.json").write_text('{"status": "finished", "steps": 1000}')
    assert launched([job]) == [(0, Done())]
    assert not (job.out / "sweeps").exists()


def test_memory_is_the_estimate_or_the_measured_peak(make_job):
    job = make_job(seeds=(0,))
    assert bytes_of(job) == EMPTY_TASK
    job.folder(0).mkdir(parents=True)
    (job.folder(0) / "run.json").write_text('{"peak_memory": 5000000000}')
    assert bytes_of(job) == 6_000_000_000 + EMPTY_TASK // 4


def test_cores_are_those_of_usable_nodes(commands):
    commands("sinfo", "[ $# = 2 ] && echo 3/4/100/107 1/0/0/1 || echo 0/8/0/8")
    assert (slurm.count_cores(""), slurm.count_cores("small")) == (8, 8)
    commands("sinfo", "echo 0/0/4/4")
    with pytest.raises(UserError, match="no usable cores in partition x"):
        slurm.count_cores("x")
    commands("sinfo", "echo bad partition >&2; exit 1")
    with pytest.raises(UserError, match=r"^sinfo failed: bad partition\. Say with --workers"):
        slurm.count_cores("x")


def test_without_slurm_the_commands_are_missed_by_name(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"^sinfo is not on this machine: is Slurm installed\? Say with --workers"):
        slurm.count_cores("")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"launcher": "slurmm"}, "--launcher is one of local, ray, slurm, not 'slurmm'. Did you mean slurm?"),
        ({"launcher": 3}, "--launcher is one of"),
        ({"partition": "x"}, "--partition is for --launcher slurm"),
        ({"submit": True}, "--submit is for --launcher slurm"),
        ({"launcher": "slurm", "partition": "a b"}, "--partition is one word"),
        ({"launcher": "slurm", "memory": 3}, "--memory is one word for Slurm's --mem"),
        ({"launcher": "slurm", "time": "4"}, "--time 4 is less than 5 minutes"),
        ({"launcher": "slurm", "time": "0:04:59"}, "is less than 5 minutes"),
        ({"launcher": "slurm", "time": "soon"}, "--time is minutes"),
        ({"launcher": "slurm", "device": "cuda"}, "cannot ask for GPUs yet"),
        ({"launcher": "slurm", "workers": "0"}, "--workers is a whole number of at least 1"),
    ],
    ids=range(11),
)
def test_options_that_cannot_be(options, words):
    with pytest.raises(UserError) as told:
        read_request(RawOptions(["ppo"], ["CartPole-v1"], **options), None)
    assert words in str(told.value)


@pytest.mark.parametrize("time", ["5", "1-0", "0-00:05", "12:00:00", "300:00", "1-12:30:00"])
def test_times_that_slurm_reads(time):
    read_request(RawOptions(["ppo"], ["CartPole-v1"], launcher="slurm", time=time), None)


def test_changed_code_is_refused_with_the_difference(tmp_path, monkeypatch, cli_run):
    [job] = jobs_of(RawOptions(["cem"], ["CartPole-v1"], seeds="1", steps="2k", out=str(tmp_path / "o")))
    [(_, handed)] = launched([job])
    code = handed.script.with_suffix(".code")
    monkeypatch.setattr("rlbench.training.source.own_source", lambda: "f" * 64)
    with pytest.raises(
        UserError, match=r"^The code was changed after cem on CartPole-v1 was queued: rlbench git .*here"
    ):
        cli_run(expect_code=code)
    monkeypatch.undo()
    code.write_text(code.read_text().replace('"torch": "', '"torch": "0.'))
    with pytest.raises(UserError, match=r"was queued: torch 0\.\S+ there, \S+ here\. Give the command"):
        cli_run(expect_code=code)
    for nonsense in ("", "[1]", "{}"):
        code.write_text(nonsense)
        with pytest.raises(UserError, match="--expect-code"):
            cli_run(expect_code=code)
    assert not Path(tmp_path / "o" / "CartPole-v1").exists()


@pytest.fixture
def cli_run(tmp_path):
    """Prepares a run in this process, and trains nothing."""

    class Nobody(Pool):
        def free_memory(self):
            return None

    def call(**options):
        words = RawOptions(["cem"], ["CartPole-v1"], seeds="1", steps="2k", out=str(tmp_path / "o"), **options)
        return prepare(read_request(words, None), Nobody())

    return call


def test_a_failed_task_is_shown_as_failed(tmp_path):
    words = RawOptions(["cem"], ["CartPole-v1"], seeds="1", steps="2k", out=str(tmp_path / "o"), workers="1")
    jobs = jobs_of(words)
    states = [JobState(job) for job in jobs]
    with keep_record(states) as record:
        for index, event in launched(jobs):
            states[index].apply(event, 0.0)
        record.update()
    assert rlbench.status(tmp_path / "o").counts == {"queued": 1}
    (tmp_path / "o" / states[0].handed.log).with_suffix(".failed").write_text("2\n")
    [run] = rlbench.status(tmp_path / "o").seeds
    assert (run.state, run.reason) == ("failed", "its task ended with status 2")
