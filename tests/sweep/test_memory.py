"""What a sweep needs of memory is said before it starts, and what cannot fit is refused."""

import pytest

from rlbench.errors import UserError
from rlbench.sweep.jobs import describe_pairs, make_jobs, refuse_too_large
from rlbench.sweep.lookup import LookedUp
from rlbench.sweep.machine import usable_memory
from rlbench.sweep.request import Words, read_request
from rlbench.sweep.settings import Chosen
from rlbench.sweep.words import say_bytes

PAIRS = (("Hopper-v4", "cma-es"), ("Hopper-v4", "ppo"))


def planned(memory, workers="2"):
    asked = read_request(Words(["cma-es", "ppo"], ["Hopper-v4"], seeds="4", workers=workers), None)
    settings = dict.fromkeys(("cma-es", "ppo"), Chosen({"num_envs": 4}, {}, "cma-es"))
    need = dict(zip(PAIRS, memory, strict=True))
    known = LookedUp(settings, dict.fromkeys(PAIRS), dict.fromkeys(PAIRS, 10), need, {"Hopper-v4": 1e-4})
    return make_jobs(asked, known), asked, known


def test_what_runs_at_a_time_must_fit():
    jobs, asked, known = planned((3_000_000_000, 0))  # four seeds of it in one job, beside ppo
    refuse_too_large(jobs, known, asked.workers, 12_000_000_000)
    refuse_too_large(jobs, known, asked.workers, None)
    with pytest.raises(UserError, match=r"cma-es on Hopper-v4 keeps 3.0 GB a seed, 12 GB by 2 workers, and 9.0 GB are"):
        refuse_too_large(jobs, known, asked.workers, 9_000_000_000)


def test_jobs_that_wait_do_not_count():
    jobs, asked, known = planned((1000, 900), workers="1")
    assert len(jobs) == 2
    refuse_too_large(jobs, known, asked.workers, 4000)
    with pytest.raises(UserError):
        refuse_too_large(jobs, known, 2, 4000)


def test_much_memory_is_announced_and_little_is_not():
    jobs, asked, known = planned((1_500_000, 999_999))
    assert [pair.parameters for pair in describe_pairs(jobs, asked, known)] == [
        "10 parameters, 1.5 MB a seed",
        "10 parameters",
    ]


MACHINE = "MemTotal: 2000 kB\nMemFree: 10 kB\nMemAvailable: 1000 kB\n"


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({"meminfo": MACHINE}, 1_024_000),
        ({"meminfo": MACHINE, "memory.max": "max\n", "memory.current": "5\n"}, 1_024_000),
        ({"meminfo": MACHINE, "memory.max": "5000\n", "memory.current": "2000\n"}, 3000),
        ({"meminfo": MACHINE, "memory/memory.limit_in_bytes": "900", "memory/memory.usage_in_bytes": "100"}, 800),
        ({"memory.max": "5000\n", "memory.current": "2000\n"}, 3000),
        ({"meminfo": "nothing\n"}, None),
        ({}, None),
    ],
)
def test_free_memory_is_the_least_that_anybody_allows(tmp_path, files, free):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_memory(tmp_path, tmp_path / "meminfo") == free


@pytest.mark.parametrize(
    ("number", "text"), [(999, "999 bytes"), (1500, "1.5 kB"), (12_345_678, "12 MB"), (3_000_000_000, "3.0 GB")]
)
def test_bytes_in_words(number, text):
    assert say_bytes(number) == text
