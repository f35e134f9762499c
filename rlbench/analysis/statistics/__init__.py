"""Numbers of several seeds -> estimates, intervals, tests. Pure functions of arrays; NumPy and SciPy alone.

Wherever an array is [n, G], n is seeds and G whatever stands beside one another: steps of a curve, or environments.
Random numbers come from a generator with a fixed seed, so that the same files always give the same numbers.
"""

LEVEL = 0.95
"""Confidence of every interval."""
ALPHA = 1 - LEVEL
"""The chance of a false alarm that a test may have."""
SEED = 0
RESAMPLES = 2000
BLOCK = 4_000_000
"""Numbers held at once while resampling."""
