"""More --steps for a run that is there already."""

import csv
import json
from dataclasses import replace

import pytest

from rlbench.errors import UserError
from rlbench.training.checkpoint import load_checkpoint
from rlbench.training.job import Finished
from rlbench.training.run import run_job
from rlbench.training.trees import leaves

FREE = [
    ("ppo", {"schedule": "constant"}),
    ("trpo", {"estimator": "monte-carlo"}),
    ("trpo-vine", {}),
    ("cma-es", {}),
    ("cem", {"extra_std": 0.0}),
    ("cpi", {}),
]
"""Ways to learn that look at no budget."""

ENV = {"cpi": "FrozenLake-v1", "trpo-vine": "HalfCheetah-v4"}
"""Where the others cannot be tried: a table, and worlds that are saved exactly, whose episodes never end early."""


pytestmark = pytest.mark.usefixtures("a_row_an_iteration")


def run(job):
    events = []
    run_job(job, events.append)
    return [event for event in events if isinstance(event, Finished)]


def rows(job, name):
    with (job.folder(1) / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("algorithm", "settings"), FREE, ids=str)
def test_a_longer_run_is_the_one_that_was_asked_for_at_once_but_for_the_evaluation_at_the_old_end(
    small_job, stated_generations, tmp_path, algorithm, settings
):
    env = ENV.get(algorithm) or stated_generations(lambda _, generation: (20, 30, 10)[generation % 3])
    long = small_job(algorithm, env=env, seeds=(1,), steps=1024, out=tmp_path / "long", eval_every=0, **settings)
    run(long)
    budget = int(rows(long, "progress.csv")[1]["env_steps"]) + 1  # for two iterations, and none is cut
    first = replace(long, steps=budget, out=tmp_path / "grown")
    [before] = run(first)
    [after] = run(replace(first, steps=1024))
    assert after.env_steps > before.env_steps
    assert (long.folder(1) / "episodes.csv").read_bytes() == (first.folder(1) / "episodes.csv").read_bytes()
    differing = set()
    for mine, other in zip(rows(first, "progress.csv"), rows(long, "progress.csv"), strict=True):
        differing |= {(mine["env_steps"], name) for name in mine if mine[name] != other[name]}
    assert {steps for steps, _ in differing} == {str(before.env_steps)}
    assert {name.startswith("eval_") for _, name in differing} == {True}
    states = [load_checkpoint(job.folder(1) / "checkpoint.pt")["algorithm"] for job in (first, long)]
    assert [[leaf.tolist() for leaf in leaves(state)] for state in states[:1]] == [
        [leaf.tolist() for leaf in leaves(state)] for state in states[1:]
    ]
    told = json.loads((first.folder(1) / "run.json").read_text())
    assert (told["steps"], told["status"], [each["steps"] for each in told["lengthened"]]) == (
        1024,
        "finished",
        [budget],
    )


@pytest.mark.parametrize("algorithm", ["a2c", "cem", "npg", "ppo", "reinforce", "trpo"])
def test_where_settings_follow_the_budget_it_is_refused_with_the_reason_and_nothing_is_touched(small_job, algorithm):
    job = small_job(algorithm, seeds=(1,), steps=512)
    run(job)
    before = {path.name: path.read_bytes() for path in job.folder(1).iterdir()}
    with pytest.raises(UserError, match=r"holds a run of 512 steps that cannot be made longer: .* change over --steps"):
        run(small_job(algorithm, seeds=(1,), steps=1024))
    assert {path.name: path.read_bytes() for path in job.folder(1).iterdir()} == before


def test_other_settings_are_refused_before_that(small_job):
    run(small_job("cma-es", seeds=(1,), steps=512))
    with pytest.raises(UserError, match=r"initial_std 0.3 there, 0.5 asked"):
        run(small_job("cma-es", seeds=(1,), steps=1024, initial_std=0.5))


def test_a_shorter_run_is_refused(small_job):
    run(small_job("cma-es", seeds=(1,), steps=512))
    with pytest.raises(UserError, match="steps 512 there, 256 asked"):
        run(small_job("cma-es", seeds=(1,), steps=256))


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(small_job):
    job = small_job("cma-es", seeds=(1,), steps=512)
    run(job)
    (job.folder(1) / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match="without the checkpoint it could go on from"):
        run(small_job("cma-es", seeds=(1,), steps=1024))


def test_a_generation_that_the_budget_cut_cannot_be_taken_up_again(small_job, stated_generations):
    """Generations of 60 transitions leave room for no other at 480 of 512; one of 600 at 240 of them is cut."""
    env = stated_generations(lambda seed, generation: 100 if seed == 2 and generation > 3 else 10)
    ended = run(small_job("cma-es", env=env, seeds=(1, 2), steps=512))
    assert {each.seed: each.env_steps for each in ended} == {1: 480, 2: 516}  # all six worlds take the last step
    with pytest.raises(UserError, match="its last generation was cut where --steps ended"):
        run(small_job("cma-es", env=env, seeds=(2,), steps=1024))
    [longer] = run(small_job("cma-es", env=env, seeds=(1,), steps=1024))
    assert longer.env_steps == 1020
