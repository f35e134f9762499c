"""One process at a time works on a seed; a dead one's claim is taken over by exactly one."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from rlbench import claim_file
from rlbench.claim_file import HEARTBEAT_FILE, OWNER_FILE, held_folder, read_owner, this_process, write_owner
from rlbench.errors import UserError
from rlbench.training import claims
from rlbench.training.claims import Claims, refuse_claimed, retire, take_claim
from rlbench.training.run import run_job

HOLDER = """
import sys
from pathlib import Path
from rlbench.training.claims import take_claim
claim = take_claim(Path(sys.argv[1]))
print("claimed", flush=True)
input()
"""


@pytest.fixture
def seed(tmp_path):
    folder = tmp_path / "seed-0"
    folder.mkdir()
    return folder


def leave(seed, **differences):
    """The claim of an owner that differs from this process."""
    held = held_folder(seed)
    held.mkdir(parents=True)
    write_owner(held, replace(this_process("left"), **differences))
    return held


def dead_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def rest(seed):
    return sorted(path.name for path in seed.parent.iterdir()) + sorted(path.name for path in seed.iterdir())


def test_a_seed_has_one_owner_until_it_lets_go_and_nothing_is_left(seed):
    claim = take_claim(seed)
    told = rf"^Another process is at work in .*seed-0: process {os.getpid()} on \S+\. Wait for it, or choose another"
    for attempt in (take_claim, refuse_claimed):
        with pytest.raises(UserError, match=told):
            attempt(seed)
    claim.release()
    claim.release()
    refuse_claimed(seed)
    take_claim(seed).release()
    assert rest(seed) == ["seed-0"]


def test_a_killed_owner_is_known_to_be_dead_at_once(seed):
    command = [sys.executable, "-c", HOLDER, str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout.readline() == "claimed\n"
        with pytest.raises(UserError, match=f"process {owner.pid} on"):
            take_claim(seed)
        owner.kill()
        os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not waited for: a zombie
        refuse_claimed(seed)
        take_claim(seed).release()
    assert rest(seed) == ["seed-0"]


def test_a_later_process_with_the_number_of_the_owner_is_not_the_owner(seed):
    leave(seed, started="1")
    take_claim(seed).release()


@pytest.mark.parametrize(("silent", "free"), [(20, False), (110, False), (130, True)])
def test_an_owner_on_another_machine_is_dead_after_a_long_silence(seed, silent, free):
    held = leave(seed, system="another", host="node-7", process=dead_process())
    then = time.time() - silent
    os.utime(held / HEARTBEAT_FILE, (then, then))
    if free:
        take_claim(seed).release()
    else:
        said = r"on node-7.*taken for dead after 120\. Wait" if silent > 20 else r"on node-7\. Wait"
        with pytest.raises(UserError, match=said):
            take_claim(seed)
        assert rest(seed) == [".seed-0.claim", "seed-0"]


def test_silence_is_measured_by_the_clock_of_the_file_system(seed, monkeypatch):
    """A machine whose clock is an hour ahead must not take over what is alive."""
    leave(seed, system="another")
    monkeypatch.setattr(claim_file.time, "time", lambda: os.stat(seed).st_mtime + 3600)
    with pytest.raises(UserError):
        take_claim(seed)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"token": 1}', b"[" * 9000], ids=range(5))
def test_an_owner_that_cannot_be_read_is_dead_after_a_long_silence(seed, content):
    held = leave(seed)
    (held / OWNER_FILE).write_bytes(content)
    with pytest.raises(UserError, match="an unknown host"):
        take_claim(seed)
    os.utime(held / HEARTBEAT_FILE, (1, 1))
    take_claim(seed).release()
    assert rest(seed) == ["seed-0"]


def test_a_claim_beats(seed, monkeypatch):
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.01)
    with Claims() as held:
        held.take(seed)
        heartbeat = held_folder(seed) / HEARTBEAT_FILE
        os.utime(heartbeat, (1, 1))
        end = time.monotonic() + 10
        while heartbeat.stat().st_mtime == 1 and time.monotonic() < end:
            time.sleep(0.005)
        assert heartbeat.stat().st_mtime > 1
    assert rest(seed) == ["seed-0"]


def test_an_owner_that_was_silent_for_long_notices_that_another_has_taken_over(seed, monkeypatch):
    claim = take_claim(seed)
    monkeypatch.setattr(claims, "SILENT_SECONDS", 0)
    claim.check()
    held = held_folder(seed)
    assert retire(held, read_owner(held).token)
    other = take_claim(seed)
    with pytest.raises(OSError, match="another has taken its place"):
        claim.check()
    claim.release()
    other.check()
    other.release()
    assert rest(seed) == ["seed-0"]


def test_a_slow_taker_does_not_remove_the_next_owners_claim(seed):
    """It has read a dead claim, and acts on that when another has taken the claim over, and even released it."""
    held = leave(seed, process=dead_process())
    slow = held.with_name("new-slow")
    slow.mkdir()
    write_owner(slow, this_process("slow"))
    seen = read_owner(held).token
    for _ in range(2):
        claim = take_claim(seed)
        assert not retire(held, seen)
        with pytest.raises(UserError):
            take_claim(seed)
        claim.release()
    write_owner(slow, replace(this_process("slow"), process=dead_process()))
    take_claim(seed).release()
    assert rest(seed) == ["seed-0"]


def contend(seed, tries, takers):
    """How often more than one of several takers, in each try at the same moment, held the same seed."""
    inside, most, wins, barrier, lock = [], [], [], threading.Barrier(takers, timeout=60), threading.Lock()
    dead = dead_process()

    def attempt(index):
        draws = random.Random(index)
        for number in range(tries):
            if index == 0 and number % 2 == 0:
                leave(seed, token=f"left-{number}", process=dead)
            barrier.wait()
            with suppress(UserError):
                claim = take_claim(seed)
                with lock:
                    inside.append(index)
                    most.append(len(inside))
                time.sleep(draws.choice((0, 0.001, 0.003)))
                with lock:
                    inside.remove(index)
                    wins.append(number)
                claim.release()
            barrier.wait()

    threads = [threading.Thread(target=attempt, args=(index,)) for index in range(takers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(each > 1 for each in most), len(set(wins))


@pytest.fixture
def hesitant(monkeypatch):
    """Takers that pause between looking at a claim and acting on it, which is when another may act."""
    draws = random.Random(0)

    def hesitate(owner, silent):
        found = claim_file.is_alive(owner, silent)
        time.sleep(draws.choice((0, 0.0003, 0.001)))
        return found

    monkeypatch.setattr(claims, "is_alive", hesitate)


@pytest.mark.usefixtures("hesitant")
def test_of_takers_at_the_same_moment_one_wins(seed):
    assert contend(seed, tries=60, takers=3) == (0, 60)
    assert rest(seed) == ["seed-0"]


@pytest.mark.slow
@pytest.mark.usefixtures("hesitant")
def test_of_takers_at_the_same_moment_one_wins_in_thousands_of_tries(seed):
    assert contend(seed, tries=4000, takers=2) == (0, 4000)
    assert contend(seed, tries=1000, takers=5) == (0, 1000)
    assert rest(seed) == ["seed-0"]


def test_a_job_is_refused_where_another_is_at_work(small_job):
    job = small_job(steps=256, seeds=(0, 1))
    job.folder(1).mkdir(parents=True)
    claim = take_claim(job.folder(1))
    with pytest.raises(UserError, match="Another process is at work"):
        run_job(job, lambda _: None)
    assert not list(job.folder(0).iterdir())
    claim.release()
    run_job(job, lambda _: None)
    assert sorted(path.name for path in job.folder(0).parent.iterdir()) == ["seed-0", "seed-1"]


def test_a_run_whose_place_was_taken_writes_nothing_more(small_job, monkeypatch):
    monkeypatch.setattr(claims, "SILENT_SECONDS", 0)
    job = small_job(steps=2048, seeds=(0,))
    sizes = []

    def take_over(_):
        held = held_folder(job.folder(0))
        if retire(held, read_owner(held).token):
            held.mkdir()
            (held / OWNER_FILE).write_text(json.dumps({**vars(this_process("other"))}))
        sizes.append((job.folder(0) / "progress.csv").stat().st_size)

    with pytest.raises(OSError, match="another has taken its place"):
        run_job(job, take_over)
    assert sizes == [(job.folder(0) / "progress.csv").stat().st_size]
    assert read_owner(held_folder(job.folder(0))).token == "other"
    assert not (Path(job.folder(0)) / "checkpoint.pt").exists()
