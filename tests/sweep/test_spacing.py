"""How often a run is evaluated where nobody says."""

import json

import pytest

from rlbench.errors import UserError
from rlbench.layout import run_folder
from rlbench.sweep.chosen_settings import Chosen
from rlbench.sweep.jobs import make_jobs
from rlbench.sweep.lookup import LookedUp
from rlbench.sweep.request import RawOptions, read_request
from rlbench.sweep.spacing import common_spacing, default_spacing, notes_on_spacing, spacing_of

ENV = "Hopper-v4"


def request(out, algorithms=("trpo",), **words):
    return read_request(RawOptions(algorithms=list(algorithms), env=[ENV], workers="1", out=str(out), **words), None)


def begin(out, label, spacings):
    """Folders of runs that were begun with these spacings, by seed."""
    for seed, spacing in spacings.items():
        folder = run_folder(out, ENV, label, seed)
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps({"eval_every": spacing}))


def jobs_of(asked):
    pairs = [(ENV, name) for name in asked.algorithms]
    chosen = {name: Chosen({}, {}, name) for name in asked.algorithms}
    known = [dict.fromkeys(pairs, number) for number in (100, 1234, 0)]
    return make_jobs(asked, LookedUp(chosen, *known, {ENV: 1e-4}))


@pytest.mark.parametrize(("steps", "spacing"), [(1_000_000, 100_000), (100_000, 10_000), (19, 1), (7, 1)])
def test_a_new_run_is_evaluated_after_each_tenth_of_its_budget(tmp_path, steps, spacing):
    assert default_spacing(steps) == spacing
    asked = request(tmp_path, steps=steps)
    assert [job.eval_every for job in jobs_of(asked)] == [spacing]
    assert notes_on_spacing(asked, jobs_of(asked)) == []


@pytest.mark.parametrize("said", ["0", "500"])
def test_what_is_said_counts_whatever_is_there(tmp_path, said):
    begin(tmp_path, "trpo", {0: 10})
    asked = request(tmp_path, steps="1k", eval_every=said)
    assert spacing_of(asked, ENV, "trpo") == common_spacing(asked, ["trpo"]) == int(said)
    assert notes_on_spacing(asked, jobs_of(asked)) == []


def test_a_longer_run_and_new_seeds_keep_the_spacing_that_is_there_and_a_note_says_so(tmp_path):
    begin(tmp_path, "trpo", {0: 10_000, 1: 10_000})
    asked = request(tmp_path, ["trpo", "ppo"], steps="200k", seeds="0-4")
    jobs = {job.label: job for job in jobs_of(asked)}
    assert {label: job.eval_every for label, job in jobs.items()} == {"trpo": 10_000, "ppo": 20_000}
    assert notes_on_spacing(asked, list(jobs.values())) == [
        "trpo on Hopper-v4: evaluated every 10,000 transitions, as the runs that are there. A new run of this length "
        "is evaluated every 20,000 transitions: to get that, give --fresh or another --out."
    ]
    assert (
        spacing_of(request(tmp_path, steps="200k", seeds="5-9"), ENV, "trpo") == 10_000
    )  # beside those that are there


def test_fresh_runs_have_the_default_unless_seeds_that_stay_have_another(tmp_path):
    begin(tmp_path, "trpo", {0: 50, 1: 70})
    assert spacing_of(request(tmp_path, steps="1k", seeds="0-1", fresh=True), ENV, "trpo") == 100
    assert spacing_of(request(tmp_path, steps="1k", seeds="0-0", fresh=True), ENV, "trpo") == 70


def test_runs_that_differ_are_not_gone_on_with_by_default(tmp_path):
    begin(tmp_path, "trpo", {0: 50, 1: 70, 2: 50, 3: 0})
    told = "seeds 0,2 every 50 transitions; seed 1 every 70 transitions; seed 3 only at the end. Give --eval-every"
    with pytest.raises(UserError, match=told):
        spacing_of(request(tmp_path, steps="1k", seeds="0-4"), ENV, "trpo")
    assert spacing_of(request(tmp_path, steps="1k", seeds="0,2"), ENV, "trpo") == 50


@pytest.mark.parametrize("content", ["", "{}", '{"eval_every": true}', '{"eval_every": -1}', "[1]"])
def test_a_file_that_says_nothing_counts_for_nothing(tmp_path, content):
    begin(tmp_path, "trpo", {0: 50})
    (run_folder(tmp_path, ENV, "trpo", 0) / "run.json").write_text(content)
    (tmp_path / ENV / "trpo" / "seed-1").write_text("")
    assert spacing_of(request(tmp_path, steps="1k"), ENV, "trpo") == 100


def test_a_decision_has_one_spacing(tmp_path):
    both = ["trpo", "ppo"]
    asked = request(tmp_path, both, steps="200k")
    assert common_spacing(asked, both) == 20_000
    begin(tmp_path, "trpo", {0: 10_000})
    assert common_spacing(asked, both) == 10_000
    begin(tmp_path, "ppo", {0: 20_000})
    with pytest.raises(UserError, match="trpo on Hopper-v4 every 10,000 transitions; ppo on Hopper-v4 every 20,000"):
        common_spacing(asked, both)
