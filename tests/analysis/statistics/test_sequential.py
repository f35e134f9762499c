"""The group-sequential permutation test, against every division of small groups and against simulation."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest

from rlbench.analysis.statistics import sequential
from rlbench.analysis.statistics.sequential import (
    Design,
    earliest_look,
    least_boundary,
    make_design,
    told_apart,
    walk,
)


def pairs(a, b, design):
    """The two groups as they are at each look."""
    return [(np.asarray(a[:n], float), np.asarray(b[:n], float)) for n in design.seeds]


def crossing(a, b, design, level):
    return walk(pairs(a, b, design), design).crossing(level)


def relabelled(a, b, groups):
    """Every way to divide each group's seeds anew."""
    start = np.cumsum([0, *groups])
    for chosen in product(*(combinations(range(2 * size), size) for size in groups)):
        new_a, new_b = [], []
        for first, low, size in zip(chosen, start, groups):
            both = [*a[low : low + size], *b[low : low + size]]
            new_a += [both[i] for i in first]
            new_b += [both[i] for i in range(2 * size) if i not in first]
        yield new_a, new_b


def test_a_design_fills_the_seeds_with_groups():
    assert make_design(30, 5).seeds == (5, 10, 15, 20, 25, 30)
    assert make_design(12, 5).groups == (5, 5, 2)
    assert make_design(3, 5).groups == (3,)
    assert make_design(12, 5).spent(1, 0.05) == pytest.approx(0.05 * 10 / 12)


@pytest.mark.parametrize(
    ("sizes", "room", "boundary"),
    [
        ([5, 1, 4, 2, 3], 2, 4),
        ([5, 5, 5, 1], 2, np.inf),  # the largest is reached by three
        ([7, 5, 5, 1], 2, 7),  # two fives would be one too many
        ([7, 5, 5, 1], 3, 5),
        ([5, 4], 0, np.inf),
        ([], 3, np.inf),
        ([2, 0], 5, 1),  # no difference at all is never large enough
    ],
)
def test_the_least_boundary(sizes, room, boundary):
    assert least_boundary(np.array(sizes, float), room) == boundary


def test_one_look_is_the_permutation_test():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 5))
    found = crossing(a, b, Design((5,)), 0.05).boundaries[0]
    differences = sorted(abs(np.mean(x) - np.mean(y)) for x, y in relabelled(a, b, (5,)))
    assert found == pytest.approx(differences[252 - 12])  # 12 of 252 are 4.8 %


@pytest.mark.parametrize("values", ["normal", "tied"])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_of_all_divisions_no_more_than_the_level_are_told_apart(values, level):
    """Exactly what the test promises, without any simulation: every division of every group is tried."""
    rng = np.random.default_rng(5)
    design = Design((3, 2, 1))
    a, b = rng.normal(size=(2, 6)) if values == "normal" else rng.integers(0, 3, (2, 6)).astype(float)
    crossings = [crossing(*labels, design, level).look for labels in relabelled(a, b, design.groups)]
    assert len(crossings) == 20 * 6 * 2
    for look in range(3):
        decided = sum(each is not None and each <= look for each in crossings)
        assert decided <= design.spent(look, level) * len(crossings)
    if values == "normal":
        assert sum(each is not None for each in crossings) > 0.6 * level * len(crossings)


def test_drawn_divisions_agree_with_all(monkeypatch):
    rng = np.random.default_rng(7)
    design = Design((4, 4))
    a, b = rng.normal(size=(2, 8))
    exact = crossing(a, b, design, 0.2)
    monkeypatch.setattr(sequential, "EXACT", 1)
    drawn = crossing(a, b, design, 0.2)
    assert drawn.boundaries == pytest.approx(exact.boundaries, rel=0.1)
    monkeypatch.setattr(sequential, "EXACT", 70)  # the first look exact, the second drawn
    mixed = crossing(a, b, design, 0.2)
    assert mixed.boundaries[0] == exact.boundaries[0]
    assert mixed.boundaries[1] == pytest.approx(exact.boundaries[1], rel=0.1)


def test_complete_separation_is_told_at_the_first_look():
    design = make_design(30, 5)
    low = np.arange(5.0)
    assert walk([(low, low + 10)], design).crossing(0.05).look == 0
    assert walk([(low, np.array([0.5, 11, 12, 13, 14]))], design).crossing(0.05).look is None


@pytest.mark.parametrize("group", [2, 3, 5])
def test_a_look_keeps_its_answer_when_others_follow(group):
    rng = np.random.default_rng(11)
    design = make_design(20, group)
    a, b = rng.normal(size=20), rng.normal(1.5, size=20)
    looks = pairs(a, b, design)
    boundaries = [walk(looks[: k + 1], design).crossing(0.05).boundaries for k in range(len(looks))]
    for fewer, more in pairwise(boundaries):
        assert more[: len(fewer)] == pytest.approx(fewer)


def test_no_difference_is_never_told():
    design = make_design(10, 5)
    found = crossing([500.0] * 10, [500.0] * 10, design, 0.9)
    assert found.look is None


def test_holm_gives_the_others_what_the_decided_leave():
    design = make_design(10, 5)
    far = walk(pairs(range(10), range(100, 110), design), design)
    rng = np.random.default_rng(2)
    near = next(
        walks
        for shift in np.arange(1, 3, 0.02)
        if (walks := walk(pairs(rng.normal(size=10), rng.normal(shift, size=10), design), design)).crossing(0.05).look
        is not None
        and walks.crossing(0.025).look is None
    )
    assert told_apart([near, near]) == [None, None]
    alone, both = told_apart([near])[0], told_apart([far, near])
    assert alone is not None
    assert both[0] is not None
    assert both[1] == alone
    assert told_apart([]) == []


@pytest.mark.parametrize(
    ("most", "group", "comparisons", "look"),
    [
        (3, 5, 1, None),  # 2 of 20 divisions are 10 %
        (4, 5, 1, 0),
        (30, 5, 1, 0),  # 2 of 252 are .79 %, of .83 %
        (35, 5, 1, 1),
        (30, 5, 2, 1),
        (30, 2, 1, 2),
    ],
)
def test_the_earliest_look_that_can_decide(most, group, comparisons, look):
    design = make_design(most, group)
    assert earliest_look(design, comparisons) == look
    walks = walk(pairs(range(most), range(100, 100 + most), design), design)
    assert walks.crossing(0.05 / comparisons).look == look


@pytest.mark.parametrize("kind", ["normal", "two humps"])
def test_equal_algorithms_are_seldom_told_apart(kind):
    """The error over four comparisons together; benchmarks/decide_error.py measures it at length."""
    rng = np.random.default_rng(13)
    design = make_design(20, 5)
    draws = 150
    values = rng.normal(size=(draws, 3, 20))
    if kind == "two humps":
        values = np.where(rng.random(values.shape) < 0.3, 1200, 3400) + 130 * values
    wrong = 0
    for three in values:
        walks = [walk(pairs(three[i], three[j], design), design) for i, j in ((0, 1), (0, 2), (1, 2))]
        wrong += any(each is not None for each in told_apart(walks))
    assert wrong <= 0.05 * draws + 3 * np.sqrt(0.05 * 0.95 * draws)
