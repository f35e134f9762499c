"""`rlbench run`, with fake workers for what is said and real ones for what is done."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from copied_workers import start_copied_worker
from mistakes import lines_of_mistake, without_progress

from rlbench.cli.run import carry_out
from rlbench.sweep.chosen_settings import Chosen
from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.sweep.lookup import LookedUp
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.sweep import Sweep, run_sweep
from rlbench.training.job import Finished, Progress

TINY = ("--steps", "256", "--num-envs", "2", "--set", "num_steps=64", "--workers", "1")


class FakePool:
    """Answers, and does each job as told by `fate`, a function of the job."""

    ask = None

    def __init__(self, fate):
        self.fate = fate

    def look_up(self, request, _):
        settings = {name: Chosen({"num_envs": 4, "num_steps": 25}, {}, name) for name in request.algorithms}
        pairs = [(env, name) for env in request.envs for name in request.algorithms]
        batches, parameters, memory = (dict.fromkeys(pairs, number) for number in (100, 1234, 0))
        return LookedUp(settings, batches, parameters, memory, dict.fromkeys(request.envs, 1e-4))

    def free_memory(self):
        return None

    def run(self, jobs):
        for index, job in enumerate(jobs):
            for event in self.fate(job):
                yield index, event


def well(job):
    yield Progress(job.steps, tuple(1.0 for _ in job.seeds))
    for seed in job.seeds:
        yield Finished(seed, "finished", job.steps, 10.0 * seed, 5.0)
    yield Done()


FEW = (
    "note: 3 seeds each cannot show any difference in 1 comparison, however large it is: "
    "rlbench compare needs at least 4 seeds each.\n"
)
"""What is said before two algorithms train with three seeds."""


def do(fate, tmp_path, capsys, **words):
    said = {"algorithms": ["trpo", "ppo"], "env": ["Hopper-v4"], "seeds": "3", "steps": "1k", "workers": "2", **words}
    request = read_request(RawOptions(**said, device="cpu", out=str(tmp_path / "out")), None)
    pool = FakePool(fate)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlbench.sweep.sweep.look_up", pool.look_up)
        patch.setattr("rlbench.sweep.sweep.open_launcher", lambda *_: contextlib.nullcontext((request, pool)))
        status = carry_out(request, "rlbench run again")
    captured = capsys.readouterr()
    assert captured.err.count(FEW) == (1 if len(said["algorithms"]) > 1 and not said.get("quiet") else 0)
    out, err = (text.replace(str(tmp_path), ".") for text in (captured.out, captured.err))
    return status, out, without_progress(err.replace(FEW, "")), err


def test_a_sweep_says_what_it_does_and_what_came_of_it(tmp_path, capsys):
    status, out, err, told = do(well, tmp_path, capsys)
    assert (status, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["environment", "algorithm"],
        ["Hopper-v4", "trpo"],
        ["Hopper-v4", "ppo"],
    ]
    assert "Hopper-v4    trpo       3      1,000  10.0 ± 10.0             5.0 ± 0.0" in out.splitlines()
    lines = told.replace(FEW, "").splitlines()
    assert "6 runs of 1,000 transitions, 6,000 in all" in lines[0]
    batch = "4 worlds x 25 steps = 100 a batch, iterations 10"
    assert lines[1] == f"  Hopper-v4  trpo  seeds 0-2  1,234 parameters  {batch}"
    assert lines[3].startswith("  jobs 2, workers 2, cores ")
    assert lines[4:6] == ["  evaluated every 100 transitions", "  device cpu (asked for)"]
    assert lines[-2:] == ["Files: ./out", "Go on with: rlbench plot ./out"]


def test_warnings_go_to_stderr(tmp_path, capsys):
    status, _, err, _ = do(well, tmp_path, capsys, steps="1050")
    assert status == 0
    assert err.splitlines()[0] == ("warning: trpo: batches of 100 do not fill --steps 1,050; a seed stops at 1,000.")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_warning_of_a_job_goes_to_stderr_while_it_runs(tmp_path, capsys, quiet):
    def doubtful(job):
        yield Progress(500, (1.0,), ("seed 2: the critic's mean value is 9 and so on",))
        yield from well(job)

    status, out, err, _ = do(doubtful, tmp_path, capsys, algorithms=["trpo"], workers="1", quiet=quiet)
    assert (status, err) == (0, "warning: Hopper-v4 trpo seed 2: the critic's mean value is 9 and so on\n")
    assert "critic" not in out


def test_quiet_says_the_paths_alone(tmp_path, capsys):
    status, out, err, _ = do(well, tmp_path, capsys, quiet=True, algorithms=["trpo"])
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"./out/Hopper-v4/trpo/seed-{seed}" for seed in (0, 1, 2)]


def test_an_interrupt_that_python_dropped_is_seen_at_the_next_event(tmp_path, monkeypatch):
    pool, told = FakePool(well), []
    monkeypatch.setattr("rlbench.sweep.sweep.look_up", pool.look_up)
    request = read_request(RawOptions(algorithms=["trpo"], env=["Hopper-v4"], out=str(tmp_path)), None)
    monkeypatch.setattr("rlbench.sweep.sweep.open_launcher", lambda *_: contextlib.nullcontext((request, pool)))
    with pytest.raises(KeyboardInterrupt):
        run_sweep(request, told.append, [KeyboardInterrupt()])
    assert [type(event) for event in told] == [Sweep]


def test_a_failed_job_is_said_last_and_the_others_have_their_row(tmp_path, capsys):
    def fate(job):
        if job.algorithm == "ppo":
            return iter([Failed("ValueError: [red]no", log_tail=("Traceback", "ValueError: [red]no"))])
        return well(job)

    status, out, err, _ = do(fate, tmp_path, capsys)
    assert status == 1
    assert "trpo       3 " in out
    assert "ppo        0 of 3" in out
    assert err.splitlines() == [
        "Hopper-v4 ppo 0-2 failed: ValueError: [red]no",
        "    Traceback",
        "    ValueError: [red]no",
        "    all of it: ./out/logs/Hopper-v4--ppo--seed-0-2.log",
        "To go on where it stopped, once the cause is mended: rlbench run again",
    ]


def test_a_diverged_seed_is_status_1(tmp_path, capsys):
    def fate(_):
        yield Finished(0, "diverged", 300, None, None)
        yield from (Finished(seed, "finished", 1000, 1.0, 1.0) for seed in (1, 2))
        yield Done()

    status, out, err, _ = do(fate, tmp_path, capsys, algorithms=["trpo"], workers="1")
    assert status == 1
    assert "2 of 3" in out
    assert err == "Hopper-v4 trpo seed 0 diverged (not a number) after 300 steps\n"


def test_a_refused_sweep_is_status_2(tmp_path, capsys):
    status, _, err, _ = do(lambda _: iter([Failed("Settings differ.", mendable=True)]), tmp_path, capsys)
    assert status == 2
    assert "Hopper-v4 trpo 0-2 failed: Settings differ." in err


@pytest.mark.usefixtures("quick_workers")
def test_what_cannot_be_gone_on_with_is_refused_before_anything_is_done(cli, tmp_path):
    """Of two algorithms one could be made longer; neither is touched."""
    arguments = ("run", "ppo", "cma-es", "-e", "CartPole-v1", "--seeds", "2", "--workers", "1", "--out", str(tmp_path))
    small = ("--set", "ppo.num_envs=2", "--set", "ppo.num_steps=64", "--set", "cma-es.population=4")
    assert cli(*arguments, *small, "--steps", "256").status == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    outcome = cli(*arguments, *small, "--steps", "512")
    assert (outcome.status, outcome.out) == (2, "")
    [line] = outcome.err.splitlines()
    assert "holds a finished run of 256 steps that cannot be made longer" in line
    assert line.endswith("a run begun with --set schedule=constant can be made longer")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert cli("run", *arguments[2:], *small[4:], "--steps", "512").status == 0


@pytest.mark.slow
@pytest.mark.usefixtures("quick_workers")
def test_a_run_made_longer_by_default_is_evaluated_as_it_was_begun(cli, tmp_path):
    """And so are its new seeds; the files are those of runs that were begun with that spacing."""
    common = (
        "run",
        "cma-es",
        "-e",
        "InvertedPendulum-v4",
        "--workers",
        "1",
        "--device",
        "cpu",
        "--set",
        "population=4",
        "-q",
    )
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    assert cli(*common, "--seeds", "1", "--steps", "3k", "--out", str(grown)).err == ""
    longer = cli(*common[:-1], "--seeds", "2", "--steps", "6k", "--out", str(grown))
    kept = (
        "note: cma-es on InvertedPendulum-v4: evaluated every 300 transitions, as the runs that are there. A new run "
    )
    assert kept in longer.err
    assert "  evaluated every 300 transitions\n" in longer.err
    assert cli(*common, "--seeds", "2", "--steps", "6k", "--eval-every", "300", "--out", str(whole)).err == ""
    for seed in (0, 1):
        rows = [
            (out / "InvertedPendulum-v4" / "cma-es" / f"seed-{seed}" / "progress.csv").read_bytes()
            for out in (grown, whole)
        ]
        assert rows[0] == rows[1]
        assert (
            json.loads((grown / "InvertedPendulum-v4" / "cma-es" / f"seed-{seed}" / "run.json").read_text())[
                "eval_every"
            ]
            == 300
        )


def test_a_real_run_end_to_end(cli, tmp_path, monkeypatch):
    arguments = ("run", "trpo", "-e", "Hopper-v4", "--seeds", "2", *TINY, "--out", str(tmp_path))
    outcome = cli(*arguments)
    assert (outcome.status, without_progress(outcome.err)) == (0, "")
    assert "Hopper-v4    trpo       2      256" in outcome.out
    rows = (tmp_path / "Hopper-v4" / "trpo" / "seed-1" / "progress.csv").read_bytes()
    assert rows
    monkeypatch.setattr("rlbench.sweep.launchers.workers.start_process", start_copied_worker)
    again = cli(*arguments)
    assert again.status == 0
    assert "Hopper-v4    trpo       2      256" in again.out
    assert (tmp_path / "Hopper-v4" / "trpo" / "seed-1" / "progress.csv").read_bytes() == rows
    assert not (tmp_path / "logs").exists()


@pytest.mark.usefixtures("quick_workers")
def test_a_grid_and_a_named_variant_have_folders_of_their_own_and_go_on(cli, tmp_path):
    common = ("run", "ppo", "-e", "CartPole-v1", "--seeds", "1", *TINY, "--device", "cpu", "--out", str(tmp_path))
    grid = cli(*common, "--set", "clip_coef=0.1,0.2")
    assert grid.status == 0
    few = "1 seed each cannot show any difference in 1 comparison, however large it is"
    assert without_progress(grid.err) == f"note: {few}: rlbench compare needs at least 4 seeds each.\n"
    named = cli(*common, "--name", "ppo-small-clip", "--set", "clip_coef=0.1")
    assert (named.status, without_progress(named.err)) == (0, "")
    labels = ("ppo-clip_coef=0.1", "ppo-clip_coef=0.2", "ppo-small-clip")
    folders = {label: tmp_path / "CartPole-v1" / label / "seed-0" for label in labels}
    rows = {label: (folder / "progress.csv").read_bytes() for label, folder in folders.items()}
    assert rows["ppo-clip_coef=0.1"] == rows["ppo-small-clip"]
    told = json.loads((folders["ppo-small-clip"] / "run.json").read_text())
    assert (told["algorithm"], told["label"], told["settings"]["clip_coef"]) == ("ppo", "ppo-small-clip", 0.1)

    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.csv")}
    again = cli(*common, "--set", "clip_coef=0.2,0.1")
    assert "CartPole-v1  ppo-clip_coef=0.1  1      256" in again.out
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.csv")} == written  # nothing is trained again
    other = cli(*common, "--name", "ppo-small-clip", "--set", "clip_coef=0.3")
    assert other.status == 2
    assert "clip_coef 0.1 there, 0.3 asked.\nhint: Choose another --out or --name, or --fresh" in other.err
    table = cli("table", str(tmp_path), "--format", "csv", "--algorithms", "ppo-small-clip,ppo-clip_coef=0.2")
    listed = dict.fromkeys(line.split(",")[1] for line in table.out.splitlines()[1:])
    assert list(listed) == ["ppo-clip_coef=0.2", "ppo-small-clip"]
    check = cli("check", str(tmp_path))
    assert (check.status, check.out) == (0, "runs verified: 3 of 3, notes: 0, problems: 0\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "tpro", "-e", "Hopper-v4"), "no algorithm 'tpro'. Did you mean trpo?"),
        (("run", "trpo", "-e", "Hoper-v4"), "Did you mean Hopper-v4?"),
        (("run", "trpo", "-e", "Hopper-v4", "--set", "gama=1"), "trpo has no setting 'gama'. Did you mean gamma?"),
        (("run", "trpo", "-e", "Hopper-v4", "--set", "gamma=2"), "gamma is a number"),
    ],
)
def test_mistakes_that_need_the_registry(cli, tmp_path, arguments, words):
    outcome = cli(*arguments, "--workers", "1", "--out", str(tmp_path / "out"))
    assert (outcome.status, outcome.out) == (2, "")
    assert words in outcome.err
    assert len(lines_of_mistake(outcome.err)) == 1
    assert not (tmp_path / "out").exists()


RLBENCH = (sys.executable, "-m", "rlbench")
PATIENT = """
import functools
from rlbench.cli import main
from rlbench.sweep.launchers.workers import Workers
Workers.__init__ = functools.partialmethod(Workers.__init__, grace=3600.0)
if __name__ == "__main__":
    main()
