"""Seeds shared out over workers: as soon done as can be, in as few jobs as can be."""

import itertools

import pytest

from rlbench.sweep.plan import JOB_COST, WorkItem, plan


def item(seeds=5, algorithm="trpo", env="Hopper-v4", steps=1):
    return WorkItem(algorithm, env, tuple(range(seeds)), steps)


def sizes(items, workers):
    return [len(piece.seeds) for piece in plan(items, workers)]


def test_five_seeds_on_two_workers_are_three_and_two():
    pieces = plan([item()], 2)
    assert [piece.seeds for piece in pieces] == [(0, 1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("pairs", "seeds", "workers", "expected"),
    [
        (1, 5, 1, [5]),
        (1, 1, 8, [1]),
        (1, 5, 8, [1, 1, 1, 1, 1]),
        (1, 6, 4, [2, 2, 2]),  # four jobs would end no sooner
        (1, 100, 4, [25, 25, 25, 25]),
        (2, 5, 2, [5, 5]),  # a whole pair a worker: nothing is gained by a cut
        (2, 5, 4, [3, 3, 2, 2]),
        (3, 5, 2, [5, 5, 3, 2]),  # the odd pair is shared by both
        (4, 5, 2, [5, 5, 5, 5]),
        (3, 1, 2, [1, 1, 1]),
    ],
)
def test_sizes_in_the_order_they_start(pairs, seeds, workers, expected):
    assert sizes([item(seeds, f"algorithm-{index}") for index in range(pairs)], workers) == expected


def test_no_shares_are_no_jobs():
    assert plan([], 3) == []


def test_every_seed_runs_exactly_once_and_neighbours_stay_together():
    for pairs, seeds, workers in itertools.product((1, 2, 3, 5), (1, 2, 5, 7), (1, 2, 3, 8)):
        pieces = plan([item(seeds, f"a{index}") for index in range(pairs)], workers)
        for index in range(pairs):
            own = sorted(piece.seeds for piece in pieces if piece.algorithm == f"a{index}")
            assert [seed for piece in own for seed in piece] == list(range(seeds))


def test_a_worker_idles_no_longer_than_the_last_job_takes():
    for pairs, seeds, workers in itertools.product((1, 2, 3, 5), (1, 2, 5, 7), (1, 2, 3, 8)):
        pieces = plan([item(seeds, f"a{index}") for index in range(pairs)], workers)
        busy = [0.0] * workers
        for piece in pieces:
            first_free = busy.index(min(busy))
            busy[first_free] += piece.cost
        assert max(busy) - min(busy) <= max(piece.cost for piece in pieces)
        assert max(busy) <= -(-pairs // workers) * (seeds + JOB_COST)


def test_longer_work_starts_first():
    short, long = item(5, "short", steps=1), item(5, "long", steps=10)
    assert plan([short, long], 1) == [long, short]
    assert [piece.algorithm for piece in plan([short, long], 2)][:2] == ["long", "long"]


def test_the_same_question_has_the_same_answer():
    items = [item(5, name) for name in "abc"]
    assert plan(items, 4) == plan(items, 4)


def test_a_large_sweep_is_planned_in_no_time():
    pieces = plan([item(100, f"a{index}") for index in range(50)], 64)
    assert sum(len(piece.seeds) for piece in pieces) == 5000


def test_seeds_stay_together_where_they_are_to():
    pieces = plan([item(5, "a", steps=1), item(5, "b", steps=3)], 8, together=True)
    assert [(piece.algorithm, len(piece.seeds)) for piece in pieces] == [("b", 5), ("a", 5)]
