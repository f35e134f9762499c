"""How jobs stand, and what the sweep comes to."""

from pathlib import Path

import pytest

from rlbench.sweep.launchers.contract import Done, Failed
from rlbench.sweep.state import JobState, exit_status, failures, mean_and_std, result_rows
from rlbench.training.job import Finished, Job, Progress


def state(seeds=(0, 1), algorithm="trpo", env="Hopper-v4", steps=1000):
    return JobState(Job(algorithm, env, seeds, steps, {}, 0, Path("out")))


def finished(seed, steps=1000, det=1.0, status="finished"):
    return Finished(seed, status, steps, det, det)


def test_rate_and_time_left_count_all_seeds():
    job = state()
    assert (job.stage, job.rate, job.time_left, job.fraction) == ("waiting", None, None, 0.0)
    job.apply(Progress(100, (None, None)), 10.0)
    assert (job.stage, job.rate, job.fraction) == ("running", None, 0.1)
    job.apply(Progress(300, (5.0, 7.0)), 12.0)
    assert job.rate == 200.0  # 2 seeds, 200 steps, 2 seconds
    assert job.time_left == 7.0  # 2 seeds, 700 steps
    assert job.latest_returns == "5.0 7.0"


def test_the_end_of_a_job():
    job = state()
    job.apply(Progress(900, (1.0, 2.0)), 1.0)
    job.apply(finished(0, 900), 2.0)
    assert job.fraction == 0.9
    job.apply(finished(1, 900), 2.0)
    assert job.fraction == 0.9
    job.apply(Done(), 2.0)
    assert (job.stage, job.fraction, job.time_left) == ("done", 1.0, None)


def test_a_resumed_job_counts_only_what_it_does_now():
    job = state(seeds=(0, 1, 2))
    job.apply(finished(0), 0.0)  # finished by an earlier command
    job.apply(Progress(500, (1.0,)), 1.0)  # seed 1 goes on alone
    job.apply(Progress(1000, (1.0,)), 2.0)
    assert job.rate == 500.0
    job.apply(finished(1), 2.0)
    job.apply(Progress(100, (1.0,)), 3.0)  # then seed 2, from further back
    assert job.spent == 2100
    assert job.rate == 250.0
    job.apply(Progress(350, (1.0,)), 3.5)
    assert job.rate == 300.0


def test_many_seeds_are_shown_as_mean_and_range():
    job = state(seeds=tuple(range(8)))
    job.apply(Progress(1, (None, *range(100, 800, 100))), 0.0)
    assert job.latest_returns == "400 (100 to 700)"


def test_mean_and_standard_deviation():
    assert mean_and_std([1.0, 3.0]) == "2.0 ± 1.4"
    assert mean_and_std([5.0]) == "5.0"
    assert mean_and_std([None, float("nan")]) == "-"
    assert mean_and_std([]) == "-"


def test_seeds_of_all_jobs_of_a_pair_make_one_row():
    jobs = [state((0, 1)), state((2,)), state((0,), "ppo")]
    for index, job in enumerate(jobs):
        for seed in job.job.seeds:
            job.apply(finished(seed, 990, 100.0 * (seed + index)), 0.0)
    trpo, ppo = result_rows(jobs, ["Hopper-v4"], ["trpo", "ppo"])
    assert (trpo.seeds, trpo.env_steps, trpo.det) == ("3", 990, "133.3 ± 152.8")
    assert (ppo.algorithm, ppo.seeds, ppo.det) == ("ppo", "1", "200.0")


def test_a_diverged_seed_is_left_out_and_said():
    job = state()
    job.apply(finished(0), 0.0)
    job.apply(finished(1, 400, 9e9, "diverged"), 0.0)
    job.apply(Done(), 0.0)
    [row] = result_rows([job], ["Hopper-v4"], ["trpo"])
    assert (row.seeds, row.det) == ("1 of 2", "1.0")
    assert job.stage == "diverged"
    assert failures([job]) == ["Hopper-v4 trpo seed 1 diverged (not a number) after 400 steps"]
    assert exit_status([job]) == 1


def test_failures_show_the_end_of_the_log_and_where_it_is():
    job = state()
    job.apply(Failed("ValueError: no", log_tail=("Traceback", "ValueError: no")), 0.0)
    assert job.stage == "failed"
    assert failures([job]) == [
        "Hopper-v4 trpo 0-1 failed: ValueError: no",
        "    Traceback",
        "    ValueError: no",
        "    all of it: out/logs/Hopper-v4--trpo--seed-0-1.log",
    ]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([Done(), Done()], 0),
        ([Done(), Failed("x")], 1),
        ([Failed("x"), Failed("x")], 1),
        ([Failed("x", mendable=True), Failed("x", mendable=True)], 2),
        ([Done(), Failed("x", mendable=True)], 1),
    ],
)
def test_exit_statuses(events, status):
    states = [state(), state()]
    for each, event in zip(states, events, strict=True):
        each.apply(event, 0.0)
    assert exit_status(states) == status