"""
"""rlbench, with an hour for workers to end in when they are asked to."""


@contextlib.contextmanager
def running(*command, out):
    """A command with a run of a million steps, once that has told of its first rows; its arguments; its processes."""
    arguments = ["run", "trpo", "-e", "Hopper-v4", "--seeds", "2", "--workers", "1", "--out", str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, *arguments], text=True, **pipes) as process:
        while "running" not in process.stderr.readline():
            assert process.poll() is None, process.stderr.read()
        children = children_of(process.pid)
        assert children
        yield process, arguments, children
    while any(is_alive(child) for child in children):
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "status"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_a_stopped_run_leaves_no_process_and_says_how_to_go_on(tmp_path, number, status):
    with running(*RLBENCH, out=tmp_path) as (process, arguments, _):
        process.send_signal(number)
        _, err = process.communicate()
    assert process.returncode == status
    assert f"Stopped. To go on: rlbench {' '.join(arguments)}" in err
    assert "Traceback" not in err


def test_a_second_ctrl_c_stops_at_once_and_still_loses_nothing(cli, tmp_path):
    """A worker that is held cannot answer the first, which waits for it; the second does not."""
    with running(sys.executable, "-c", PATIENT, out=tmp_path) as (process, _, children):
        [worker] = [child for child in children if b"rlbench.sweep.launchers.worker" in command_of(child)]
        os.kill(worker, signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        while (line := process.stderr.readline()) != "\n":
            assert "running" in line
        assert process.stderr.readline() == "Stopping: each job writes its checkpoint. Once more stops at once.\n"
        while not is_pending(worker, signal.SIGTERM):
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert "Stopped. To go on: rlbench run" in err
    checked = cli("check", str(tmp_path))
    assert checked.status == 0
    assert checked.out.splitlines()[-1].endswith("problems: 0")


def is_pending(pid, number):
    """Whether a process was sent a signal that it has not met yet."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [pending] = [int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd:")]
    return bool(pending >> (number - 1) & 1)


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
