import pytest

from rlbench.analysis.report.limits import too_few_seeds


@pytest.mark.parametrize(
    ("algorithms", "envs", "seeds", "needed"),
    [(8, 1, 5, "7 seeds each, or 6 with --baseline"), (2, 1, 3, "4 seeds each."), (2, 1, 1, "4 seeds each.")],
)
def test_too_few_seeds_are_told_with_how_many_it_takes(algorithms, envs, seeds, needed):
    assert needed in too_few_seeds(algorithms, envs, seeds)


@pytest.mark.parametrize(("algorithms", "envs", "seeds"), [(1, 1, 1), (2, 1, 4), (8, 1, 7), (3, 2, 6), (2, 6, 5)])
def test_enough_seeds_are_not_spoken_of(algorithms, envs, seeds):
    """2 of 70 divisions of four against four are as extreme as the most extreme, 2 of 252 of five, of 924, of 3,432."""
    assert too_few_seeds(algorithms, envs, seeds) is None
