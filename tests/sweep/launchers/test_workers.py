"""Processes: what they say arrives, how they die is noticed, and none is left behind."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rlbench.errors import Fault, UserError
from rlbench.sweep.launchers.contract import Done, Failed, Restarted
from rlbench.sweep.launchers.workers import Workers
from rlbench.sweep.logs import log_path
from rlbench.training.job import Finished, Progress


def children():
    """The workers that this process has started and that have not ended."""
    pids = {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}
    return {pid for pid in pids if is_worker(Path("/proc") / str(pid))}


def is_worker(process):
    """Whether it runs a worker's program; it has no command line yet for a moment after it was started."""
    command = (process / "cmdline").read_bytes()
    return b"rlbench.sweep.launchers.worker" in command or (
        not command and ") Z " not in (process / "stat").read_text()
    )


def run_all(jobs, load, count=2, restarts=0):
    with Workers(count, load, restarts=restarts) as pool:
        events = list(pool.run(jobs))
    assert not children()
    return [[event for index, event in events if index == number] for number in range(len(jobs))]


def test_events_arrive_in_order_and_end_with_done(fakes, make_job):
    [events] = run_all([make_job(seeds=(3, 4))], fakes.good)
    assert events == [
        Progress(500, (30.0, 40.0)),
        Progress(1000, (30.0, 40.0)),
        Finished(3, "finished", 1000, 103.0, 93.0),
        Finished(4, "finished", 1000, 104.0, 94.0),
        Done(),
    ]


def test_more_jobs_than_workers_all_run(fakes, make_job):
    jobs = [make_job(seeds=(seed,)) for seed in range(5)]
    assert [events[-1] for events in run_all(jobs, fakes.good)] == [Done()] * 5


def test_more_workers_than_jobs_end_by_themselves(fakes, make_job):
    assert run_all([make_job()], fakes.good, count=3)[0][-1] == Done()


def test_workers_are_started_when_there_are_jobs_and_there_may_be_further_jobs_later(fakes, make_job):
    before = children()
    with Workers(2, fakes.good, begin_with=1) as pool:
        assert len(children() - before) == 1
        for _ in range(2):
            events = list(pool.run([make_job(seeds=(seed,)) for seed in range(2)]))
            assert [event for _, event in events if isinstance(event, Done)] == [Done(), Done()]


def test_the_last_jobs_have_the_idle_cores_for_their_worlds(fakes, make_job):
    """Of four cores each of two has two at first; the one that goes on has all when the other has ended."""
    first, last = replace(make_job(), steps=2), replace(make_job("ppo"), steps=4)
    with Workers(2, fakes.counting, cores=4) as pool:
        events = list(pool.run([first, last]))
    told = [(index, event.env_steps) for index, event in events if isinstance(event, Progress)]
    threads = [[number for index, number in told if index == job and number > 1] for job in (0, 1)]
    assert threads[0] == [2]
    assert threads[1] in ([2, 4], [4])  # it may begin when the first has ended already
    assert [event for _, event in events if isinstance(event, Done)] == [Done(), Done()]


def test_where_every_core_has_a_process_each_has_one_thread(fakes, make_job):
    jobs = [replace(make_job(seeds=(seed,)), steps=1) for seed in range(4)]
    with Workers(2, fakes.counting, cores=2) as pool:
        told = [event.env_steps for _, event in pool.run(jobs) if isinstance(event, Progress)]
    assert told[0] == 1  # before any has ended, so that two are at work


def test_no_log_is_left_of_a_job_that_said_nothing(fakes, make_job):
    job = make_job()
    run_all([job], fakes.good)
    assert not (job.out / "logs").exists()


def test_a_failing_job_is_told_of_and_stops_no_other(fakes, make_job):
    bad, fine = make_job(fail="raise"), make_job("ppo")
    events = run_all([bad, fine], fakes.failing, count=1)
    assert events[1][-1] == Done()
    [failed] = events[0]
    assert failed.reason == "ValueError: bad [bold]number[/bold] second line"
    assert not failed.mendable
    log = log_path(bad)
    assert log == bad.out / "logs" / "Hopper-v4--trpo--seed-0-1.log"
    text = log.read_text()
    assert text.startswith("the last words\nTraceback")
    assert "_fail_some" in text
    assert failed.log_tail == tuple(text.splitlines()[-12:])


def test_the_users_mistake_is_one_line_without_a_traceback(fakes, make_job):
    job = make_job(fail="user")
    assert run_all([job], fakes.failing) == [[Failed("Stored settings differ.", mendable=True, lasting=True)]]
    assert not log_path(job).exists()


@pytest.mark.parametrize(
    ("how", "reason", "tail"),
    [
        ("kill", "its process was ended by SIGKILL; the machine may have run out of memory", ("nearly there",)),
        ("exit", "its process ended by itself with status 7", ()),
    ],
)
def test_a_worker_that_dies_is_noticed(fakes, make_job, how, reason, tail):
    [[failed], fine] = run_all([make_job(fail=how), make_job("ppo")], fakes.failing)
    assert failed == Failed(reason, log_tail=tail)
    assert fine[-1] == Done()


def test_a_crashed_job_goes_on_in_a_new_process_whose_log_follows_the_first(fakes, make_job, tmp_path):
    job = make_job(fail="twice", marks=str(tmp_path))
    [events] = run_all([job], fakes.failing, restarts=2)
    killed = Failed("its process was ended by SIGKILL; the machine may have run out of memory", log_tail=("crash 1",))
    assert events[:2] == [Progress(100, (None,)), Restarted(killed, 1)]
    assert events[3] == Restarted(replace(killed, log_tail=("crash 1", "crash 2")), 0)
    assert events[-1] == Done()
    assert log_path(job).read_text() == "crash 1\ncrash 2\n"


