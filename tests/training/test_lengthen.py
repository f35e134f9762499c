"""More --steps for a run that is there already."""

import json
from dataclasses import asdict, replace

import pytest

from rlbench.algorithms import find
from rlbench.algorithms.settings import resolve
from rlbench.analysis.reading.integrity import check_folders
from rlbench.checkpoint_file import load_checkpoint
from rlbench.errors import UserError
from rlbench.training import evaluation
from rlbench.training import run as run_module
from rlbench.training.job import Finished, Job
from rlbench.training.run import run_job
from rlbench.training.trees import leaves


@pytest.fixture
def several_in_a_row(monkeypatch):
    """Iterations, of those that take 32 transitions. Evaluations are of few episodes."""
    monkeypatch.setattr(evaluation, "EPISODES", 2)
    monkeypatch.setattr(run_module, "ROW_TRANSITIONS", 96)


def run(job):
    events = []
    run_job(job, events.append)
    return [event for event in events if isinstance(event, Finished)]


def small(algorithm, settings, steps, out):
    """Eight rows of 32 transitions or more, of several iterations each where they are small."""
    env = "FrozenLake-v1" if algorithm in ("cpi", "policy-iteration") else "InvertedPendulum-v4"
    chosen = asdict(resolve(find(algorithm), algorithm, settings))
    return Job(algorithm, env, (1,), steps, chosen, 128, out)


def contents(job):
    return [(job.folder(1) / name).read_bytes() for name in ("progress.csv", "episodes.csv")]


ROLLOUTS = {"num_envs": 2, "num_steps": 16, "hidden_sizes": (4,)}
FREE = {
    "ppo": {**ROLLOUTS, "schedule": "constant", "update_epochs": 1},
    "trpo": {"num_envs": 2, "num_steps": 16, "hidden_sizes": (4,), "estimator": "monte-carlo"},
    "trpo-vine": {"num_envs": 2, "num_steps": 4, "states": 2, "branches": 2, "horizon": 4, "hidden_sizes": (4,)},
    "cma-es": {"population": 4},
    "cem": {"population": 4, "elite_fraction": 0.5, "extra_std": 0.0},
    "cpi": {},
    "policy-iteration": {},
}
"""Ways to learn that look at no budget."""

BUDGETS = [
    (70, 71),  # no room for another iteration
    (100, 128),  # the end of the shorter one is where an evaluation is due
    (127, 129, 130),  # twice, with one iteration more or none
    (64, 95, 96, 200),
    (130, 400),
    pytest.param((130, 1000), marks=pytest.mark.slow),
]


@pytest.mark.parametrize("algorithm", FREE)
@pytest.mark.parametrize("budgets", BUDGETS, ids=str)
@pytest.mark.usefixtures("several_in_a_row")
def test_a_lengthened_run_is_the_bytes_of_one_that_was_begun_with_its_length(tmp_path, algorithm, budgets):
    settings = FREE[algorithm]
    for steps in budgets:
        grown, whole = (small(algorithm, settings, steps, tmp_path / name) for name in ("grown", f"whole-{steps}"))
        [after], [wanted] = run(grown), run(whole)
        assert contents(grown) == contents(whole)
        assert after == wanted
        told = [json.loads((job.folder(1) / "run.json").read_text()) for job in (grown, whole)]
        assert told[0]["evaluation"] == told[1]["evaluation"]
        states = [load_checkpoint(job.folder(1) / "checkpoint.pt")["algorithm"] for job in (grown, whole)]
        assert [leaf.tolist() for leaf in leaves(states[0])] == [leaf.tolist() for leaf in leaves(states[1])]
    assert [each["steps"] for each in told[0]["lengthened"]] == list(budgets[:-1])
    assert check_folders([tmp_path]).problems == []


class Killed(Exception):
    """Stands for a kill: nothing more is written."""


