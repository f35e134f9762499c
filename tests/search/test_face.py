"""`rlbench.run` from programs: their own process is left alone."""

import contextlib
import pickle
import re
import subprocess
import sys
from inspect import signature
from pathlib import Path

import gymnasium
import pytest

import rlbench
from rlbench.errors import UserError
from rlbench.search.run_options import RunOptions
from rlbench.sweep.events import DashboardLost, JobEvent, warn
from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.sweep.state import JobState
from rlbench.training.job import Finished, Job, Progress

DOCS = Path(rlbench.__file__).parent.parent / "docs"

SCRIPT = """
import os, signal, sys, threading
def kept():
    return dict(os.environ), [signal.getsignal(number) for number in signal.valid_signals()], threading.active_count()
before = kept()
import rlbench
told, found = [], []
def train():
    settings = {"population": 4, "elite_fraction": 0.5}
    found.extend(rlbench.run("cem", env="InvertedPendulum-v4", seeds=[3], steps=256, settings=settings, device="cpu",
                             on_event=lambda event: told.append((threading.current_thread().name, str(event)))))
thread = threading.Thread(target=train, name="mine")
thread.start()
thread.join()
after = kept()
assert before == after, (before, after)
assert {name for name, _ in told} == {"mine"}
print(told[0][1])
print(found[0].algorithm, found[0].seed, found[0].status, found[0].folder)
"""


def test_a_script_without_a_guard_and_from_a_thread(tmp_path):
    """The script begins once, and its signals, environment and threads are as they were."""
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 run of 256 transitions in 1 job, files in results",
        "cem 3 finished results/InvertedPendulum-v4/cem/seed-3",
    ]


@pytest.mark.usefixtures("quick_workers")
def test_the_examples_of_the_page_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL):
        exec(compile(block, "docs/python.md", "exec"), names)
    assert [(run.algorithm, run.seed) for run in names["runs"]] == [("trpo", 0), ("trpo", 1), ("ppo", 0), ("ppo", 1)]
    assert set(names["frame"].algorithm) == {"trpo", "ppo"}
    assert "ppo 1 finished" in capsys.readouterr().out
    assert names["runs"][1:3].frame().seed.unique().tolist() == [0, 1]


class Pool:
    """Workers that do as `fate` says."""

    def __init__(self, fate):
        self.fate = fate

    def run(self, jobs):
        for index, job in enumerate(jobs):
            for event in self.fate(job):
                yield index, event

    def free_memory(self):
        return None

    def ask(self, function, *arguments, parts=frozenset()):
        assert not parts
        return function(*arguments)


def run_with(fate, tmp_path, monkeypatch, **options):
    opened = lambda request, _: contextlib.nullcontext((request, Pool(fate)))  # noqa: E731
    monkeypatch.setattr("rlbench.sweep.sweep.open_launcher", opened)
    words = {"env": "CartPole-v1", "seeds": 2, "steps": 4096, "out": tmp_path, "device": "cpu", "workers": 2}
    return rlbench.run(["cem", "reinforce"], **{**words, **options})


def well(job):
    for seed in job.seeds:
        yield Finished(seed, "diverged" if seed else "finished", 100, 1.0, 2.0)
    yield Done()


def test_an_environment_of_the_calling_program_alone_is_named(tmp_path, monkeypatch):
    """The worker's registry is another one than this program's."""

    def ask(self, function, *arguments, parts=frozenset()):  # noqa: ARG001
        with pytest.MonkeyPatch.context() as patch:
            patch.delitem(gymnasium.registry, "Mine-v0")
            return function(*arguments)

    monkeypatch.setattr(Pool, "ask", ask)
    gymnasium.register("Mine-v0", "gymnasium.envs.classic_control:CartPoleEnv")
    try:
        told = r'^Mine-v0 is registered in this program alone.*="my_module:Mine-v0"'
        with pytest.raises(rlbench.UserError, match=told):
            run_with(well, tmp_path, monkeypatch, env="Mine-v0")
    finally:
        gymnasium.registry.pop("Mine-v0")