def test_restarts_come_to_an_end_and_stop_no_other(fakes, make_job):
    bad, fine = make_job(fail="kill"), make_job("ppo")
    events, others = run_all([bad, fine], fakes.failing, restarts=2)
    assert [type(event) for event in events] == [Restarted, Restarted, Failed]
    assert events[-1].log_tail == ("nearly there",) * 3
    assert others[-1] == Done()


def test_what_would_meet_the_same_again_is_not_tried_again(fakes, make_job):
    mistaken, full = make_job(fail="user"), make_job("ppo", fail="disk")
    events = run_all([mistaken, full], fakes.failing, restarts=2)
    assert [len(each) for each in events] == [1, 1]
    assert events[1][0] == Failed("No space left on device: /somewhere/progress.csv", lasting=True)


def test_starting_over_is_done_once(fakes, make_job, tmp_path):
    """What the first process wrote after it had moved the old run aside is gone on with, not moved aside too."""
    job = replace(make_job(fail="twice", marks=str(tmp_path)), fresh=True)
    run_all([job], fakes.failing, restarts=2)
    assert [(tmp_path / f"fresh-{number}").exists() for number in (1, 2, 3)] == [True, False, False]
    early = replace(make_job("ppo", fail="before", marks=str(tmp_path / "early")), fresh=True)
    (tmp_path / "early").mkdir()
    run_all([early], fakes.failing, restarts=1)
    assert [(tmp_path / "early" / f"fresh-{number}").exists() for number in (1, 2)] == [True, True]


def test_a_full_memory_is_said_in_one_line_and_not_tried_again(fakes, make_job):
    [events] = run_all([make_job(fail="memory")], fakes.failing, restarts=2)
    assert events == [Failed("memory is full: MemoryError: Unable to allocate 7 TiB", lasting=True)]


def test_what_cannot_be_loaded_fails_each_job(fakes, make_job):
    events = run_all([make_job(), make_job("ppo")], fakes.broken)
    assert [each[0].reason for each in events] == ["ImportError: no module named physics"] * 2


def test_a_log_that_cannot_be_written_fails_its_job_alone(fakes, make_job):
    blocked, fine = make_job(), make_job("ppo")
    log_path(blocked).mkdir(parents=True)
    [[failed], events] = run_all([blocked, fine], fakes.good)
    assert failed.reason == f"Is a directory: {log_path(blocked)}"
    assert events[-1] == Done()


def test_threads_are_limited_before_torch_is_there(fakes, make_job, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    job = make_job(fail="environment")
    run_all([job], fakes.failing)
    assert log_path(job).read_text().split() == ["1", "1", "1", "False"]
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "MKL_NUM_THREADS" not in os.environ


def test_stopping_ends_the_stubborn_too(fakes, make_job, tmp_path):
    mark = tmp_path / "ended by itself"
    with Workers(1, fakes.stubborn, grace=0.3) as pool:
        assert next(pool.run([make_job(mark=str(mark))])) == (0, Progress(1, (None,)))
    assert not children()
    assert not mark.exists()


def test_a_question_is_answered_by_a_worker_that_then_takes_a_job(fakes, make_job):
    with Workers(1, fakes.good) as pool:
        assert pool.ask(os.getpid) != os.getpid()
        assert [event for _, event in pool.run([make_job()])][-1] == Done()


def test_a_users_mistake_found_by_a_worker_is_raised_here(fakes):
    with Workers(1, fakes.good) as pool, pytest.raises(UserError, match="no such thing"):
        pool.ask(fakes.refuse, "no such thing")


def test_what_ends_its_worker_is_asked_no_second_time_and_never_here(fakes, make_job, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    with Workers(1, fakes.good) as pool:
        with pytest.raises(Fault, match="its process was ended by SIGKILL"):
            pool.ask(fakes.ask_and_die, str(marks))
        assert len(list(marks.iterdir())) == 1
        with pytest.raises(Fault, match=r"^ZeroDivisionError: "):
            pool.ask(divmod, 1, 0)
        with pytest.raises(Fault, match=r"^SystemExit: 0$"):
            pool.ask(sys.exit, 0)
        assert [event for _, event in pool.run([make_job()])][-1] == Done()


def test_a_worker_that_has_run_foreign_code_serves_that_part_alone(fakes):
    with Workers(2, fakes.good) as pool:
        strange = pool.ask(os.getpid, parts=frozenset(["strange"]))
        plain = pool.ask(os.getpid)
        assert plain != strange
        assert pool.ask(os.getpid) == plain
        assert pool.ask(os.getpid, parts=frozenset(["strange", "odd"])) == strange
        odd = pool.ask(os.getpid, parts=frozenset(["odd"]))
        assert odd not in (strange, plain) or odd == plain
        assert pool.ask(os.getpid, parts=frozenset(["strange"])) not in (strange, odd)


def test_what_a_worker_answers_is_plain_data_here(fakes):
    """A class of somebody else's is not loaded here to understand its exception."""
    with Workers(1, fakes.good) as pool, pytest.raises(UserError) as caught:
        pool.ask(fakes.refuse_in_its_own_words)
    assert type(caught.value) is UserError


def test_ctrl_c_while_workers_start_leaves_none(fakes, monkeypatch):
    start, started = Workers._start, []

    def start_one(self):
        if started:
            raise KeyboardInterrupt
        started.append(start(self))
        return started[0]

    monkeypatch.setattr(Workers, "_start", start_one)
    with pytest.raises(KeyboardInterrupt), Workers(2, fakes.good):
        pass
    assert started
    assert not children()
