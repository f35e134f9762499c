"""A request made jobs, and what is said of them before they start."""

from dataclasses import replace

import pytest

from rlbench.errors import UserError
from rlbench.sweep.chosen_settings import Chosen
from rlbench.sweep.gpu_memory import GpuMemory
from rlbench.sweep.jobs import describe_pairs, make_jobs, prepare_folder, refuse_too_short, total_steps
from rlbench.sweep.lookup import LookedUp, here, look_up
from rlbench.sweep.request import RawOptions, read_request


def request(**words):
    said = {"algorithms": ["trpo"], "env": ["Hopper-v4"], "workers": "2", **words}
    return read_request(RawOptions(**said), None, ("rlbench",))


def chosen(algorithm):
    return Chosen({"num_envs": 4, "num_steps": 25}, {"num_envs": "default"}, algorithm)


def looked_up(asked, size=100):
    pairs = [(env, name) for env in asked.envs for name in asked.algorithms]
    settings, pace = {name: chosen(name) for name in asked.algorithms}, dict.fromkeys(asked.envs, 1e-4)
    return LookedUp(settings, dict.fromkeys(pairs, size), dict.fromkeys(pairs, 1234), dict.fromkeys(pairs, 0), pace)


def test_jobs_hold_all_a_worker_needs(tmp_path):
    asked = request(seeds="5", steps="1k", out=str(tmp_path), eval_every="0")
    jobs = make_jobs(asked, looked_up(asked))
    assert [job.seeds for job in jobs] == [(0, 1, 2), (3, 4)]
    first = jobs[0]
    assert (first.algorithm, first.env, first.steps, first.eval_every) == ("trpo", "Hopper-v4", 1000, 0)
    assert (first.device, first.out) == ("cpu", tmp_path)
    assert first.settings == {"num_envs": 4, "num_steps": 25}
    assert first.provenance == {"command": ["rlbench"], "sources": {"num_envs": "default"}}


def test_a_sweep_is_each_algorithm_on_each_environment():
    asked = request(algorithms=["trpo", "ppo"], env=["A", "B"], seeds="3", steps="1k")
    jobs = make_jobs(asked, looked_up(asked))
    assert {(job.env, job.algorithm) for job in jobs} == {("A", "trpo"), ("A", "ppo"), ("B", "trpo"), ("B", "ppo")}
    assert (total_steps(jobs).runs, total_steps(jobs).steps) == (12, 12_000)
    assert [(pair.env, pair.label) for pair in describe_pairs(jobs, asked, looked_up(asked))] == [
        ("A", "trpo"),
        ("A", "ppo"),
        ("B", "trpo"),
        ("B", "ppo"),
    ]


def test_jobs_of_some_pairs_alone():
    asked = request(algorithms=["trpo", "ppo"], env=["A", "B"], seeds="1", steps="1k")
    jobs = make_jobs(asked, looked_up(asked), [("A", "ppo"), ("B", "trpo")])
    assert {(job.env, job.algorithm) for job in jobs} == {("A", "ppo"), ("B", "trpo")}


def test_measured_costs_decide_which_job_is_begun_first():
    asked = request(algorithms=["trpo", "ppo"], seeds="2", steps="1k", workers="1")
    found = looked_up(asked)
    assert [job.algorithm for job in make_jobs(asked, found)] == ["trpo", "ppo"]
    found.costs.update({("Hopper-v4", "trpo"): 1e-4, ("Hopper-v4", "ppo"): 3e-4})
    assert [job.algorithm for job in make_jobs(asked, found)] == ["ppo", "trpo"]


def test_jobs_on_a_gpu_know_what_they_take_of_it():
    asked = request(seeds="3", steps="1k")
    found = replace(looked_up(asked), gpu=GpuMemory(10**9, {("Hopper-v4", "trpo"): 1000}))
    assert [job.gpu_memory for job in make_jobs(asked, found)] == [2000, 1000]
    assert [job.gpu_memory for job in make_jobs(asked, looked_up(asked))] == [0, 0]
    together = make_jobs(replace(asked, device="warp-cpu"), found)
    assert [job.gpu_memory for job in together] == [3000]


def test_a_variant_has_jobs_and_folders_of_its_own(tmp_path):
    asked = request(seeds="1", steps="1k", out=str(tmp_path), settings={"gamma": "0.9,0.99"})
    known = replace(looked_up(request(algorithms=["trpo-gamma=0.9"])), settings={"trpo-gamma=0.9": chosen("trpo")})
    [job] = make_jobs(asked, known)
    assert (job.algorithm, job.label) == ("trpo", "trpo-gamma=0.9")
    assert job.folder(0) == tmp_path / "Hopper-v4" / "trpo-gamma=0.9" / "seed-0"
    assert describe_pairs([job], asked, known)[0].label == "trpo-gamma=0.9"


