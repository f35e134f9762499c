"""Numbers of runs -> tidy frames: scores, curves, estimates, differences. What is computed is computed here, once."""