def test_runs_are_a_sequence_in_the_order_asked_for(tmp_path, monkeypatch):
    runs = run_with(well, tmp_path, monkeypatch)
    assert [(run.algorithm, run.seed, run.status) for run in runs] == [
        ("cem", 0, "finished"), ("cem", 1, "diverged"), ("reinforce", 0, "finished"), ("reinforce", 1, "diverged"),
    ]  # fmt: skip
    assert len(runs[:2]) == 2
    assert str(runs[3:]) == "CartPole-v1 reinforce 1: diverged, 100 steps"
    assert runs[0].folder == tmp_path / "CartPole-v1" / "cem" / "seed-0"


@pytest.mark.parametrize(("mendable", "kind"), [(False, rlbench.Fault), (True, rlbench.UserError)])
def test_a_failed_job_is_raised_when_the_others_have_ended(tmp_path, monkeypatch, mendable, kind):
    ended = []

    def fate(job):
        ended.append(job.label)
        return iter([Failed("no luck", mendable=mendable)])

    with pytest.raises(kind, match=r"^CartPole-v1 \w+ 0-1 failed: no luck \(1 more jobs failed\)$"):
        run_with(fate, tmp_path, monkeypatch)
    assert sorted(ended) == ["cem", "reinforce"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: rlbench.run("tpro", env="Hopper-v4"), "no algorithm 'tpro'. Did you mean trpo"),
        (lambda: rlbench.run("trpo"), "Name at least one environment"),
        (lambda: rlbench.run("trpo", env="Hopper-v4", seeds=0), "names no seed"),
        (lambda: rlbench.run("trpo", env="Hopper-v4", settings={"gama": 1}), r"^Python: trpo has no setting 'gama'"),
        (
            lambda: rlbench.run("trpo", env="Hopper-v4", settings={"ppo.gamma": 1}),
            "Setting ppo.gamma: ppo is not",
        ),
        (lambda: rlbench.run("trpo", env="Hopper-v4", eval_every=-1), "--eval-every is a whole number"),
        (lambda: rlbench.TRPO(gamma=7), "gamma is a number"),
        (lambda: rlbench.decide(rlbench.TRPO, env="Hopper-v4", max_seeds=0), "max_seeds is a whole number"),
    ],
)
def test_mistakes_are_one_line_before_anything_begins(tmp_path, monkeypatch, call, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(rlbench.UserError, match=told) as error:
        call()
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("function", [rlbench.run, rlbench.decide])
def test_shared_options_are_shown_one_by_one_and_a_misspelt_one_is_named(function):
    shown = signature(function).parameters
    assert set(RunOptions.__annotations__) < set(shown)
    assert all(each.kind is not each.VAR_KEYWORD for each in shown.values())
    assert (shown["workers"].default, shown["fresh"].default) == (None, False)
    with pytest.raises(UserError) as error:
        function("trpo", env="Hopper-v4", wokers=2)
    assert str(error.value) == f"{function.__name__}() has no argument 'wokers'. Did you mean workers?"


def test_what_there_is_to_warn_of_is_a_python_warning_where_no_event_is_followed(tmp_path):
    job = JobState(Job("ppo", "Hopper-v4", (0, 1), 1000, {}, 0, tmp_path))
    told = JobEvent(job, Progress(100, (None, None), ("seed 1: nearly all steps are rejected",)))
    with pytest.warns(rlbench.RLBenchWarning, match="Hopper-v4 ppo seed 1: nearly all steps are rejected") as caught:
        warn(told)
    assert caught[0].filename == __file__
    with pytest.warns(rlbench.RLBenchWarning, match="^--log wandb failed"):
        warn(DashboardLost("wandb", "no network"))
    warn(JobEvent(job, Progress(100, (None, None))))  # a warning would be an error
    assert signature(rlbench.run).parameters["on_event"].default is warn


def test_a_hint_goes_with_an_error_to_other_processes():
    error = pickle.loads(pickle.dumps(rlbench.UserError("It is so.", "Do this.")))
    assert (str(error), error.hint) == ("It is so. Do this.", "Do this.")