def pair_of(size=100, **words):
    asked = request(**words)
    [pair] = describe_pairs(make_jobs(asked, looked_up(asked)), asked, looked_up(asked, size))
    return pair


def test_the_batch_the_parameters_and_the_cut_are_said():
    pair = pair_of(steps="10k", seeds="5")
    assert pair.seeds == "0-2 + 3-4"
    assert pair.batch == "4 worlds x 25 steps = 100 a batch, iterations 100"
    assert pair.parameters == "1,234 parameters"
    assert pair.warning is None


@pytest.mark.parametrize(
    ("steps", "warning"),
    [
        ("10_100", None),
        ("10_050", None),  # 50 of 10,050 are half a percent
        ("1050", "trpo: batches of 100 do not fill --steps 1,050; a seed stops at 1,000."),
    ],
)
def test_a_budget_that_batches_do_not_fill_is_said(steps, warning):
    assert pair_of(steps=steps).warning == warning


@pytest.mark.parametrize(
    ("size", "steps", "told"),
    [
        (100, "99", "trpo on Hopper-v4: one batch is 100 transitions, more than --steps 99. Raise --steps"),
        (None, "7", "trpo on Hopper-v4: 8 worlds make at the least 8 transitions, more than --steps 7"),
    ],
)
def test_a_budget_without_room_for_an_iteration_is_refused(size, steps, told):
    asked = request(steps=steps)
    found = replace(looked_up(asked, size), worlds={("Hopper-v4", "trpo"): 8})
    with pytest.raises(UserError, match=told):
        refuse_too_short(make_jobs(asked, found), found)
    refuse_too_short(make_jobs(request(steps=str(int(steps) + 1)), found), found)


def test_algorithms_that_count_in_episodes():
    pair = pair_of(size=None, steps="1k")
    assert (pair.batch, pair.warning) == ("batches of whole episodes", None)


def test_names_are_looked_up_and_sizes_found():
    found = look_up(request(env=["Hopper-v4", "Swimmer-v4"], settings={"num_steps": "50"}), here)
    assert found.settings["trpo"].settings["num_steps"] == 50
    assert found.batches["Hopper-v4", "trpo"] == 50 * found.settings["trpo"].settings["num_envs"]
    # policy 11-64-64-3 and 3 log_std, critic 11-64-64-1
    hopper = (11 * 64 + 64) + (64 * 64 + 64) + (64 * 3 + 3) + 3 + (11 * 64 + 64) + (64 * 64 + 64) + (64 + 1)
    assert found.parameters["Hopper-v4", "trpo"] == hopper
    assert found.parameters["Swimmer-v4", "trpo"] == hopper - 2 * 3 * 64 - 65 - 1


def test_a_grid_is_looked_up_as_its_variants():
    found = look_up(request(settings={"num_steps": "50,60", "hidden_sizes": "8,8/4"}), here)
    assert {label: (each.settings["num_steps"], each.settings["hidden_sizes"], each.algorithm)
            for label, each in found.settings.items()} == {
        "trpo-num_steps=50-hidden_sizes=8x8": (50, (8, 8), "trpo"),
        "trpo-num_steps=50-hidden_sizes=4": (50, (4,), "trpo"),
        "trpo-num_steps=60-hidden_sizes=8x8": (60, (8, 8), "trpo"),
        "trpo-num_steps=60-hidden_sizes=4": (60, (4,), "trpo"),
    }  # fmt: skip
    sizes = {label: found.parameters["Hopper-v4", label] for label in found.settings}
    assert sizes["trpo-num_steps=50-hidden_sizes=8x8"] != sizes["trpo-num_steps=50-hidden_sizes=4"]


def test_layer_sizes_with_another_sign_between_them():
    with pytest.raises(UserError, match=r"not '64,64\|32'; several are written 64,64/32. See: rlbench show trpo"):
        look_up(request(settings={"hidden_sizes": "64,64|32"}), here)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"algorithms": ["ppo-smal-clip"]}, r"no algorithm 'ppo-smal-clip'. Did you mean ppo-small-clip\?"),
        ({"name": "cem"}, "Variant cem: that is the name of an algorithm"),
        ({"variants": {"a": {"algorithm": "pop"}}}, r"Variant a: no algorithm 'pop'. Did you mean ppo\?"),
    ],
)
def test_names_of_variants_that_cannot_be(words, told):
    asked = request(**{"variants": {"ppo-small-clip": {"algorithm": "ppo", "clip_coef": 0.1}}, **words})
    with pytest.raises(UserError, match=told):
        look_up(asked, here)


def test_the_results_folder_is_made_and_tried(tmp_path):
    prepare_folder(request(out=str(tmp_path / "new" / "deep")))
    assert list((tmp_path / "new" / "deep").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    name = "x" * 300
    with pytest.raises(UserError, match="cannot be written to: File name too long"):
        prepare_folder(request(out=str(tmp_path / name)))
