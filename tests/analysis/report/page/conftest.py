"""Folders that reports are made of."""

import pytest


@pytest.fixture
def two(tmp_path, write_run, learning_curve):
    """Two algorithms of six seeds on two environments, one far better than the other."""
    root = tmp_path / "results"
    for env in ("Hopper-v4", "Walker2d-v4"):
        for algorithm, high in (("ppo", 1500), ("trpo", 3000)):
            for seed in range(6):
                rows = learning_curve(seed, high=high, iterations=24, eval_every=3)
                write_run(root, env, algorithm, seed, rows=rows)
    return root


@pytest.fixture
def small(tmp_path, write_run, learning_curve):
    """Two algorithms of two seeds on one environment."""
    root = tmp_path / "results"
    for algorithm in ("ppo", "trpo"):
        for seed in range(2):
            write_run(root, algorithm=algorithm, seed=seed, rows=learning_curve(seed, iterations=12, eval_every=3))
    return root
