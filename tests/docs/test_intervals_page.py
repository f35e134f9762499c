"""The numbers of docs/intervals.md, computed again."""

import re
from math import comb, sqrt

import numpy as np
import pytest
from documents import section, text_of
from scipy.stats import nct, t

from rlbench.analysis.statistics.permutation import permutation_p

SEEDS = section(text_of("intervals.md"), "How many seeds?")


def rows(width):
    """The rows of numbers of the table with so many columns."""
    cells = [line.strip("|").split("|") for line in SEEDS.splitlines() if re.match(r"\| [\d.]+ \|", line)]
    return [[cell.strip() for cell in row] for row in cells if len(row) == width]


def power(effect, seeds):
    """Of a two-sided t test at 5 %."""
    freedom, centre = 2 * seeds - 2, effect * sqrt(seeds / 2)
    critical = t.ppf(0.975, freedom)
    return 1 - nct.cdf(critical, freedom, centre) + nct.cdf(-critical, freedom, centre)


def test_the_seeds_that_a_difference_takes():
    table = rows(2)
    assert len(table) == 6
    for effect, seeds in table:
        assert power(float(effect), int(seeds) - 1) < 0.8 <= power(float(effect), int(seeds))


def test_the_smallest_p_and_what_it_can_tell():
    table = rows(3)
    assert len(table) == 6
    for seeds, smallest, comparisons in table:
        p = 2 / comb(2 * int(seeds), int(seeds))
        assert float(smallest) == pytest.approx(p, rel=0.1)
        assert {"none": 0}.get(comparisons) == int(0.05 / p) or int(comparisons) == int(0.05 / p)


def test_the_smallest_p_is_that_of_the_test_itself():
    assert permutation_p((np.arange(5.0), np.arange(5.0) + 10)) == pytest.approx(2 / comb(10, 5))