@pytest.mark.parametrize("algorithm", ["ppo", "cem", "trpo-vine"])
@pytest.mark.parametrize("row", [1, 2])
@pytest.mark.usefixtures("several_in_a_row")
def test_killed_while_it_is_lengthened_it_is_the_same_bytes(tmp_path, monkeypatch, algorithm, row):
    whole = small(algorithm, FREE[algorithm], 400, tmp_path / "whole")
    run(whole)
    run(small(algorithm, FREE[algorithm], 200, tmp_path / "grown"))
    grown = small(algorithm, FREE[algorithm], 400, tmp_path / "grown")
    for seconds in (30.0, 0.0):  # without a checkpoint of the longer run, and with one after each row
        monkeypatch.setattr(run_module, "CHECKPOINT_SECONDS", seconds)
        rows = []

        def kill(event, rows=rows):
            rows.append(event)
            if len(rows) == row:
                raise Killed

        with pytest.raises(Killed):
            run_job(grown, kill)
        assert json.loads((grown.folder(1) / "run.json").read_text())["status"] == "running"
    run(grown)
    assert contents(grown) == contents(whole)


@pytest.mark.usefixtures("several_in_a_row")
def test_a_run_that_diverged_in_its_last_row_is_lengthened_too(tmp_path):
    settings = {**FREE["ppo"], "learning_rate": 1e38}
    for steps in (40, 400):
        grown, whole = (small("ppo", settings, steps, tmp_path / name) for name in ("grown", f"whole-{steps}"))
        assert [event.status for event in run(grown) + run(whole)] == ["diverged", "diverged"]
        assert contents(grown) == contents(whole)


@pytest.mark.parametrize("algorithm", ["cem", "cma-es"])
@pytest.mark.usefixtures("a_row_an_iteration")
def test_a_generation_that_the_budget_cut_is_played_anew(small_job, stated_generations, tmp_path, algorithm):
    """The fifth generation of 60 transitions has room; one of 600 in its place has none, and has taught nothing."""
    env, settings = stated_generations(lambda _, generation: 100 if generation > 3 else 10), {}
    if algorithm == "cem":
        settings["extra_std"] = 0.0
    ends = {}
    for name, budgets in (("grown", (512, 513, 2000)), ("whole", (2000,))):
        for steps in budgets:
            job = small_job(algorithm, env=env, seeds=(1,), steps=steps, out=tmp_path / name, **settings)
            [ends[name, steps]] = run(job)
    assert ends["grown", 512].env_steps == 510  # 6 worlds, 45 of their steps
    assert ends["grown", 2000] == ends["whole", 2000]
    grown, whole = (replace(job, out=tmp_path / name) for name in ("grown", "whole"))
    assert contents(grown) == contents(whole)


@pytest.mark.parametrize(
    ("algorithm", "way"),
    [
        ("a2c", None), ("acktr", None), ("cem", "extra_std=0"), ("npg", None), ("ppo", "schedule=constant"),
        ("reinforce", None), ("trpo", "estimator=monte-carlo"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("a_row_an_iteration")
def test_where_settings_follow_the_budget_it_is_refused_with_the_ways_out_and_nothing_is_touched(
    small_job, algorithm, way
):
    told = f"holds a finished run of 512 steps that cannot be made longer: with its settings {algorithm} depends on"
    job = small_job(algorithm, seeds=(1,), steps=512)
    run(job)
    before = {path.name: path.read_bytes() for path in job.folder(1).iterdir()}
    with pytest.raises(UserError, match=told) as error:
        run(small_job(algorithm, seeds=(1,), steps=1024))
    ending = f"; a run begun with --set {way} can be made longer" if way else "which moves the shorter one aside"
    assert str(error.value).endswith(ending)
    assert {path.name: path.read_bytes() for path in job.folder(1).iterdir()} == before


def test_other_settings_are_refused_before_that(small_job):
    run(small_job("cma-es", seeds=(1,), steps=512))
    with pytest.raises(UserError, match=r"initial_std 0.3 there, 0.5 asked"):
        run(small_job("cma-es", seeds=(1,), steps=1024, initial_std=0.5))


def test_a_shorter_run_is_refused(small_job):
    run(small_job("cma-es", seeds=(1,), steps=512))
    with pytest.raises(UserError, match="steps 512 there, 256 asked"):
        run(small_job("cma-es", seeds=(1,), steps=256))


@pytest.mark.usefixtures("a_row_an_iteration")
def test_without_a_checkpoint_there_is_nothing_to_go_on_from(small_job):
    job = small_job("cma-es", seeds=(1,), steps=512)
    run(job)
    (job.folder(1) / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match="without the checkpoint that it would resume from"):
        run(small_job("cma-es", seeds=(1,), steps=1024))
