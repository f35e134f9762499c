"""rlbench compares policy-optimization algorithms: same tasks, same budgets, same seeds, honest intervals."""

__version__ = "0.1.0"
