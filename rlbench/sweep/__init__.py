"""Sweeps: training many runs in worker processes. Options -> request -> jobs -> worker processes -> results."""
